from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.config import Site
from publisher.feeds.opml import list_feeds, write_opml
from publisher.feeds.select import plan_feeds
from publisher.model.feed import FeedFormat, FeedSpec
from tests.feeds.builders import NOW, TOKYO, make_article, make_config, make_spec, one_line_texts
from tests.feeds.reading import find

CONFIG = make_config()


def write_list(specs: Sequence[FeedSpec], site: Site) -> bytes:
    return write_opml(list_feeds(specs, site))


def make_site(title: str = "ほしぞら通信", language: str = "ja") -> Site:
    return CONFIG.site.model_copy(update={"title": title, "language": language})


def test_every_feed_has_its_line_in_the_order_of_the_plan() -> None:
    specs = plan_feeds([make_article(tags=("CI/CD",), categories=("天文",))], CONFIG, NOW).specs
    content = write_list(specs, make_site("すべてのフィード"))
    assert find(content, "/opml/@version") == ["2.0"]
    assert find(content, "/opml/head/title/text()") == ["すべてのフィード"]
    assert find(content, "/opml/head/ownerName/text()") == ["編集部"]
    assert find(content, "//outline/@xmlUrl") == [
        "https://example.com/rss.xml",
        "https://example.com/categories/%E5%A4%A9%E6%96%87/rss.xml",
        "https://example.com/tags/CI%252FCD/rss.xml",
    ]
    assert find(content, "//outline[@type]/@text") == [spec.title for spec in specs]
    assert set(find(content, "//outline/@type")) == {"rss"}
    assert set(find(content, "//outline/@htmlUrl")) == {"https://example.com/"}


def test_categories_and_tags_are_folders_named_in_the_language_of_the_site() -> None:
    specs = plan_feeds([make_article(tags=("猫", "犬"), categories=("天文",))], CONFIG, NOW).specs
    for language, names in (("ja-JP", ["カテゴリー別", "タグ別"]), ("fr", ["By category", "By tag"])):
        content = write_list(specs, make_site(language=language))
        assert find(content, "/opml/body/outline[not(@type)]/@text") == names
        assert find(content, "/opml/body/outline[not(@type)]/@title") == names
        assert len(find(content, "/opml/body/outline[@type]")) == 1, "the feed of the site lies in no folder"
        assert len(find(content, "/opml/body/outline/outline")) == 3


def test_there_is_no_empty_folder_and_further_feeds_have_their_own() -> None:
    content = write_list([make_spec(), make_spec(folder="deep/reading")], make_site(language="en"))
    assert find(content, "//outline[not(@type)]/@text") == ["Further feeds"]


def test_archives_are_no_feeds_to_subscribe_to() -> None:
    spec = make_spec(parts=2)
    content = write_list([spec, replace(spec, part=1), replace(spec, part=2)], make_site())
    assert len(find(content, "//outline")) == 1


def test_the_format_that_most_readers_import_is_listed() -> None:
    listed = {
        formats: find(write_list([make_spec(formats=formats)], make_site()), "//outline/@xmlUrl")[0].rpartition("/")[2]
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
    content = write_list(specs, make_site())
    assert find(content, "//dateModified/text()") == ["Thu, 08 Jan 2026 01:00:00 +0900"]


def test_a_list_of_no_feeds_has_no_date() -> None:
    content = write_list([], make_site())
    assert find(content, "//outline") == find(content, "//dateModified") == []


@settings(deadline=None, max_examples=30)
@given(st.lists(one_line_texts, max_size=3), one_line_texts)
def test_any_title_can_be_read_back(titles: list[str], title: str) -> None:
    specs = [make_spec(title=text) for text in titles]
    content = write_list(specs, make_site(title))
    assert content == write_list(specs, make_site(title))
    assert find(content, "//outline[@type]/@title") == titles
    assert find(content, "//head/title/text()") == [title]


def test_archives_are_not_listed() -> None:
    specs = [make_spec(parts=2), make_spec(part=1, parts=2), make_spec(part=2, parts=2)]
    assert find(write_list(specs, make_site()), "//outline/@xmlUrl") == ["https://example.com/rss.xml"]


def test_a_feed_of_one_file_is_listed_by_its_name() -> None:
    spec = make_spec(file="index.xml", formats=(FeedFormat.ATOM,))
    assert find(write_list([spec], make_site()), "//outline/@xmlUrl") == ["https://example.com/index.xml"]
