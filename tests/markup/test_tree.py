"""HTML as a tree and back, and the measures that keep parsers quick."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from lxml import etree

from publisher.markup.inline_text import LinkList, read_html
from publisher.markup.sanitise import is_bearable, sanitise, tidy
from publisher.markup.syntax.cjk import joins
from publisher.markup.table_text import draw_table
from publisher.markup.tree import parse_fragment, protect_text, replace_with, replace_with_text, unwrap, write_fragment
from tests.markup.strategies import PLACE, bodies, find_faults


@pytest.mark.parametrize(
    "html",
    [
        "",
        " 空白 ",
        "一<br>二<hr>",
        "<p>段</p>\n\n<p>落🎉</p>",
        '<img alt="&lt;b> &amp; &quot;引用&quot;" src="https://a.example/?a=1&amp;b[]=$2">',
        "<video><source>代わり</video>",
        "<picture><source><source><img></picture>後",
        "長い<wbr>語<wbr>の<b>後</b>",
        "<pre>\n\n二つの改行</pre><pre>一行</pre>",
        "<b>&#824;</b>",
        "a &lt; b &amp;&amp; c &gt; d",
        "<td>独り</td>",
    ],
)
def test_what_is_parsed_is_written_the_same(html: str) -> None:
    assert write_fragment(parse_fragment(html)) == html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<pre>\n一</pre>", "一"),
        ("<pre>\n\n一</pre>", "\n一"),
        ("<pre>一\n</pre>", "一\n"),
    ],
)
def test_the_first_newline_of_a_pre_is_none(html: str, text: str) -> None:
    assert parse_fragment(html)[0].text == text


def test_comments_and_instructions_are_no_part_of_the_tree() -> None:
    assert write_fragment(parse_fragment("一<!-- 覚え --><?php x ?>二")) == "一二"


@pytest.mark.parametrize(
    ("html", "result"),
    [
        ("前<i>中<b>太</b>字</i>後", "前中<b>太</b>字後"),
        ("前<i>中</i>後", "前中後"),
        ("<u>a</u>前<i>中</i>後", "<u>a</u>前中後"),
        ("<i></i>後", "後"),
        ("<i><b>一</b><b>二</b></i><u>後</u>", "<b>一</b><b>二</b><u>後</u>"),
    ],
)
def test_unwrap_keeps_what_is_inside_and_around(html: str, result: str) -> None:
    body = parse_fragment(html)
    unwrap(next(body.iter("i")))
    assert write_fragment(body) == result


def test_replacing_keeps_the_text_that_follows() -> None:
    body = parse_fragment("前<i>中</i>後<u>x</u>尾")
    replace_with(body[0], etree.Element("hr"))
    replace_with_text(body[1], "[文]")
    assert write_fragment(body) == "前<hr>後[文]尾"


def test_an_element_without_a_parent_cannot_be_replaced() -> None:
    root = etree.Element("p")
    replace_with(root, etree.Element("hr"))
    replace_with_text(root, "字")
    assert root.getparent() is None


def test_protected_text_survives_a_parser_and_a_normaliser() -> None:
    assert protect_text('<pre id="x">\n字') == '<pre id="x">\n\n字'
    assert protect_text("<p>\u0338") == "<p>&#824;"
    assert protect_text("<prefix>\n字") == "<prefix>\n字"


@pytest.mark.parametrize(
    ("html", "bearable"),
    [
        ("<p>" * 1000, True),
        ("<li>項目" * 1000, True),
        ("<br><img src=x>" * 1000, True),
        ("<b>字</b>" * 1000, True),
        ("<div>" * 200, True),
        ("<div>" * 201, False),
        ("<b></i>" * 300, False),
        ("<x-y/>" * 300, False),
        ("<ul><li>" * 250, False),
        ("字 < 字 <3 </ " * 500, True),
        ("<p " + "a=1 " * 200 + ">", False),
        ('<p title="' + "語 " * 2000 + '">', True),
        ("<p title='" + "<div>" * 300 + "'>", True),
    ],
)
def test_depth_and_attributes_are_measured(html: str, *, bearable: bool) -> None:
    assert is_bearable(html) is bearable


@pytest.mark.parametrize("tag", ["a", "p", "h2"])
def test_taking_an_element_out_leaves_no_forbidden_nesting(tag: str) -> None:
    html = sanitise(tidy(f"<{tag}>一<object><{tag}>二"))
    assert f"<{tag}>二</{tag}>" in html
    assert f"<{tag}>一<{tag}>" not in html


@given(bodies)
@settings(max_examples=80, deadline=None)
def test_sanitising_twice_is_sanitising_once(body: str) -> None:
    html = sanitise(tidy(body.encode("utf-8", "ignore").decode()))
    assert sanitise(html) == html
    assert find_faults(html) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("あ", "い", True),
        ("。", "「", True),
        ("漢", "🎉", True),
        ("…", "漢", True),
        ("あ", "a", False),
        ("a", "b", False),
        ("🎉", "🎊", False),
        ("한", "국", False),
        ("あ", "한", False),
        ("ｱ", "ｲ", True),
        ("", "あ", False),
        ("あ", " ", False),
        ("`", "あ", False),
        ("𠮷", "野", True),
    ],
)
def test_which_characters_join_across_a_line_end(before: str, after: str, *, expected: bool) -> None:
    assert joins(before, after) is expected


def test_a_link_list_numbers_each_address_once() -> None:
    links = LinkList(PLACE)
    assert links.mention("/一", "一") == " [1]"
    assert links.mention("https://b.example/", "二 ") == "[2]"
    assert links.mention("https://news.example.jp/%E4%B8%80", "また一") == " [1]"
    assert links.mention("javascript:x", "悪") == ""
    assert links.mention("https://c.example/", "c.example/") == ""
    assert list(links.urls) == ["https://news.example.jp/%E4%B8%80", "https://b.example/"]


def test_raw_html_is_read_without_addresses_when_nobody_lists_them() -> None:
    assert read_html('<p><a href="/x">語</a><img src="a.png" alt="図">と<iframe src="/y"></iframe></p>') == "語と"
    assert read_html("<div>" * 500 + "底") == ""


@pytest.mark.parametrize(
    ("rows", "aligns", "width", "lines"),
    [
        ([["a", "b"], ["1", "2"]], ["", "right"], 20, ["a | b", "- | -", "1 | 2"]),
        ([["名"], ["🍎りんご"]], ["center"], 20, ["   名", "--------", "🍎りんご"]),
        ([["名", "値"], ["一"], ["二", "2", "余り"]], ["", ""], 20, ["名 | 値", "-- | --", "一 |", "二 | 2"]),
        ([["名", "値"], ["長い長い", "x"]], ["", ""], 9, ["名: 長い", "  長い", "値: x"]),
    ],
)
def test_tables_are_drawn(rows: list[list[str]], aligns: list[str], width: int, lines: list[str]) -> None:
    assert draw_table(rows, aligns, width) == lines
