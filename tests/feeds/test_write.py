"""What the three formats say, against golden files and line by line.

PUBLISHER_UPDATE_GOLDENS=1 writes the golden files anew. A change in them is a change in what FORMAT_VERSION counts.
"""

from __future__ import annotations

import json
import locale
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import pytest

from publisher.errors import FeedError
from publisher.feeds.opml import list_feeds, write_opml
from publisher.feeds.write import write_feed
from publisher.model.article import Author, Image
from publisher.model.feed import Feed, FeedFormat
from tests.feeds.builders import ALL_FORMATS, TOKYO, make_article, make_config, make_feed, make_spec
from tests.feeds.reading import XML_LANG, find, read_atom, read_json, read_rss

GOLDENS = Path(__file__).parent / "goldens"
IMAGE = "https://images.example.com/photos/7/a.png?auto=compress&cs=tinysrgb&h=650&w=940"
XML_FORMATS = [FeedFormat.RSS, FeedFormat.ATOM]


def golden_feed() -> Feed:
    newest = make_article(
        3,
        title="冥王星 <再考> & 「惑星」の定義 🪐",
        categories=("天文",),
        tags=("惑星", "C#", "CI/CD"),
        image=Image(IMAGE, alt="冥王星の写真", credit="Hoshi & Co. on Example"),
        authors=(Author("星野 光", "hoshino@example.jp", "https://example.jp/~hoshino"), Author("月島")),
        updated=datetime(2026, 1, 5, 10, 30, tzinfo=TOKYO),
    )
    english = make_article(2, title="A short note", summary="Hello, <world> & friends", language="en", tags=("惑星",))
    empty = make_article(1, summary="")
    html = {
        newest.id: "<p>星は<strong>光る</strong> ✨</p>\n<pre><code>if a &lt; b:\n    return ]]&gt;\n</code></pre>",
        english.id: '<p>See <a href="https://example.com/?a=1&amp;b=2">this</a>.</p>',
    }
    urls = {
        "天文": "https://example.com/categories/%E5%A4%A9%E6%96%87/",
        "CI/CD": "https://example.com/tags/CI%252FCD/",
    }
    return make_feed(newest, english, empty, html=html, urls=urls, title="ほしぞら通信 & 友")


def check_golden(name: str, content: bytes) -> None:
    path = GOLDENS / name
    if os.environ.get("PUBLISHER_UPDATE_GOLDENS"):
        path.write_bytes(content)
    assert content.decode() == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("feed_format", ALL_FORMATS)
def test_each_format_is_as_its_golden_file(feed_format: FeedFormat) -> None:
    check_golden(feed_format.filename, write_feed(golden_feed(), feed_format))


def test_the_list_of_feeds_is_as_its_golden_file() -> None:
    spec = golden_feed().spec
    tag = make_spec(
        spec.articles[0], title="CI/CD & 友", folder="tags/CI%2FCD", folder_url="https://example.com/tags/CI%252FCD/"
    )
    check_golden("feeds.opml", write_opml(list_feeds([spec, tag], make_config().site)))


@pytest.mark.parametrize("feed_format", XML_FORMATS)
def test_a_feed_parser_finds_nothing_wrong(feed_format: FeedFormat) -> None:
    parsed = feedparser.parse(write_feed(golden_feed(), feed_format))
    assert not parsed.bozo
    assert parsed.encoding == "utf-8"
    assert parsed.feed.title == "ほしぞら通信 & 友"
    assert [entry.id for entry in parsed.entries] == [article.id for article in golden_feed().spec.articles]
    assert [entry.link for entry in parsed.entries] == [article.url for article in golden_feed().spec.articles]
    assert parsed.entries[0].media_content == [{"url": IMAGE, "type": "image/png", "medium": "image"}]
    assert parsed.entries[0].media_thumbnail == [{"url": IMAGE}]
    assert parsed.entries[0].media_credit == [{"content": "Hoshi & Co. on Example"}]
    assert "    return" in parsed.entries[0].content[0].value


@pytest.mark.parametrize("feed_format", XML_FORMATS)
def test_the_home_page_is_the_site_and_self_is_the_feed(feed_format: FeedFormat) -> None:
    parsed = feedparser.parse(write_feed(golden_feed(), feed_format))
    assert parsed.feed.link == "https://example.com/"
    (own,) = [link for link in parsed.feed.links if link.rel == "self"]
    assert (own.href, own.type) == (f"https://example.com/{feed_format.filename}", feed_format.media_type)


def test_the_channel_link_of_rss_is_the_site() -> None:
    content = write_feed(golden_feed(), FeedFormat.RSS)
    assert find(content, "/rss/channel/link/text()") == ["https://example.com/"]
    assert find(content, "/rss/channel/atom:link/@rel") == ["self"]


def test_rss_names_its_editor_only_with_an_address() -> None:
    path = "/rss/channel/managingEditor/text()"
    assert find(write_feed(golden_feed(), FeedFormat.RSS), path) == ["editor@example.com (編集部)"]
    assert find(write_feed(make_feed(author=Author("編集部")), FeedFormat.RSS), path) == []


def test_rss_tells_authors_by_name_and_has_no_author_element() -> None:
    content = write_feed(golden_feed(), FeedFormat.RSS)
    assert find(content, "//item[1]/dc:creator/text()") == ["星野 光", "月島"]
    assert find(content, "//item[2]/dc:creator/text()") == ["編集部"]
    assert find(content, "//author") == []


def test_every_atom_entry_has_its_authors() -> None:
    content = write_feed(golden_feed(), FeedFormat.ATOM)
    assert find(content, "//atom:entry[1]/atom:author/atom:name/text()") == ["星野 光", "月島"]
    assert find(content, "//atom:entry[1]/atom:author/atom:uri/text()") == ["https://example.jp/~hoshino"]
    assert find(content, "//atom:entry[2]/atom:author/atom:email/text()") == ["editor@example.com"]


def test_an_rss_guid_is_no_permalink() -> None:
    content = write_feed(golden_feed(), FeedFormat.RSS)
    assert set(find(content, "//item/guid/@isPermaLink")) == {"false"}


def test_the_summary_stands_before_the_full_text() -> None:
    (item, *_) = find(write_feed(golden_feed(), FeedFormat.RSS), "//item")
    names = [node.tag for node in item]
    assert names.index("description") < names.index("{http://purl.org/rss/1.0/modules/content/}encoded")


def test_a_summary_that_looks_like_html_is_shown_as_written() -> None:
    feed = golden_feed()
    assert find(write_feed(feed, FeedFormat.RSS), "//item[2]/description/text()") == [
        "Hello, &lt;world&gt; &amp; friends"
    ]
    assert find(write_feed(feed, FeedFormat.ATOM), "//atom:entry[2]/atom:summary/text()") == [
        "Hello, <world> & friends"
    ]


def test_an_rss_title_spells_its_references_in_numbers() -> None:
    content = write_feed(golden_feed(), FeedFormat.RSS).decode()
    assert "<title>冥王星 &#x3C;再考&#x3E; &#x26; 「惑星」の定義 🪐</title>" in content


def test_full_text_is_html_in_every_format_and_the_same() -> None:
    feed = golden_feed()
    rss, atom = write_feed(feed, FeedFormat.RSS), write_feed(feed, FeedFormat.ATOM)
    assert set(find(atom, "//atom:content/@type")) == {"html"}
    assert b"CDATA" not in rss + atom
    body = read_json(write_feed(feed, FeedFormat.JSON))[0].body
    assert body.startswith("<figure><img src=")
    assert read_rss(rss)[0].body == read_atom(atom)[0].body == body


@pytest.mark.parametrize("feed_format", ALL_FORMATS)
def test_an_ampersand_in_an_image_is_escaped_exactly_once(feed_format: FeedFormat) -> None:
    content = write_feed(golden_feed(), feed_format)
    row = {FeedFormat.RSS: read_rss, FeedFormat.ATOM: read_atom, FeedFormat.JSON: read_json}[feed_format](content)[0]
    assert row.image == IMAGE
    assert f'<img src="{IMAGE.replace("&", "&amp;")}"' in row.body
    if feed_format is not FeedFormat.JSON:
        assert find(content, "//media:content/@url") == find(content, "//media:thumbnail/@url") == [IMAGE]
        assert find(content, "//media:group") == []


def test_categories_lead_to_their_feeds() -> None:
    feed = golden_feed()
    rss, atom = write_feed(feed, FeedFormat.RSS), write_feed(feed, FeedFormat.ATOM)
    expected = [
        ("天文", feed.category_urls["天文"]),
        ("惑星", None),
        ("C#", None),
        ("CI/CD", feed.category_urls["CI/CD"]),
    ]
    assert [(node.text, node.get("domain")) for node in find(rss, "//item[1]/category")] == expected
    nodes = find(atom, "//atom:entry[1]/atom:category")
    assert [(node.get("label"), node.get("scheme")) for node in nodes] == expected
    assert [node.get("term") for node in nodes] == [name for name, _ in expected]


def test_languages_are_told_where_readers_look_for_them() -> None:
    feed = golden_feed()
    rss, atom = write_feed(feed, FeedFormat.RSS), write_feed(feed, FeedFormat.ATOM)
    document = json.loads(write_feed(feed, FeedFormat.JSON))
    assert find(rss, "/rss/channel/language/text()") == ["ja"]
    assert find(rss, "//item/dc:language/text()") == ["en"]
    assert find(atom, "/atom:feed")[0].get(XML_LANG) == "ja"
    assert [entry.get(XML_LANG) for entry in find(atom, "//atom:entry")] == [None, "en", None]
    assert [document["language"], *(item.get("language") for item in document["items"])] == ["ja", None, "en", None]


@pytest.mark.parametrize("feed_format", ALL_FORMATS)
def test_every_date_has_the_offset_of_the_site(feed_format: FeedFormat) -> None:
    content = write_feed(golden_feed(), feed_format).decode()
    dated = [line for line in content.splitlines() if "2026-01" in line or "Jan 2026" in line]
    assert len(dated) >= 5
    assert all("+09:00" in line or "+0900" in line for line in dated)


def test_feed_and_entries_are_dated_by_their_changes() -> None:
    feed = golden_feed()
    rss, atom = write_feed(feed, FeedFormat.RSS), write_feed(feed, FeedFormat.ATOM)
    assert find(rss, "/rss/channel/lastBuildDate/text()") == ["Mon, 05 Jan 2026 10:30:00 +0900"]
    assert find(atom, "/atom:feed/atom:updated/text()") == ["2026-01-05T10:30:00+09:00"]
    assert find(rss, "//item/atom:updated/text()") == ["2026-01-05T10:30:00+09:00"]  # only where it was changed


def test_json_has_no_empty_members_and_always_a_text() -> None:
    items = json.loads(write_feed(golden_feed(), FeedFormat.JSON))["items"]
    assert all(value for item in items for value in item.values())
    assert [("content_html" in item, "content_text" in item) for item in items] == [
        (True, False),
        (True, False),
        (False, True),
    ]
    assert items[2]["content_text"] == "第1号 🌟"


def test_a_summary_feed_holds_summaries_alone_in_every_format() -> None:
    feed = make_feed(make_article(image=Image(IMAGE)), html={})
    rss, atom = write_feed(feed, FeedFormat.RSS), write_feed(feed, FeedFormat.ATOM)
    (item,) = json.loads(write_feed(feed, FeedFormat.JSON))["items"]
    assert read_rss(rss)[0].summary == read_atom(atom)[0].summary == item["content_text"] == "1番目の星のはなし"
    assert find(rss, "//content:encoded") == find(atom, "//atom:content") == []
    assert read_rss(rss)[0].image == read_atom(atom)[0].image == item["image"] == IMAGE


@pytest.mark.parametrize("feed_format", ALL_FORMATS)
def test_a_feed_without_articles_is_a_feed(feed_format: FeedFormat) -> None:
    content = write_feed(make_feed(), feed_format)
    assert b"1970" in content or feed_format is FeedFormat.JSON
    assert not feedparser.parse(content).entries


@pytest.mark.parametrize("feed_format", ALL_FORMATS)
def test_an_article_with_fifty_tags_keeps_them_all(feed_format: FeedFormat) -> None:
    tags = tuple(f"タグ{number}" for number in range(50))
    content = write_feed(make_feed(make_article(tags=tags)), feed_format).decode()
    assert all(tag in content for tag in tags)


def test_writing_never_touches_the_locale_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(category: int, value: object = None) -> str:
        raise AssertionError(f"setlocale({category}, {value!r}) was called")

    monkeypatch.setattr(locale, "setlocale", refuse)
    with ThreadPoolExecutor(2) as threads:
        written = list(threads.map(lambda _: write_feed(golden_feed(), FeedFormat.RSS), range(20)))
    assert len(set(written)) == 1


@pytest.mark.parametrize("feed_format", ALL_FORMATS)
def test_two_articles_with_one_id_are_refused_by_name(feed_format: FeedFormat) -> None:
    feed = make_feed(make_article(1), make_article(2, id=make_article(1).id))
    with pytest.raises(FeedError, match=r"articles/1\.md and articles/2\.md have the same id"):
        write_feed(feed, feed_format)


@pytest.mark.parametrize("feed_format", XML_FORMATS)
@pytest.mark.parametrize("bad", ["\x0b", "\ufffe", "\ud83c"])
def test_a_character_that_xml_forbids_is_blamed_on_its_article(bad: str, feed_format: FeedFormat) -> None:
    for article in (make_article(2, title=f"悪い{bad}字"), make_article(2, image=Image(IMAGE, credit=bad))):
        feed = make_feed(make_article(1), article, folder="tags/星")
        with pytest.raises(FeedError, match=r"^tags/星/.*articles/2\.md has a character that XML forbids"):
            write_feed(feed, feed_format)


def test_a_lone_surrogate_is_refused_in_json_as_well() -> None:
    article = make_article()
    with pytest.raises(FeedError, match=r"feed\.json: articles/1\.md has"):
        write_feed(make_feed(article, html={article.id: "<p>\ud83c</p>"}), FeedFormat.JSON)


@pytest.mark.parametrize("feed_format", ALL_FORMATS)
@pytest.mark.parametrize(
    "changes",
    [
        {"url": "/articles/1"},
        {"url": "articles/1"},
        {"url": "//example.com/1"},
        {"url": "https:///1"},
        {"url": "https://example.com/日記"},
        {"image": Image("/a.png")},
        {"authors": (Author("星野", url="hoshino.example.jp"),)},
    ],
)
def test_an_address_that_is_not_absolute_is_refused(changes: dict[str, Any], feed_format: FeedFormat) -> None:
    if feed_format is FeedFormat.RSS and "authors" in changes:
        return  # RSS has no place for it
    with pytest.raises(FeedError, match="is not an absolute URL"):
        write_feed(make_feed(make_article(**changes)), feed_format)


def test_a_missing_title_is_told_as_a_feed_error() -> None:
    with pytest.raises(FeedError, match=r"^atom\.xml: "):
        write_feed(make_feed(make_article(title="")), FeedFormat.ATOM)


def test_dates_from_other_zones_and_with_fractions_are_written_to_the_second() -> None:
    article = make_article(published=datetime(2026, 1, 8, 1, 2, 3, 456789, tzinfo=UTC))
    for feed_format in ALL_FORMATS:
        content = write_feed(make_feed(article), feed_format).decode()
        assert "01:02:03+00:00" in content or "01:02:03 +0000" in content
        assert "456" not in content
