"""Items of a site's former feed, and which article each one is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.sources.feed.document import MOST_ITEMS, FeedUnreadable
from publisher.sources.feed.former import FormerItem, match_items, move_item, read_former
from publisher.storage.articles import KnownArticle

TOKYO = ZoneInfo("Asia/Tokyo")
DAY = datetime(2026, 1, 8, tzinfo=TOKYO)
SITE = "https://note.example"


def article(path: str, url: str = "", title: str = "", published: datetime = DAY) -> KnownArticle:
    return KnownArticle(f"id-{path}", path, "", title or path, published, url=url or f"{SITE}/{path}")


def matched(items: list[FormerItem], articles: list[KnownArticle]) -> dict[str, str | None]:
    return {id_: one.path for id_, one in match_items(items, articles, TOKYO).items()}


RSS = """<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>t</title>
<link>https://old.example/</link><atom:link rel="next" href="/feed?paged=2"/>
<item><guid isPermaLink="false">5f2a</guid><title>甲 &amp;amp; 乙</title><link>/a/</link>
<pubDate>Thu, 08 Jan 2026 00:30:00 +0900</pubDate></item>
<item><guid>https://old.example/b</guid><title>b</title></item>
<item><title>c</title><link>https://old.example/c</link></item>
<item><title>nothing to know it by</title></item></channel></rss>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel rdf:about="https://old.example/"><title>t</title><link>https://old.example/</link></channel>
<item rdf:about="urn:a"><title>a</title><link>https://old.example/a.html</link></item></rdf:RDF>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://old.example/blog/"><id>x:y</id><title>t</title>
<link rel="prev-archive" href="archive-3.xml"/><link rel="next" href="page2"/>
<entry><id>tag:old.example,2020:1</id><title>a</title><link href="a.html"/><updated>2026-01-07T16:00:00Z</updated>
</entry></feed>"""
JSON = """{"version": "https://jsonfeed.org/version/1.1", "title": "t", "next_url": "https://old.example/feed.json?page=2",
"items": [{"id": 7, "url": "https://old.example/日記"}]}"""


@pytest.mark.parametrize(
    ("text", "items", "older"),
    [
        (
            RSS,
            [
                ("5f2a", "https://old.example/a/"),
                ("https://old.example/b", "https://old.example/b"),
                ("https://old.example/c", "https://old.example/c"),
            ],
            "https://old.example/feed?paged=2",
        ),
        (RDF, [("urn:a", "https://old.example/a.html")], ""),
        (
            ATOM,
            [("tag:old.example,2020:1", "https://old.example/blog/a.html")],
            "https://old.example/blog/archive-3.xml",
        ),
        (JSON, [("7", "https://old.example/%E6%97%A5%E8%A8%98")], "https://old.example/feed.json?page=2"),
    ],
    ids=["rss", "rdf", "atom", "json"],
)
def test_every_kind_of_feed_is_read(text: str, items: list[tuple[str, str]], older: str) -> None:
    page = read_former(text.encode(), "", "https://old.example/blog/feed", TOKYO)
    assert [(item.id, item.url) for item in page.items] == items
    assert page.older == older
    assert not page.is_cut


def test_titles_are_text_and_dates_are_moments() -> None:
    first = read_former(RSS.encode(), "", "", TOKYO).items[0]
    assert first.title == "甲 & 乙"
    assert first.published == DAY + timedelta(minutes=30)
    assert read_former(RSS.encode(), "", "", TOKYO).older == "", "a file has no address to go on from"


def test_a_document_with_too_many_items_says_so() -> None:
    items = "".join(f"<item><guid>https://old.example/{number}</guid></item>" for number in range(MOST_ITEMS + 5))
    page = read_former(f"<rss version='2.0'><channel>{items}</channel></rss>".encode(), "", "", TOKYO)
    assert page.is_cut
    assert len(page.items) == MOST_ITEMS


def test_what_is_no_feed_is_refused() -> None:
    with pytest.raises(FeedUnreadable, match="web page"):
        read_former(b"<html></html>", "", "", TOKYO)


@pytest.mark.parametrize(
    "url",
    [
        "https://note.example/a",
        "http://note.example/a",
        "https://www.note.example/a/",
        "https://NOTE.example/a/index.html",
        "https://note.example/%61#top",
    ],
)
def test_one_address_has_many_spellings(url: str) -> None:
    two = [article("x", f"{SITE}/a"), article("y", f"{SITE}/b")]
    assert matched([FormerItem("1", url)], two) == {"1": "x"}


def test_the_query_is_part_of_an_address() -> None:
    assert matched([FormerItem("1", f"{SITE}/?p=7")], [article("x", f"{SITE}/?p=8")]) == {}


def test_a_path_at_another_host_is_enough_where_it_is_the_only_one() -> None:
    items = [FormerItem("1", "https://old.example/2020/a/"), FormerItem("2", "https://old.example/b")]
    articles = [article("x", f"{SITE}/2020/a"), article("y", f"{SITE}/b"), article("z", "https://other.example/b")]
    assert matched(items, articles) == {"1": "x"}
    assert matched([FormerItem("1", "https://old.example/")], [article("x", f"{SITE}/")]) == {}


def test_title_and_day_are_enough_where_they_are_the_only_ones() -> None:
    evening = datetime(2026, 1, 7, 16, tzinfo=UTC)  # the 8th in Tokyo
    item = FormerItem("1", "https://old.example/?p=1", "ＡＩの話", evening)
    assert matched([item], [article("x", title="AIの話")]) == {"1": "x"}
    assert matched([item], [article("x", title="AIの話"), article("y", title="AIの話")]) == {}
    assert matched([item], [article("x", title="AIの話", published=DAY + timedelta(days=1))]) == {}
    assert matched([item, FormerItem("2", "", "aiの話", evening)], [article("x", title="AIの話")]) == {}
    assert matched([FormerItem("1", "", "")], [article("x", title="")]) == {}


def test_a_better_claim_comes_first_whatever_the_order() -> None:
    weak = FormerItem("weak", "https://old.example/a")
    strong = FormerItem("strong", f"{SITE}/a")
    assert matched([weak, strong], [article("x", f"{SITE}/a")]) == {"strong": "x"}


@pytest.mark.parametrize(
    ("url", "old", "new"),
    [
        ("https://old.example/a", "https://old.example", "https://note.example/blog/a"),
        ("http://www.old.example/a/b?x=1", "https://old.example/", "https://note.example/blog/a/b?x=1"),
        ("https://old.example/diary/a", "https://old.example/diary", "https://note.example/blog/a"),
        ("https://old.example/diary2/a", "https://old.example/diary", "https://old.example/diary2/a"),
        ("https://third.example/a", "https://old.example", "https://third.example/a"),
        ("", "https://old.example", ""),
        ("https://old.example/日記", "https://old.example", "https://note.example/blog/%E6%97%A5%E8%A8%98"),
    ],
)
def test_an_item_moves_with_its_site(url: str, old: str, new: str) -> None:
    assert move_item(FormerItem("1", url), old, f"{SITE}/blog").url == new


_urls = st.sampled_from(["", "a", "b", "a/", "c?x=1"]).flatmap(
    lambda path: st.sampled_from([f"{SITE}/{path}", f"http://old.example/{path}"])
)
_titles = st.sampled_from(["", "題", "別の題"])
_moments = st.sampled_from([DAY, DAY + timedelta(days=1), datetime.min.replace(tzinfo=UTC)])


@settings(max_examples=300)
@given(
    items=st.lists(st.tuples(_urls | st.just(""), _titles, st.none() | _moments), max_size=5),
    articles=st.lists(st.tuples(_urls, _titles, _moments), max_size=5),
)
def test_no_id_is_given_twice_and_no_article_has_two(
    items: list[tuple[str, str, datetime | None]], articles: list[tuple[str, str, datetime]]
) -> None:
    former = [FormerItem(str(number), *item) for number, item in enumerate(items)]
    known = [article(str(number), *one) for number, one in enumerate(articles)]
    found = match_items(former, known, TOKYO)
    paths = [one.path for one in found.values()]
    assert len(set(paths)) == len(paths)
    assert found.keys() <= {item.id for item in former}
