"""The last look at a document before it leaves: it is given what our writers never write."""

from __future__ import annotations

import pytest

from publisher.errors import FeedError
from publisher.feeds.check import check_ids, find_fault
from publisher.feeds.write import write_feed
from publisher.model import FeedFormat
from tests.feeds.builders import ALL_FORMATS, make_article, make_feed, make_spec

ARTICLES = (make_article(2), make_article(1))
FEED = make_feed(*ARTICLES)


@pytest.mark.parametrize("feed_format", ALL_FORMATS)
def test_what_the_writers_write_passes(feed_format: FeedFormat) -> None:
    assert find_fault(write_feed(FEED, feed_format), ARTICLES) == ""
    check_ids(FEED.spec, feed_format)


@pytest.mark.parametrize("feed_format", ALL_FORMATS)
def test_half_a_file_is_refused(feed_format: FeedFormat) -> None:
    content = write_feed(FEED, feed_format)
    assert find_fault(content[: len(content) // 2], ARTICLES).startswith("came out broken")


@pytest.mark.parametrize("content", [b"", b"[]", b'"{}"', b"<html/>", b"{", b'{"a":' * 100_000])
def test_something_else_than_a_feed_is_refused(content: bytes) -> None:
    assert find_fault(content, ARTICLES).startswith("came out broken")


@pytest.mark.parametrize("feed_format", ALL_FORMATS)
def test_another_order_or_another_article_is_refused(feed_format: FeedFormat) -> None:
    content = write_feed(FEED, feed_format)
    for other in (ARTICLES[::-1], ARTICLES[:1], ()):
        assert "other articles" in find_fault(content, other)


@pytest.mark.parametrize("feed_format", ALL_FORMATS)
def test_an_article_that_stands_there_twice_is_refused_by_name(feed_format: FeedFormat) -> None:
    spec = make_spec(make_article(1), make_article(2, id=make_article(1).id), folder="tags/星")
    with pytest.raises(FeedError, match=rf"^tags/星/{feed_format.filename}: articles/1\.md and articles/2\.md have"):
        check_ids(spec, feed_format)


@pytest.mark.parametrize("feed_format", ALL_FORMATS)
@pytest.mark.parametrize("bad", ["/articles/1", "https://exa mple.com/1", "ftp", "https://例え.jp/1"])
def test_an_address_that_readers_cannot_follow_is_refused_with_its_article(bad: str, feed_format: FeedFormat) -> None:
    content = write_feed(FEED, feed_format).decode().replace("https://example.com/articles/1", bad)
    fault = find_fault(content.encode(), (make_article(2), make_article(1, url=bad)))
    assert fault == f"{bad!r} is not an absolute URL (in articles/1.md)"


@pytest.mark.parametrize("url", ["https://example.com", "http://localhost:8000/a?b=c#d", "mailto:a@example.com"])
def test_other_absolute_addresses_pass(url: str) -> None:
    article = make_article(url=url)
    for feed_format in ALL_FORMATS:
        assert find_fault(write_feed(make_feed(article), feed_format), (article,)) == ""
