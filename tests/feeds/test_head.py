"""What stands at the head of a feed besides its title: archives, hubs, tombstones, pictures, rights, a stylesheet."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.feeds.check import find_fault
from publisher.feeds.write import write_feed
from publisher.model.feed import Cloud, FeedFormat, Tombstone
from tests.feeds.builders import ALL_FORMATS, TOKYO, make_article, make_feed, make_spec, one_line_texts
from tests.feeds.reading import find

ARTICLE = make_article()
XML_FORMATS = [FeedFormat.RSS, FeedFormat.ATOM]
TOP = {FeedFormat.RSS: "/rss/channel", FeedFormat.ATOM: "/atom:feed"}
GONE = Tombstone("tag:example.com,2026:gone", datetime(2026, 1, 8, 9, tzinfo=TOKYO))


def write(feed_format: FeedFormat, **changes: Any) -> bytes:
    content = write_feed(make_feed(ARTICLE, **changes), feed_format)
    assert find_fault(content, (ARTICLE,)) == ""
    return content


def links(feed_format: FeedFormat, **changes: Any) -> dict[str, str]:
    """By rel, without those of entries; each stands there once."""
    found = find(write(feed_format, **changes), f"{TOP[feed_format]}/atom:link")
    by_rel = {link.get("rel"): link.get("href") for link in found}
    assert len(by_rel) == len(found)
    return by_rel


@pytest.mark.parametrize("feed_format", XML_FORMATS)
def test_the_subscription_document_leads_to_its_newest_archive(feed_format: FeedFormat) -> None:
    stem = feed_format.filename.removesuffix(".xml")
    found = links(feed_format, parts=3)
    assert found["self"] == f"https://example.com/{stem}.xml"
    assert found["prev-archive"] == f"https://example.com/{stem}-3.xml"
    assert found.keys() & {"next-archive", "current"} == set()
    assert find(write(feed_format, parts=3), "//fh:archive") == []
    assert "prev-archive" not in links(feed_format)


@pytest.mark.parametrize("feed_format", XML_FORMATS)
@pytest.mark.parametrize(("part", "older", "newer"), [(1, None, 2), (2, 1, 3), (3, 2, None)])
def test_an_archive_leads_to_its_neighbours_and_to_the_feed(
    feed_format: FeedFormat, part: int, older: int | None, newer: int | None
) -> None:
    stem = f"https://example.com/{feed_format.filename.removesuffix('.xml')}"
    found = links(feed_format, part=part, parts=3)
    assert found["self"] == f"{stem}-{part}.xml"
    assert found["current"] == f"{stem}.xml"
    assert found.get("prev-archive") == (f"{stem}-{older}.xml" if older else None)
    assert found.get("next-archive") == (f"{stem}-{newer}.xml" if newer else None)
    assert len(find(write(feed_format, part=part, parts=3), f"{TOP[feed_format]}/fh:archive")) == 1


@pytest.mark.parametrize(("part", "following"), [(0, "feed-2.json"), (2, "feed-1.json"), (1, None)])
def test_a_json_feed_leads_to_what_is_older(part: int, following: str | None) -> None:
    document = json.loads(write(FeedFormat.JSON, part=part, parts=2))
    assert document["feed_url"] == f"https://example.com/feed{f'-{part}' if part else ''}.json"
    assert document.get("next_url") == (following and f"https://example.com/{following}")


def test_archives_of_a_feed_of_one_file_have_its_name() -> None:
    spec = make_spec(folder="blog", folder_url="https://example.com/blog/", file="索引.xml", parts=1)
    assert spec.path(FeedFormat.RSS) == "blog/索引.xml"
    assert spec.url(FeedFormat.RSS, 1) == "https://example.com/blog/%E7%B4%A2%E5%BC%95-1.xml"


@pytest.mark.parametrize("feed_format", XML_FORMATS)
def test_a_feed_that_holds_everything_says_so(feed_format: FeedFormat) -> None:
    path = f"{TOP[feed_format]}/fh:complete"
    assert len(find(write(feed_format, is_complete=True), path)) == 1
    assert b"syndication/history" not in write(feed_format)


def test_deleted_articles_have_their_tombstones_in_atom_alone() -> None:
    content = write(FeedFormat.ATOM, deleted=(GONE,))
    (node,) = find(content, "/atom:feed/at:deleted-entry")
    assert dict(node.attrib) == {"ref": GONE.id, "when": "2026-01-08T09:00:00+09:00"}
    assert not feedparser.parse(content).bozo
    for feed_format in (FeedFormat.RSS, FeedFormat.JSON):
        assert write(feed_format, deleted=(GONE,)) == write(feed_format)


def test_hubs_stand_in_every_format() -> None:
    hubs = ("https://hub.example/", "https://example.com/hub?a=1&b=2")
    for feed_format in XML_FORMATS:
        path = f"{TOP[feed_format]}/atom:link[@rel='hub']/@href"
        assert find(write(feed_format, hubs=hubs), path) == list(hubs)
    document = json.loads(write(FeedFormat.JSON, hubs=hubs))
    assert document["hubs"] == [{"type": "WebSub", "url": hub} for hub in hubs]


def test_the_cloud_stands_in_rss_with_all_it_needs() -> None:
    (node,) = find(write(FeedFormat.RSS, cloud=Cloud("example.com", 443, "/cloud")), "/rss/channel/cloud")
    assert dict(node.attrib) == {
        "domain": "example.com",
        "port": "443",
        "path": "/cloud",
        "registerProcedure": "",
        "protocol": "http-post",
    }


def test_pictures_of_the_feed_stand_where_each_format_wants_them() -> None:
    icon, logo = "https://example.com/icon.png?a=1&b=2", "https://example.com/logo.png"
    atom = write(FeedFormat.ATOM, icon=icon, logo=logo)
    assert find(atom, "/atom:feed/atom:icon/text()") == [icon]
    assert find(atom, "/atom:feed/atom:logo/text()") == [logo]
    document = json.loads(write(FeedFormat.JSON, icon=icon, logo=logo))
    assert (document["icon"], document["favicon"]) == (icon, icon)
    for pictures, shown in (({"icon": icon, "logo": logo}, logo), ({"icon": icon}, icon)):
        (image,) = find(write(FeedFormat.RSS, title="ほし & 友", **pictures), "/rss/channel/image")
        assert {node.tag: node.text for node in image} == {
            "url": shown,
            "title": "ほし & 友",
            "link": "https://example.com/",
        }
    assert find(write(FeedFormat.RSS), "//image") == []


def test_rights_stand_in_both_xml_formats() -> None:
    assert find(write(FeedFormat.ATOM, rights="© 星 & 友"), "/atom:feed/atom:rights/text()") == ["© 星 & 友"]
    assert find(write(FeedFormat.RSS, rights="© 星 & 友"), "/rss/channel/copyright/text()") == ["© 星 & 友"]
    assert b"rights" not in write(FeedFormat.ATOM)


@pytest.mark.parametrize("feed_format", XML_FORMATS)
def test_a_stylesheet_is_an_instruction_before_the_root(feed_format: FeedFormat) -> None:
    content = write(feed_format, stylesheet="https://example.com/feed.css?a=1&b=2")
    (before,) = find(content, "/processing-instruction('xml-stylesheet')")
    assert before.get("type") == "text/css"
    assert before.get("href") == "https://example.com/feed.css?a=1&amp;b=2"  # as it is written there


@settings(deadline=None, max_examples=40)
@given(
    part=st.integers(0, 4),
    parts=st.integers(0, 4),
    is_complete=st.booleans(),
    deleted=st.lists(st.just(GONE), max_size=2).map(tuple),
    hubs=st.lists(st.sampled_from(["https://a.example/", "https://b.example/?x=1&y=2"]), max_size=2).map(tuple),
    cloud=st.none() | st.just(Cloud("example.com", 80, "/cloud")),
    rights=st.just("") | one_line_texts,
    icon=st.sampled_from(["", "https://example.com/i.png"]),
    logo=st.sampled_from(["", "https://example.com/l.png"]),
    stylesheet=st.sampled_from(["", "https://example.com/feed.css"]),
)
def test_any_head_makes_a_good_feed(**changes: Any) -> None:
    for feed_format in ALL_FORMATS:
        content = write(feed_format, **changes)
        if feed_format is not FeedFormat.JSON:
            assert not feedparser.parse(content).bozo
