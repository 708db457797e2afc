"""A body taken apart into its blocks."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings

from publisher.markup.blocks import Blocks, split_blocks
from publisher.markup.html import render_html
from publisher.markup.mail import to_mail_html
from publisher.markup.tree import parse_fragment, write_fragment
from tests.markup.strategies import PLACE, bodies

WORD = "PUB0123456789ABCDEF0CUT"


def split(html: str) -> Blocks:
    return split_blocks(html, WORD)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("", []),
        (" \n", []),
        ("<p>一</p><p>二</p>", ["<p>一</p>", "<p>二</p>"]),
        ("<ul><li>一</li><li>二</li></ul>\n<p>三</p>", ["<ul><li>一</li><li>二</li></ul>\n", "<p>三</p>"]),
        (
            "<table><tr><td><p>一</p><p>二</p></td></tr></table>",
            ["<table><tr><td><p>一</p><p>二</p></td></tr></table>"],
        ),
        ("字<b>太</b>字<p>段</p>字<br>字", ["字<b>太</b>字", "<p>段</p>", "字<br>字"]),
        ("<b>太</b> <i>斜</i><p>段</p> <b>太</b>", ["<b>太</b> <i>斜</i>", "<p>段</p> ", "<b>太</b>"]),
        ("<p>a&nbsp;b</p>", ["<p>a&nbsp;b</p>"]),
    ],
)
def test_blocks(html: str, expected: list[str]) -> None:
    assert [block.html for block in split(html).blocks] == expected


def test_a_div_around_a_whole_article_is_no_block() -> None:
    found = split("<div>\n<div><p>一</p><p>二</p></div></div>\n")
    assert (found.before, found.after) == ("<div>\n<div>", "</div></div>\n")
    assert [block.html for block in found.blocks] == ["<p>一</p>", "<p>二</p>"]


@pytest.mark.parametrize("html", ['<div class="box"><p>一</p><p>二</p></div>', "<div><p>一</p></div>続き"])
def test_a_box_is_one(html: str) -> None:
    assert split(html).blocks[0].html.endswith("</p></div>")
    assert split(html).before == ""


def test_headings_and_rules_lead_to_what_follows() -> None:
    html = "<h3>題</h3><p>一</p><hr><p>二</p><h6>末</h6>"
    assert [block.leads for block in split(html).blocks] == [True, False, True, False, True]


@settings(deadline=None)
@given(bodies)
@example('<a href="/x">前\n<pre>一\n<b>二</b></pre>\n後</a>')
@example("<h2>前<pre>一</pre>後</h2>")
def test_the_pieces_are_the_whole_and_each_is_complete(markdown: str) -> None:
    html = to_mail_html(render_html(markdown, PLACE))
    found = split(html)
    assert found.before + "".join(block.html for block in found.blocks) + found.after == html
    for block in found.blocks:
        assert block.html.strip()
        assert WORD not in block.html
        assert write_fragment(parse_fragment(block.html)).replace("\N{NO-BREAK SPACE}", "&nbsp;") == block.html
