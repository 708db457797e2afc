"""The last look at a document before it leaves: it is given what our writers never write."""

from __future__ import annotations

from typing import Any

import pytest

from publisher.errors import FeedError
from publisher.feeds.check import check_ids, find_fault
from publisher.feeds.write import write_feed
from publisher.model.feed import FeedFormat
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


@pytest.mark.parametrize(
    ("feed_format", "old", "new", "missing"),
    [
        (FeedFormat.RSS, "<title>ほしぞら通信</title>", "", "title"),
        (FeedFormat.RSS, "<description>夜空のたより</description>", "<description> </description>", "description"),
        (FeedFormat.RSS, "<link>https://example.com/</link>", "", "link"),
        (FeedFormat.RSS, "channel>", "tunnel>", "channel"),
        (FeedFormat.RSS, "<title>第1号 🌟</title>", "", "title of an item"),
        (FeedFormat.RSS, "<link>https://example.com/articles/2</link>", "", "link of an item"),
        (FeedFormat.ATOM, "<title>ほしぞら通信</title>", "<title>1</title><title>2</title>", "title"),
        (FeedFormat.ATOM, "<id>tag:example.com,2026:feeds/</id>", "", "id"),
        (FeedFormat.ATOM, "<updated>2026-01-02T09:00:00+09:00</updated>\n  <author>", "<author>", "updated"),
        (FeedFormat.ATOM, "<title>第2号 🌟</title>", "", "title of an entry"),
        (FeedFormat.ATOM, "author>", "editor>", "author of an entry"),
        (FeedFormat.JSON, '"version"', '"Version"', "version"),
        (FeedFormat.JSON, "ほしぞら通信", "", "title"),
        (FeedFormat.JSON, '"items"', '"entries"', "items"),
        (FeedFormat.JSON, "content_html", "content", "content of an item"),
    ],
)
def test_a_document_without_what_its_format_requires_is_refused(
    feed_format: FeedFormat, old: str, new: str, missing: str
) -> None:
    content = write_feed(FEED, feed_format).decode()
    assert old in content
    articles = () if missing == "items" else ARTICLES
    assert find_fault(content.replace(old, new).encode(), articles) == f"came out without {missing}"


def test_a_json_item_without_an_id_is_refused() -> None:
    content = write_feed(FEED, FeedFormat.JSON).replace(b'"id": "tag:example.com,2026:0001"', b'"id": ""')
    assert find_fault(content, (ARTICLES[0], make_article(1, id=""))) == "came out without id of an item"


def test_a_json_feed_that_goes_on_with_itself_is_refused() -> None:
    content = write_feed(make_feed(*ARTICLES, parts=1), FeedFormat.JSON)
    assert "next_url" in find_fault(content.replace(b"feed-1.json", b"feed.json"), ARTICLES)


@pytest.mark.parametrize("feed_format", ALL_FORMATS)
def test_one_id_twice_is_refused(feed_format: FeedFormat) -> None:
    twice = (make_article(2), make_article(1, id=make_article(2).id))
    content = write_feed(FEED, feed_format).replace(ARTICLES[1].id.encode(), ARTICLES[0].id.encode())
    assert find_fault(content, twice) == "came out with one id twice"


@pytest.mark.parametrize("bad", [r"\u000b", r"\ud83c", r"\uffff"])
def test_a_json_feed_with_what_xml_forbids_is_refused(bad: str) -> None:
    content = write_feed(FEED, FeedFormat.JSON).decode()
    assert "forbids" in find_fault(content.replace("第1号", bad).encode(), ARTICLES)
    assert find_fault(content.replace("第1号", "\\" + bad).encode(), ARTICLES) == "", "only spelt like one"


@pytest.mark.parametrize("changes", [{"icon": "https://x.example/1"}, {"hubs": ("https://x.example/1",)}])
def test_the_address_of_a_picture_or_a_hub_must_be_absolute(changes: dict[str, Any]) -> None:
    for feed_format in ALL_FORMATS:
        content = write_feed(make_feed(*ARTICLES, **changes), feed_format)
        assert "absolute" in find_fault(content.replace(b"https://x.example/1", b"/1"), ARTICLES)
