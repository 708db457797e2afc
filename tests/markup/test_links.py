"""Addresses: absolute, encoded once, or not there at all."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.markup.links import is_absolute, resolve_srcset, resolve_url
from publisher.markup.place import Place
from tests.markup.strategies import BREAKS, PLACE, lines, places

_SITE = "https://news.example.jp"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("a.png", f"{_SITE}/articles/a.png"),
        ("/a.png", f"{_SITE}/a.png"),
        ("../a.png", f"{_SITE}/a.png"),
        ("./img/図 1.png", f"{_SITE}/articles/img/%E5%9B%B3%201.png"),
        ("?page=2", f"{_SITE}/articles/20260108-chip?page=2"),
        ("#結論", f"{_SITE}/articles/20260108-chip#%E7%B5%90%E8%AB%96"),
        ("", f"{_SITE}/articles/20260108-chip"),
        ("//cdn.example/a.js", "https://cdn.example/a.js"),
        ("https://example.com/a?b=1&c=日本", "https://example.com/a?b=1&c=%E6%97%A5%E6%9C%AC"),
        ("https://example.com/%E6%97%A5%20x", "https://example.com/%E6%97%A5%20x"),
        ("https://example.com/100%", "https://example.com/100%25"),
        ("HTTPS://example.com/A", "https://example.com/A"),
        ("http://例え.jp/道", "http://xn--r8jz45g.jp/%E9%81%93"),
        ("  https://example.com/ \n", "https://example.com/"),
        ("https://exam\nple.com/\ta", "https://example.com/a"),
        ("mailto:news@example.jp?subject=件名", "mailto:news@example.jp?subject=%E4%BB%B6%E5%90%8D"),
        ("tel:+81-3-1234-5678", "tel:+81-3-1234-5678"),
        ("か\u3099.png", f"{_SITE}/articles/%E3%81%8C.png"),
    ],
)
def test_an_address_becomes_complete(url: str, expected: str) -> None:
    assert resolve_url(url, PLACE) == expected


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        " java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        "vbscript:x",
        "data:text/html;base64,PGI+",
        "data:image/png;base64,xx",
        "file:///etc/passwd",
        "about:blank",
        "blob:https://example.com/1",
        "cid:1@example",
        "http:",
        "http://",
        "http://[::1",
        "//[",
        "https://exa mple.com/",
        'https://a"b/',
        "mailto:",
        "http:example.com",
    ],
)
def test_what_must_not_be_linked_has_no_address(url: str) -> None:
    assert resolve_url(url, PLACE) is None


def test_an_absolute_path_starts_at_the_host_even_when_the_site_has_a_path() -> None:
    assert resolve_url("/a.png", BREAKS) == f"{_SITE}/a.png"
    assert resolve_url("a.png", BREAKS) == f"{_SITE}/articles/20260108-chip/a.png"


@pytest.mark.parametrize(
    ("article_url", "url", "expected"),
    [
        (f"{_SITE}/articles/one", "two.md", f"{_SITE}/articles/two"),
        (f"{_SITE}/articles/one", "./two.markdown#節", f"{_SITE}/articles/two#%E7%AF%80"),
        (f"{_SITE}/articles/one/", "two.md", f"{_SITE}/articles/two/"),
        (f"{_SITE}/articles/one.html", "two.md", f"{_SITE}/articles/two.html"),
        (f"{_SITE}/articles/one", "https://example.com/README.md", "https://example.com/README.md"),
        (f"{_SITE}/articles/one", "two.md.png", f"{_SITE}/articles/two.md.png"),
    ],
)
def test_a_neighbouring_markdown_file_is_an_article(article_url: str, url: str, expected: str) -> None:
    assert resolve_url(url, Place(article_url, _SITE)) == expected


@pytest.mark.parametrize(
    ("srcset", "expected"),
    [
        ("a.png", f"{_SITE}/articles/a.png"),
        ("a.png 1x, /b.png 2x", f"{_SITE}/articles/a.png 1x, {_SITE}/b.png 2x"),
        (
            "//cdn.example/w_1,h_2/a.png 640w,b.png 2x",
            f"https://cdn.example/w_1,h_2/a.png 640w, {_SITE}/articles/b.png 2x",
        ),
        ("a.png, b.png 2x", f"{_SITE}/articles/a.png, {_SITE}/articles/b.png 2x"),
        (" , a.png 1x,, ", f"{_SITE}/articles/a.png 1x"),
        ("javascript:x 1x, 図.png 2x", f"{_SITE}/articles/%E5%9B%B3.png 2x"),
        ("data:image/png;base64,AA== 1x", None),
        ("", None),
        (" ,,, ", None),
    ],
)
def test_srcset(srcset: str, expected: str | None) -> None:
    assert resolve_srcset(srcset, PLACE) == expected


@given(lines, places)
def test_any_address_is_complete_or_refused_and_settled_after_one_round(url: str, place: Place) -> None:
    found = resolve_url(url, place)
    if found is None:
        return
    assert is_absolute(found)
    assert found.isascii()
    assert urlsplit(found).scheme in {"http", "https", "mailto", "tel"}
    assert resolve_url(found, place) == found


@given(lines, places)
def test_any_srcset_has_complete_addresses(srcset: str, place: Place) -> None:
    found = resolve_srcset(srcset, place)
    assert found is None or all(is_absolute(candidate.split()[0]) for candidate in found.split(", "))


@given(st.text(max_size=20))
def test_any_text_can_be_asked_for_completeness(text: str) -> None:
    assert is_absolute(text) in {True, False}
