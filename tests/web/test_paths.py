"""From addresses to files, and to none that lies outside."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher import urls
from publisher.web.paths import find_prefix, find_relative


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"/rss.xml", "rss.xml"),
        (b"/", ""),
        (b"/tags/", "tags/"),
        (b"/tags/AI%252FML/rss.xml", "tags/AI%2FML/rss.xml"),
        ("/tags/" + quote("麹") + "/rss.xml", "tags/麹/rss.xml"),
        (b"/tags/c%23%20%3F/rss.xml", "tags/c# ?/rss.xml"),
        (b"/100%", "100%"),
    ],
)
def test_names_are_decoded_once(raw: bytes | str, expected: str) -> None:
    assert find_relative(raw.encode() if isinstance(raw, str) else raw, "/") == expected


@pytest.mark.parametrize(
    "raw",
    [
        b"/../config.yaml",
        b"/%2e%2e/config.yaml",
        b"/tags/../../config.yaml",
        b"/tags%2F..%2F..%2Fconfig.yaml",
        b"/tags/%2e%2e%2f%2e%2e%2fconfig.yaml",
        b"/./rss.xml",
        b"/.git/config",
        b"/tags/.publisher-abc.tmp",
        b"//example.com/",
        b"/tags//rss.xml",
        b"/rss.xml%00.png",
        b"/%ff%fe",
        b"rss.xml",
        b"http://example.com/rss.xml",
        b"*",
        b"",
    ],
)
def test_what_is_no_name_of_a_shown_file_is_none(raw: bytes) -> None:
    assert find_relative(raw, "/") is None


def test_a_prefix_is_cut_off_and_asked_for() -> None:
    assert find_relative(b"/feeds/rss.xml", "/feeds/") == "rss.xml"
    assert find_relative(b"/feeds/", "/feeds/") == ""
    for outside in (b"/rss.xml", b"/feeds", b"/feedsrss.xml", b"/feeds/../rss.xml"):
        assert find_relative(outside, "/feeds/") is None


@given(st.binary(max_size=60).map(lambda rest: b"/" + rest))
def test_nothing_leads_out_of_the_folder(raw: bytes) -> None:
    found = find_relative(raw, "/")
    if found is not None:
        parts = found.split("/")
        assert not any(part.startswith(".") or "\0" in part for part in parts)
        assert "" not in parts[:-1]


@given(st.text(min_size=1, max_size=30))
def test_every_folder_of_a_tag_is_found_at_its_address(tag: str) -> None:
    folder = f"tags/{urls.folder_name(tag)}"
    address = urls.folder_url("https://note.example/", folder) + "rss.xml"
    assert find_relative(address.removeprefix("https://note.example").encode(), "/") == f"{folder}/rss.xml"


@pytest.mark.parametrize(
    ("feeds", "web", "expected"),
    [
        ("https://a.example/", "https://a.example", "/"),
        ("https://a.example/feeds/", "https://a.example", "/feeds/"),
        ("https://a.example/blog/feeds/", "https://a.example/blog", "/feeds/"),
        ("https://feeds.example/all/", "https://a.example", "/all/"),
        ("https://a.example/blogs/", "https://a.example/blog", "/blogs/"),
        ("https://a.example/%E9%BA%B9/", "https://a.example", "/%E9%BA%B9/"),
    ],
)
def test_the_folder_is_shown_where_feeds_url_says(feeds: str, web: str, expected: str) -> None:
    assert find_prefix(feeds, web) == expected
