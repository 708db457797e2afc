"""XML that is broken, half there, or shaped like no feed."""

from __future__ import annotations

import contextlib
import time

import pytest
from lxml import etree

from publisher.sources.feed.document import FeedUnreadable
from publisher.sources.feed.mend import mend_xml
from tests.sources.feeds import article_of, atom, only, read, rss


def refuse(text: str) -> str:
    with pytest.raises(FeedUnreadable) as caught:
        mend_xml(text)
    return str(caught.value)


# ---------------------------------------------------------------------------------------------------- what is no feed


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("hello", "is no feed"),
        ("<!-- only a comment -->", "is no feed"),
        ("<!DOCTYPE html><html><body>x</body></html>", "is a web page and no feed"),
        ("<HTML>", "is a web page and no feed"),
        ("<opml version='2.0'/>", "is no feed (it begins with <opml>)"),
        ("<rss>" + "<a>" * 4000 + "</a>" * 4000 + "</rss>", "is nested too deeply"),
    ],
)
def test_what_is_no_feed_is_said(text: str, words: str) -> None:
    assert refuse(text).startswith(words)


# ---------------------------------------------------------------------------------------------------- half of it

WHOLE = rss(
    *(
        f"<item><guid>{n}</guid><title>記事{n}</title><description><![CDATA[<p>本文</p>]]></description></item>"
        for n in range(5)
    )
)


def test_half_a_feed_is_none_wherever_it_breaks_off() -> None:
    start = WHOLE.index("<rss") + 5
    for end in range(start, len(WHOLE)):
        with pytest.raises(FeedUnreadable):
            read(WHOLE[:end])
    assert len(read(WHOLE).items) == 5


def test_half_an_atom_feed_is_none() -> None:
    whole = atom("<entry><id>urn:x:1</id><title>t</title><content type='html'>&lt;/feed&gt;</content></entry>")
    for end in range(whole.index("<feed") + 6, len(whole)):
        with pytest.raises(FeedUnreadable):
            read(whole[:end])
    assert len(read(whole).items) == 1


@pytest.mark.parametrize("rest", ["\n", "<!-- made in 0.2 s, cached -->\n", "<!-- a --> <!-- b -->"])
def test_what_a_cache_writes_behind_the_end_is_no_trouble(rest: str) -> None:
    assert len(read(WHOLE + rest).items) == 5


# ---------------------------------------------------------------------------------------------------- repairs


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("a&nbsp;b&hellip;", "a b…"),
        ("Q&A & more", "Q&A & more"),
        ("&unknown; &#0;&#11;&#xD800;x", "&unknown; x"),
        ("it&#146;s", "it’s"),
        ("&#128027; &#x1F35A;", "🐛 🍚"),
        ("a\x0bb\x00c", "abc"),
        ("<![CDATA[a & b &nbsp;c]]>", "a & b c"),
        ("a <b>c</b> d", "a c d"),
        ("<![CDATA[a]]> & <![CDATA[b]]>", "a & b"),
    ],
)
def test_entities_and_characters_are_repaired(written: str, title: str) -> None:
    assert article_of(rss(f"<item><title>{written}</title></item>")).title == title


def test_an_address_with_bare_ampersands_is_whole() -> None:
    article = article_of(rss("<item><title>t</title><link>https://shop.example/?a=1&copy=2&lang=ja</link></item>"))
    assert article.url == "https://shop.example/?a=1&copy=2&lang=ja"


def test_prefixes_that_nobody_declared_mean_what_they_mean_elsewhere() -> None:
    feed = rss(
        "<item><title>t</title><dc:creator>佐藤</dc:creator><content:encoded>&lt;p&gt;本文&lt;/p&gt;</content:encoded>"
        "<odd:thing>x</odd:thing></item>"
    )
    item = only(feed)
    assert (item.article.authors[0].name, item.html) == ("佐藤", "<p>本文</p>")


def test_tags_that_do_not_match_cost_little() -> None:
    feed = (
        "<rss version='2.0'><channel><item><title>a</title><b>x</i></item><item><title>c</title></item></channel></rss>"
    )
    assert {item.article.title for item in read(feed).items} >= {"a"}


def test_a_default_namespace_that_nobody_knows_is_none() -> None:
    feed = rss("<item><title>t</title></item>").replace("<rss ", "<rss xmlns='http://odd.example/' ")
    assert article_of(feed).title == "t"


def test_own_entities_are_not_expanded_and_nothing_is_loaded() -> None:
    feed = (
        '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
        "<rss version='2.0'><channel><item><title>&a;&b;&f;</title></item></channel></rss>"
    )
    assert article_of(feed).title == "&a;&b;&f;"


@pytest.mark.parametrize(
    "head", ["\n\n", "<?xml version='1.0'?>\n<?xml-stylesheet href='x'?>", "<!-- <html> -->", "<!doctype rss>"]
)
def test_what_stands_before_the_feed_is_passed_over(head: str) -> None:
    assert article_of(head + "<rss><channel><item><title>t</title></item></channel></rss>").title == "t"


# ---------------------------------------------------------------------------------------------------- shape


def test_what_comes_out_is_well_formed_and_bounded() -> None:
    feed = rss(
        "<item>" + "<category>x</category>" * 5000 + "</item>",
        "<item><author>" + "a" * 100_000 + "</author><link a='" + "x" * 9000 + "'/></item>",
        channel="<category>x</category>" * 5000,
    )
    root = etree.fromstring(mend_xml(feed))
    assert len(root.findall(".//category")) <= 700
    assert max(len(element.text or "") for element in root.iter()) <= 2000
    assert max(len(value) for element in root.iter() for value in element.attrib.values()) <= 4000


@pytest.mark.parametrize(
    "part",
    [
        *("<", "&", "<!--", "<![CDATA[", "<!DOCTYPE ", "<?x?>", "<!ENTITY ", "<a>", "<item>", "\n ", 'encoding="'),
        *("<item><author>aaaaaaaaaaaaaaaaaaaaaaaaaaaaa</author></item>", "<category>x</category>", "&nbsp;"),
        *("&lt;b ", "&amp;lt;a ", "<b>x</b>", "&lt;div&gt;", "a@", "\u0301", "<author>aaaaaaaaaaa</author>"),
        *(" a='x'", " xmlns:a='x'", '{"id":1},', "[", '"'),
    ],
)
def test_no_input_takes_more_than_linear_time(part: str) -> None:
    """Four times the input may take six times as long, and half a second is no measure."""

    def seconds(size: int) -> float:
        repeated = part * (size // len(part))
        spent = 0.0
        for before, after in (
            ("", ""),
            ("<?xml version='1.0'?>", "<rss/>"),
            ("<rss version='2.0' ", "></rss>"),
            ("<rss version='2.0'><channel><item>", "</item></channel></rss>"),
            ("<rss version='2.0'><channel><item><description>", "</description></item></channel></rss>"),
            ("<rss version='2.0'><channel><item><author>", "</author></item></channel></rss>"),
            ('{"items":[', "{}]}"),
        ):
            started = time.process_time()
            with contextlib.suppress(FeedUnreadable):
                read(before + repeated + after)
            spent += time.process_time() - started
        return spent

    small, large = seconds(20_000), seconds(80_000)
    assert large < max(6 * small, 0.5 + 4 * small), f"{part!r}: {small:.2f} s, {large:.2f} s"
