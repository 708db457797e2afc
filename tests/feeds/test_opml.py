from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.feeds.opml import write_opml
from publisher.feeds.select import plan_feeds
from publisher.model import FeedFormat
from tests.feeds.builders import NOW, TOKYO, make_article, make_config, make_spec, one_line_texts
from tests.feeds.reading import find


def test_every_feed_has_its_line_in_the_order_of_the_plan() -> None:
    specs = plan_feeds([make_article(tags=("CI/CD",), categories=("天文",))], make_config(), NOW).specs
    content = write_opml(specs, "すべてのフィード")
    assert find(content, "/opml/@version") == ["2.0"]
    assert find(content, "/opml/head/title/text()") == ["すべてのフィード"]
    assert find(content, "//outline/@xmlUrl") == [
        "https://example.com/rss.xml",
        "https://example.com/categories/%E5%A4%A9%E6%96%87/rss.xml",
        "https://example.com/tags/CI%252FCD/rss.xml",
    ]
    assert find(content, "//outline/@text") == [spec.title for spec in specs]
    assert set(find(content, "//outline/@type")) == {"rss"}
    assert set(find(content, "//outline/@htmlUrl")) == {"https://example.com/"}


def test_the_format_that_most_readers_import_is_listed() -> None:
    listed = {
        formats: find(write_opml([make_spec(formats=formats)], "t"), "//outline/@xmlUrl")[0].rpartition("/")[2]
        for formats in (
            (FeedFormat.JSON, FeedFormat.ATOM, FeedFormat.RSS),
            (FeedFormat.JSON, FeedFormat.ATOM),
            (FeedFormat.JSON,),
        )
    }
    assert list(listed.values()) == ["rss.xml", "atom.xml", "feed.json"]


def test_it_is_dated_by_the_newest_change_of_any_feed() -> None:
    day = datetime(2026, 1, 8, tzinfo=TOKYO)
    specs = [make_spec(updated=day), make_spec(updated=day + timedelta(hours=1)), make_spec(updated=day)]
    assert find(write_opml(specs, "t"), "//dateModified/text()") == ["Thu, 08 Jan 2026 01:00:00 +0900"]


def test_a_list_of_no_feeds_has_no_date() -> None:
    content = write_opml([], "t")
    assert find(content, "//outline") == find(content, "//dateModified") == []


@settings(deadline=None, max_examples=30)
@given(st.lists(one_line_texts, max_size=3), one_line_texts)
def test_any_title_can_be_read_back(titles: list[str], title: str) -> None:
    specs = [make_spec(title=text) for text in titles]
    content = write_opml(specs, title)
    assert content == write_opml(specs, title)
    assert find(content, "//outline/@title") == titles
    assert find(content, "//head/title/text()") == [title]


def test_archives_are_not_listed() -> None:
    specs = [make_spec(parts=2), make_spec(part=1, parts=2), make_spec(part=2, parts=2)]
    assert find(write_opml(specs, "t"), "//outline/@xmlUrl") == ["https://example.com/rss.xml"]


def test_a_feed_of_one_file_is_listed_by_its_name() -> None:
    spec = make_spec(file="index.xml", formats=(FeedFormat.ATOM,))
    assert find(write_opml([spec], "t"), "//outline/@xmlUrl") == ["https://example.com/index.xml"]
