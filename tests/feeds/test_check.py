"""The last look at a feed before it leaves: it is given what our writers never write."""

from __future__ import annotations

import pytest

from publisher.errors import FeedError
from publisher.feeds.check import check_ids, check_product
from publisher.feeds.write import write_feed
from publisher.model import FeedFormat
from tests.feeds.builders import ALL_FORMATS, make_article, make_feed

FEED = make_feed(make_article(2), make_article(1))


@pytest.mark.parametrize("feed_format", ALL_FORMATS)
def test_what_the_writers_write_passes(feed_format: FeedFormat) -> None:
    check_product(write_feed(FEED, feed_format), FEED, feed_format)
    check_ids(FEED, feed_format)


@pytest.mark.parametrize("feed_format", ALL_FORMATS)
def test_half_a_file_is_refused(feed_format: FeedFormat) -> None:
    content = write_feed(FEED, feed_format)
    with pytest.raises(FeedError, match="came out broken"):
        check_product(content[: len(content) // 2], FEED, feed_format)


@pytest.mark.parametrize("content", [b"", b"[]", b'"{}"', b"<html/>", b"{", b'{"a":' * 100_000])
def test_something_else_than_a_feed_is_refused(content: bytes) -> None:
    with pytest.raises(FeedError, match="came out broken"):
        check_product(content, FEED, FeedFormat.RSS)


@pytest.mark.parametrize("feed_format", ALL_FORMATS)
def test_another_order_or_another_article_is_refused(feed_format: FeedFormat) -> None:
    content = write_feed(FEED, feed_format)
    for other in (make_feed(make_article(1), make_article(2)), make_feed(make_article(2)), make_feed()):
        with pytest.raises(FeedError, match="other articles"):
            check_product(content, other, feed_format)


@pytest.mark.parametrize("feed_format", ALL_FORMATS)
@pytest.mark.parametrize("bad", ["/articles/1", "https://exa mple.com/1", "ftp", "https://例え.jp/1"])
def test_an_address_that_readers_cannot_follow_is_refused_with_its_article(bad: str, feed_format: FeedFormat) -> None:
    content = write_feed(FEED, feed_format).decode().replace("https://example.com/articles/1", bad)
    with pytest.raises(FeedError, match=r"is not an absolute URL \(in articles/1\.md\)"):
        check_product(content.encode(), make_feed(make_article(2), make_article(1, url=bad)), feed_format)


@pytest.mark.parametrize("url", ["https://example.com", "http://localhost:8000/a?b=c#d", "mailto:a@example.com"])
def test_other_absolute_addresses_pass(url: str) -> None:
    feed = make_feed(make_article(url=url))
    for feed_format in ALL_FORMATS:
        check_product(write_feed(feed, feed_format), feed, feed_format)
