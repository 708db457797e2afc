"""Titles, summaries and bodies as feeds write them."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.markup.html import render_html
from publisher.markup.place import Place
from publisher.sources.feed.text import text_to_html, to_body, to_summary, to_title

BASE = "https://shop.example/news/1"


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("A &amp; B", "A & B"),
        ("A &amp;amp; B", "A & B"),
        ("&lt;b&gt;太い&lt;/b&gt; 話", "太い 話"),
        ("<b>太い</b> <img src='x'>話", "太い 話"),
        ("<p>一</p><p>二</p>", "一 二"),
        ("a < b > c", "a < b > c"),
        ("List<T> と <title> と a<b", "List<T> と <title> と a<b"),
        ("The &lt;b&gt; tag", "The <b> tag"),
        ("  二\n行 ", "二 行"),
        ("100&yen; &#x1F35A;", "100¥ 🍚"),
        ("*a* _b_ `c`", "*a* _b_ `c`"),
        ("", ""),
    ],
)
def test_titles_are_plain(written: str, title: str) -> None:
    assert to_title(written) == title


@given(st.text(max_size=300))
def test_a_title_is_one_line(text: str) -> None:
    title = to_title(text)
    assert title == title.strip()
    assert "\n" not in title
    assert len(title) <= 1000


@given(st.text(alphabet="abc <>&;/日", max_size=30))
def test_plain_words_escaped_once_come_back(text: str) -> None:
    plain = to_title(text)
    assert to_title(html.escape(plain, quote=False)) == to_title(plain)


@pytest.mark.parametrize(
    ("written", "summary"),
    [
        ("<p>一 <b>二</b></p><script>x</script><p>三</p>", "一 二 三"),
        ("A &amp;amp; B", "A & B"),
        ("文字だけ", "文字だけ"),
        ("<img src='a.png'>", ""),
        ("あ" * 300, "あ" * 39 + "…"),
    ],
)
def test_summaries_are_plain_and_short(written: str, summary: str) -> None:
    assert to_summary(written, 40) == summary


@pytest.mark.parametrize(
    ("written", "body"),
    [
        ('<a href="/x">l</a>', '<a href="https://shop.example/x">l</a>'),
        ('<a href="x?a=1&amp;b=2">l</a>', '<a href="https://shop.example/news/x?a=1&amp;b=2">l</a>'),
        ('<a href="#a">l</a>', '<a href="https://shop.example/news/1#a">l</a>'),
        ('<a href="other.md">l</a>', '<a href="https://shop.example/news/other.md">l</a>'),
        ('<img src="//cdn.example/a.png">', '<img src="https://cdn.example/a.png">'),
        ('<img data-src="a.png">', '<img data-src="https://shop.example/news/a.png">'),
        ('<a href="mailto:a@b.example">l</a>', '<a href="mailto:a@b.example">l</a>'),
        ('<img srcset="a.png 1x, /b.png 2x">', None),
        ("<p>x<script>y</script></p>", "<p>x</p>"),
        ("&lt;p&gt;x &amp;amp; y&lt;/p&gt;", "<p>x &amp; y</p>"),
        ("<p>a&amp;nbsp;b</p>", "<p>a\u00a0b</p>"),
        ("<pre>&amp;amp;</pre>", "<pre>&amp;amp;</pre>"),
        ("一\n二\n\n三", "<p>一<br>\n二</p>\n<p>三</p>"),
        ("a &lt; b", "<p>a &lt; b</p>"),
        ("", ""),
    ],
)
def test_bodies_are_html_with_whole_addresses(written: str, body: str | None) -> None:
    if body is None:
        assert "https://shop.example/news/a.png 1x, https://shop.example/b.png 2x" in to_body(written, BASE)
    else:
        assert to_body(written, BASE) == body


def test_an_address_that_cannot_be_goes() -> None:
    assert "[" not in to_body('<a href="//[">l</a>', BASE)


def test_a_body_that_nests_too_deeply_is_its_text() -> None:
    assert to_body("<b>" * 3000 + "x", BASE).startswith("<p>&lt;b&gt;")


@given(st.text(alphabet="ab<>/&;=\"' \n日p", max_size=80))
def test_a_body_is_the_same_when_it_is_read_again(text: str) -> None:
    once = to_body(text, BASE)
    place = Place(BASE, "https://note.example")
    assert "<script" not in once
    assert render_html(once, place)[:1] in {"", "<"} or once


@given(st.text(max_size=100))
def test_text_is_never_markup(text: str) -> None:
    made = text_to_html(text).replace("<p>", "").replace("</p>", "").replace("<br>", "")
    assert "<" not in made
