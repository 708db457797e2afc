"""Types by name, feeds by their first element."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.feed import FeedFormat
from publisher.web.media import find_kind

DECLARATION = b"<?xml version='1.0' encoding='UTF-8'?>\n<?xml-stylesheet href='a.css'?><!-- <feed> -->\n"


@pytest.mark.parametrize(
    ("name", "content", "media_type", "feed"),
    [
        ("rss.xml", DECLARATION + b"<rss version='2.0'>", "application/rss+xml; charset=utf-8", FeedFormat.RSS),
        ("podcast.xml", b"<rss>", "application/rss+xml; charset=utf-8", FeedFormat.RSS),
        ("atom.xml", DECLARATION + b"<feed xmlns=''>", "application/atom+xml; charset=utf-8", FeedFormat.ATOM),
        ("sitemap.xml", b"<urlset><feed/>", "application/xml; charset=utf-8", None),
        ("empty.xml", b"", "application/xml; charset=utf-8", None),
        (
            "feed.json",
            b'{"version": "https://jsonfeed.org/version/1.1"',
            "application/feed+json; charset=utf-8",
            FeedFormat.JSON,
        ),
        ("data.json", b"{}", "application/json; charset=utf-8", None),
        ("feeds.opml", b"<opml>", "text/x-opml; charset=utf-8", None),
        ("index.HTML", b"", "text/html; charset=utf-8", None),
        ("style.css", b"", "text/css; charset=utf-8", None),
        ("a.webp", b"", "image/webp", None),
        ("favicon.ico", b"", "image/x-icon", None),
        ("rss.xml.gz", b"", "application/gzip", None),
        ("LICENSE", b"", "application/octet-stream", None),
    ],
)
def test_kinds(name: str, content: bytes, media_type: str, feed: FeedFormat | None) -> None:
    kind = find_kind(name, content)
    assert (kind.media_type, kind.feed) == (media_type, feed)


def test_data_is_what_other_pages_may_read() -> None:
    assert [find_kind(name, b"").is_data for name in ("a.xml", "a.json", "a.opml", "a.html", "a.png")] == [
        True,
        True,
        True,
        False,
        False,
    ]


@given(st.text(max_size=20), st.binary(max_size=200))
def test_anything_has_a_type(name: str, content: bytes) -> None:
    assert "/" in find_kind(name, content).media_type
