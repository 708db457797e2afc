"""Definition lists, and what only looks like one."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt
from mdit_py_plugins.deflist import deflist_plugin

from publisher.markup.html import render_html
from publisher.markup.mail import to_mail_html
from publisher.markup.plain import render_text, summarise
from tests.markup.strategies import PLACE

_LIST = "語\n: 意味\n: 別の*意味*\n\n*語*二\n: 意味\n"


def test_terms_and_meanings() -> None:
    html = render_html(_LIST, PLACE)
    assert html == (
        "<dl>\n<dt>語</dt>\n<dd>意味</dd>\n<dd>別の<em>意味</em></dd>\n<dt><em>語</em>二</dt>\n<dd>意味</dd>\n</dl>\n"
    )
    assert to_mail_html(html) == html
    assert render_text(_LIST, PLACE) == "語\n  意味\n  別の意味\n\n語二\n  意味"


def test_a_meaning_of_several_blocks() -> None:
    text = render_text("語\n\n: 一段目\n\n  二段目\n\n  - 項\n", PLACE)
    assert text == "語\n  一段目\n\n  二段目\n\n  - 項"


def test_a_long_meaning_is_wrapped_under_its_term() -> None:
    assert render_text("語\n: " + "意味" * 9, PLACE, 24) == "語\n  " + "意味" * 5 + "意\n  味" + "意味" * 3


@pytest.mark.parametrize(
    "markdown", ["題\n~ 副題 ~", "題\n:意味", "題\n\n\n: 意味", ": 意味", "時刻\n:00", "題\n::: 意味"]
)
def test_what_is_no_list(markdown: str) -> None:
    assert "<dl>" not in render_html(markdown, PLACE)
    assert markdown[-2:].strip() in render_text(markdown, PLACE)


def test_a_subtitle_after_a_list_is_no_meaning() -> None:
    html = render_html("語\n: 意味\n\n題\n~ 副題 ~", PLACE)
    assert html.count("<dd>") == 1
    assert "~ 副題 ~" in html


def test_the_plugin_takes_a_tilde_so_the_work_around_is_needed() -> None:
    assert "<dl>" in MarkdownIt().use(deflist_plugin).render("題\n~ 副題 ~")


def test_a_list_is_in_a_summary_where_there_is_nothing_else() -> None:
    assert summarise(_LIST) == "意味 別の意味 意味"
    assert summarise(_LIST + "\n本文。") == "本文。"
