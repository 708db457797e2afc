"""Feeds of every kind -> articles."""

from __future__ import annotations

import contextlib
import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.model.article import Author, BodyFormat, Image
from publisher.sources.feed.articles import FeedRules, ReadItem, read_feed, without_password
from publisher.sources.feed.document import MOST_ITEMS, FeedUnreadable
from tests.sources.feeds import ATOM, NOW, RULES, SOURCE, TOKYO, article_of, atom, only, read, rss

# ---------------------------------------------------------------------------------------------------- formats

RSS_091 = """<?xml version="1.0"?>
<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">
<rss version="0.91"><channel><title>みせ</title><link>https://shop.example/</link><description>x</description>
<language>ja</language><item><title>はなし</title><link>https://shop.example/1</link><description>ことば</description></item>
</channel></rss>"""
RSS_092 = rss(
    "<item><title>はなし</title><link>https://shop.example/1</link><description>ことば</description></item>",
    version="0.92",
)
RSS_100 = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
<channel rdf:about="https://shop.example/"><title>みせ</title><link>https://shop.example/</link>
<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency></channel>
<item rdf:about="https://shop.example/1"><title>はなし</title><link>https://shop.example/1</link>
<description>ことば</description><dc:date>2026-11-18T09:00:00+09:00</dc:date><dc:creator>佐藤</dc:creator>
<dc:subject>技術</dc:subject></item></rdf:RDF>"""
RSS_200 = rss(
    "<item><guid>https://shop.example/1</guid><title>はなし</title><pubDate>Wed, 18 Nov 2026 09:00:00 +0900</pubDate>"
    "<description>ことば</description></item>"
)
ATOM_030 = """<feed version="0.3" xmlns="http://purl.org/atom/ns#" xml:lang="ja"><title>みせ</title>
<link rel="alternate" type="text/html" href="https://shop.example/"/><entry><id>https://shop.example/1</id>
<title>はなし</title><link rel="alternate" type="text/html" href="https://shop.example/1"/>
<issued>2026-11-18T09:00:00+09:00</issued><modified>2026-11-18T09:00:00+09:00</modified>
<content type="text/html" mode="escaped">ことば</content></entry></feed>"""
ATOM_100 = atom(
    "<entry><id>https://shop.example/1</id><title>はなし</title><link href='https://shop.example/1'/>"
    "<updated>2026-11-18T09:00:00+09:00</updated><content>ことば</content></entry>"
)
JSON_100 = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1",
        "title": "みせ",
        "items": [
            {
                "id": "https://shop.example/1",
                "url": "https://shop.example/1",
                "title": "はなし",
                "content_text": "ことば",
            }
        ],
    }
)


@pytest.mark.parametrize("feed", [RSS_091, RSS_092, RSS_100, RSS_200, ATOM_030, ATOM_100, JSON_100])
def test_every_format_gives_the_same_article(feed: str) -> None:
    item = only(feed)
    article = item.article
    assert (article.title, article.url) == ("はなし", "https://shop.example/1")
    assert (item.html, article.summary) == ("<p>ことば</p>", "ことば")
    assert (article.language, article.source, article.format) == ("ja", SOURCE, BodyFormat.HTML)
    assert article.path == f"{SOURCE}#https://shop.example/1"
    assert item.own_id in {"https://shop.example/1", None}


@pytest.mark.parametrize("feed", [RSS_100, RSS_200, ATOM_030, ATOM_100])
def test_every_format_gives_the_date(feed: str) -> None:
    assert article_of(feed).published == datetime(2026, 11, 18, 9, tzinfo=TOKYO)


def test_a_podcast() -> None:
    feed = rss(
        '<item><guid isPermaLink="false">ep-1</guid><title>第1回</title><itunes:author>佐藤</itunes:author>'
        '<itunes:image href="https://shop.example/ep1.jpg"/><itunes:summary>はじめまして</itunes:summary>'
        '<enclosure url="https://shop.example/ep1.mp3" type="audio/mpeg" length="1"/></item>'
    ).replace("<rss ", '<rss xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" ')
    article = article_of(feed)
    assert (article.title, article.authors) == ("第1回", (Author("佐藤"),))
    assert article.image == Image("https://shop.example/ep1.jpg")
    assert article.summary == "はじめまして"


def test_json_feed_1_1() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "みせ",
        "home_page_url": "https://shop.example/",
        "language": "en",
        "authors": [{"name": "みんな", "url": "/about"}],
        "items": [
            {
                "id": 7,
                "url": "/1",
                "content_html": '<p>ことば <a href="x">x</a></p>',
                "summary": "短く",
                "date_published": "2026-11-18T00:00:00Z",
                "date_modified": "2026-11-19T00:00:00Z",
                "tags": ["AI", "ai", "#技術", 5],
                "image": "/a.png",
            },
            {"id": "8", "title": "ひとり", "authors": [{"name": "佐藤"}], "external_url": "https://x.example/"},
            "no item",
        ],
    }
    first, second = read(json.dumps(feed)).items
    article = first.article
    assert (article.path, article.url) == (f"{SOURCE}#7", "https://shop.example/1")
    assert first.html == '<p>ことば <a href="https://shop.example/x">x</a></p>'
    assert (article.title, article.summary, article.language) == ("ことば x", "短く", "en")
    assert (article.published.day, article.updated.day) == (18, 19)
    assert (article.tags, article.image) == (("AI", "技術"), Image("https://shop.example/a.png"))
    assert article.authors == (Author("みんな", None, "https://shop.example/about"),)
    assert (second.article.authors, second.article.url) == ((Author("佐藤"),), "https://x.example/")


# ---------------------------------------------------------------------------------------------------- identity


def guid(element: str, rest: str = "<link>https://shop.example/1</link>") -> tuple[str, str | None]:
    item = only(rss(f"<item>{element}{rest}<title>t</title></item>"))
    return item.article.path.removeprefix(SOURCE + "#"), item.own_id


def test_an_item_is_its_guid() -> None:
    assert guid('<guid isPermaLink="false">1234</guid>') == ("1234", None)
    assert guid("<guid>1234</guid>") == ("1234", None)
    assert guid("<guid>urn:uuid:1-2-3</guid>") == ("urn:uuid:1-2-3", "urn:uuid:1-2-3")
    assert guid("<guid>tag:shop.example,2026:1</guid>")[1] == "tag:shop.example,2026:1"
    assert guid("<guid>https://shop.example/日記</guid>")[1] is None
    assert guid("<guid>Post: 1</guid>") == ("Post: 1", None)


def test_without_one_it_is_its_link_and_without_that_its_words() -> None:
    assert guid("") == ("https://shop.example/1", None)
    first, _ = guid("", "")
    assert len(first) == 20
    assert guid("", "") == (first, None)
    assert guid("", "<description>other</description>")[0] != first


def test_an_item_that_moved_to_https_is_the_same() -> None:
    assert guid("<guid>http://shop.example/1</guid>") == ("https://shop.example/1", "http://shop.example/1")


def test_a_long_guid_is_bounded() -> None:
    path, own = guid(f"<guid>https://shop.example/{'x' * 5000}</guid>")
    assert (len(path) <= 2000, own) == (True, None)


def test_of_one_guid_in_a_feed_twice_the_later_state_counts() -> None:
    entry = "<entry><id>urn:x:1</id><title>{}</title><updated>2026-11-{}T00:00:00Z</updated></entry>"
    for order in ((10, 12), (12, 10)):
        feed = atom(*(entry.format(day, day) for day in order))
        assert article_of(feed).title == "12"


def test_an_item_in_which_there_is_nothing_is_none() -> None:
    assert read(rss("<item/>", "<item><category>x</category></item>")).items == ()


def test_items_that_share_an_address_say_so() -> None:
    feed = rss(*(f"<item><guid>{n}</guid><link>/{n // 2}</link></item>" for n in (1, 2, 3)))
    assert [item.shares_url for item in read(feed).items] == [False, True, True]


def test_no_more_items_than_a_thousand() -> None:
    feed = rss(*(f"<item><guid>{n}</guid><title>{n}</title></item>" for n in range(MOST_ITEMS + 50)))
    assert len(read(feed).items) == MOST_ITEMS
    assert len(read(json.dumps({"items": [{"id": n} for n in range(MOST_ITEMS + 50)]})).items) == MOST_ITEMS


# ---------------------------------------------------------------------------------------------------- fields


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("Wed, 18 Nov 2026 09:00:00 +0900", 9),
        ("Wed, 18 Nov 2026 00:00:00 GMT", 9),
        ("18 Nov 26 00:00 UT", 9),
        ("Tue, 17 Nov 2026 19:00:00 EST", 9),
        ("Tue, 17 Nov 2026 17:00:00 PDT", 9),
        ("2026-11-18T09:00:00+09:00", 9),
        ("2026-11-18 09:00:00", 9),
        ("Wed, 18 Nov 2026 09:00:00", 9),
        ("2026-11-18", 0),
    ],
)
def test_dates(written: str, hour: int) -> None:
    article = article_of(rss(f"<item><title>t</title><pubDate>{written}</pubDate></item>"))
    assert article.published == datetime(2026, 11, 18, hour, tzinfo=TOKYO)


@pytest.mark.parametrize("written", ["", "yesterday", "0000-00-00", "2026-02-30", "9" * 50, "Wed, 99 Nov 2026"])
def test_what_is_no_date_is_the_moment_of_reading(written: str) -> None:
    item = only(rss(f"<item><title>t</title><pubDate>{written}</pubDate></item>"))
    assert (item.article.published, item.is_dated) == (NOW, False)


def test_where_only_the_update_is_dated_it_was_published_then() -> None:
    article = article_of(atom("<entry><id>urn:x:1</id><title>t</title><updated>2026-11-18T00:00:00Z</updated></entry>"))
    assert article.published == article.updated == datetime(2026, 11, 18, 9, tzinfo=TOKYO)


def test_an_update_before_the_publication_is_none() -> None:
    dates = "<published>2026-11-18T00:00:00Z</published><updated>2026-11-10T00:00:00Z</updated>"
    article = article_of(atom(f"<entry><id>urn:x:1</id><title>t</title>{dates}</entry>"))
    assert article.updated == article.published


def test_authors() -> None:
    inherited = "<author><name>みんな</name><uri>https://shop.example/us</uri></author>"
    own = "<author><name>佐藤</name><email>sato@shop.example</email></author><author><name>田中</name></author>"
    feed = atom("<entry><id>urn:x:1</id><title>t</title></entry>", feed=inherited)
    assert article_of(feed).authors == (Author("みんな", None, "https://shop.example/us"),)
    feed = atom(f"<entry><id>urn:x:1</id><title>t</title>{own}</entry>", feed=inherited)
    assert article_of(feed).authors == (Author("佐藤"), Author("田中"))


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("<author>sato@shop.example (佐藤 花)</author>", "佐藤 花"),
        ("<author>佐藤 花 &lt;sato@shop.example&gt;</author>", "佐藤 花"),
        ("<author>佐藤 花</author>", "佐藤 花"),
        ("<dc:creator><![CDATA[佐藤 花]]></dc:creator>", "佐藤 花"),
        ("<author>sato@shop.technology</author>", None),
    ],
)
def test_of_an_author_in_rss_the_name_is_taken_and_never_the_address(written: str, name: str | None) -> None:
    authors = article_of(rss(f"<item><title>t</title>{written}</item>")).authors
    assert authors == ((Author(name),) if name else ())


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('<media:content url="/a.png" medium="image"/>', "/a.png"),
        ('<media:content url="/a.png" type="image/png"/><media:thumbnail url="/b.png"/>', "/a.png"),
        ('<media:content url="/a.mp4" type="video/mp4"><media:thumbnail url="/b.png"/></media:content>', "/b.png"),
        ('<media:group><media:content url="/a.png" medium="image"/></media:group>', "/a.png"),
        ('<enclosure url="/a.png?w=1&amp;h=2" type="image/png" length="0"/>', "/a.png?w=1&h=2"),
        ('<enclosure url="/a.mp3" type="audio/mpeg" length="0"/>', None),
        ('<media:thumbnail url="javascript:x"/>', None),
    ],
)
def test_images(written: str, expected: str | None) -> None:
    image = article_of(rss(f"<item><title>t</title>{written}</item>")).image
    assert image == (Image("https://shop.example" + expected) if expected else None)


def test_tags_are_labels_once_each() -> None:
    categories = (
        "<category term='t1' label='人工知能'/><category term='AI'/><category term='ai'/><category term='a&amp;amp;b'/>"
    )
    article = article_of(atom(f"<entry><id>urn:x:1</id><title>t</title>{categories}</entry>"))
    assert (article.tags, article.categories) == (("人工知能", "AI", "a&b"), ())


@pytest.mark.parametrize(
    ("written", "expected"), [("en-us", "en-us"), ("zh_TW", "zh-TW"), ("Japanese, of course", "ja"), ("", "ja")]
)
def test_the_language_is_that_of_the_feed_or_of_the_site(written: str, expected: str) -> None:
    assert (
        article_of(rss("<item><title>t</title></item>", channel=f"<language>{written}</language>")).language == expected
    )


def test_an_item_without_a_title_is_called_by_its_first_words() -> None:
    long = "とても" * 100
    assert (
        article_of(rss(f"<item><description>&lt;p&gt;{long}&lt;/p&gt;</description></item>")).title
        == "とても" * 19 + "とて…"
    )
    assert article_of(rss("<item><link>/1</link></item>")).title == "https://shop.example/1"


def test_without_a_link_its_page_is_the_guid_or_the_feeds_own() -> None:
    assert article_of(rss("<item><guid>https://shop.example/x</guid></item>")).url == "https://shop.example/x"
    assert article_of(rss('<item><guid isPermaLink="false">1</guid></item>')).url == "https://shop.example/"
    assert article_of(atom("<entry><id>tag:a.example,2026:1</id><title>t</title></entry>")).url == SOURCE


@pytest.mark.parametrize("link", ["javascript:alert(1)", "mailto:a@b.example", "http://[", "https://"])
def test_a_link_that_leads_nowhere_is_none(link: str) -> None:
    assert article_of(rss(f"<item><title>t</title><link>{link}</link></item>")).url == "https://shop.example/"


def test_a_link_is_plain_ascii_and_tells_no_password() -> None:
    article = article_of(rss("<item><link>https://me:secret@日本.example/日記?a=1&b=2</link></item>"))
    assert article.url == "https://xn--wgv71a.example/%E6%97%A5%E8%A8%98?a=1&b=2"


def test_of_several_links_of_an_entry_the_page_is_taken() -> None:
    links = (
        "<link rel='self' href='/api/1'/><link rel='alternate' type='application/json' href='/1.json'/>"
        "<link rel='alternate' type='text/html' href='/1'/><link rel='enclosure' href='/1.mp3'/>"
    )
    feed = atom(f"<entry><id>urn:x:1</id><title>t</title>{links}</entry>", feed="<link href='https://shop.example/'/>")
    assert article_of(feed).url == "https://shop.example/1"


def test_a_summary_beside_the_content_is_the_summary() -> None:
    item = only(
        rss(
            "<item><title>t</title><description>&lt;b&gt;短く&lt;/b&gt; &amp;amp; よく</description>"
            "<content:encoded>&lt;p&gt;ながい本文&lt;/p&gt;</content:encoded></item>"
        )
    )
    assert (item.article.summary, item.html) == ("短く & よく", "<p>ながい本文</p>")


def test_of_several_contents_html_is_taken() -> None:
    contents = "<content type='text'>文字だけのながいながい本文</content>"
    contents += "<content type='html'>&lt;p&gt;本文&lt;/p&gt;</content>"
    assert only(atom(f"<entry><id>urn:x:1</id><title>t</title>{contents}</entry>")).html == "<p>本文</p>"


def test_xhtml_becomes_html_and_xml_base_counts() -> None:
    content = (
        "<content type='xhtml' xml:base='https://cdn.example/a/'><h:div xmlns:h='http://www.w3.org/1999/xhtml'>"
        "<h:p>絵 <h:img src='x.png' alt='x'/> &amp;lt; 🍚</h:p></h:div></content>"
    )
    html = only(atom(f"<entry><id>urn:x:1</id><title>t</title>{content}</entry>")).html
    assert '<img alt="x" src="https://cdn.example/a/x.png">' in html
    assert "&lt; 🍚</p>" in html
    assert "h:" not in html


@pytest.mark.parametrize(
    ("channel", "pause"),
    [
        ("<ttl>90</ttl>", timedelta(minutes=90)),
        ("<ttl>soon</ttl>", None),
        ("<sy:updatePeriod> hourly </sy:updatePeriod>", timedelta(hours=1)),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", timedelta(hours=6)),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", timedelta(days=1)),
        ("", None),
    ],
)
def test_a_feed_may_ask_for_a_pause(channel: str, pause: timedelta | None) -> None:
    assert read(rss(channel=channel)).pause == pause


# ---------------------------------------------------------------------------------------------------- stability


def test_the_hash_changes_with_what_is_read_and_with_nothing_else() -> None:
    def sha256(body: str, channel: str = "", rules: FeedRules = RULES, now: datetime = NOW) -> str:
        feed = rss(f"<item><guid>1</guid><description>{body}</description></item>", channel=channel)
        (item,) = read_feed(feed.encode(), "", rules, now).items
        return item.sha256

    first = sha256("a")
    assert sha256("a", "<lastBuildDate>Wed, 18 Nov 2026 09:00:00 +0900</lastBuildDate>") == first
    assert sha256("a", now=NOW + timedelta(days=1)) == first
    others = [sha256("b"), sha256("a", rules=FeedRules(SOURCE, "note.example", "en", TOKYO))]
    assert len({first, *others}) == 3


def test_without_password() -> None:
    assert without_password("https://me:se@cret@shop.example/feed?a=@b") == "https://shop.example/feed?a=@b"
    assert without_password("http://shop.example?a=@b") == "http://shop.example?a=@b"


@given(
    st.one_of(
        st.binary(max_size=300),
        st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")),
        st.lists(
            st.sampled_from(
                [
                    *(
                        "<rss version='2.0'>",
                        "<channel>",
                        "<item>",
                        "</item>",
                        "</channel>",
                        "</rss>",
                        f"<feed {ATOM}>",
                    ),
                    *("<entry>", "</entry>", "</feed>", "<title>", "</title>", "<link>", "<link href='/'/>", "</link>"),
                    *("<guid>", "</guid>", "<content type='xhtml'>", "</content>", "<![CDATA[", "]]>", "&", "&amp;"),
                    *(
                        "&nbsp;",
                        "&#0;",
                        "&#x110000;",
                        "<!--",
                        "-->",
                        "<?x",
                        "?>",
                        "<!DOCTYPE x [",
                        "]>",
                        "x",
                        "日",
                        "\0",
                    ),
                    *("<author>", "</author>", "a@b", "<media:group>", "<media:content url='x'/>", "</media:group>"),
                    *(
                        "<pubDate>",
                        "</pubDate>",
                        "2026-11-18",
                        "<source>",
                        "</source>",
                        "<image>",
                        "<textinput>",
                        "<p>",
                    ),
                    *("<category>", "<category term='x'/>", "xml:base='http://['", "<itunes:image href='x'/>", "<svg>"),
                ]
            ),
            max_size=40,
        ).map(lambda parts: "".join(parts).encode()),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(
                    st.sampled_from(["items", "id", "url", "title", "authors", "name", "tags", "content_html", "image"])
                    | st.text(max_size=5),
                    inner,
                    max_size=6,
                )
            ),
            max_leaves=30,
        ).map(lambda value: json.dumps(value).encode()),
    ),
    st.sampled_from(["", "text/xml; charset=shift_jis", "application/xml; charset=nonsense", "application/json"]),
)
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_items_or_one_reason(content: bytes, content_type: str) -> None:
    items: tuple[ReadItem, ...] = ()
    with contextlib.suppress(FeedUnreadable):
        items = read_feed(content, content_type, RULES, NOW).items
    for item in items:
        assert item.article.url.isascii()
        assert item.article.url.startswith(("http://", "https://"))
        assert item.article.title
        assert item.article.updated >= item.article.published
        assert "<script" not in item.html
