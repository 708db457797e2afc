"""Titles as plain lines, and summaries."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.markup import plain
from publisher.markup.place import Place
from publisher.markup.plain import strip_inline, summarise


@pytest.mark.parametrize(
    "title",
    [
        "a < b & c*d",
        "snake_case と kebab-case",
        "C++/<T> の使い方",
        "std::vector<T> と List<String>",
        "<title>タグの書き方",
        "__init__.py とは何か",
        "2*3*4 を計算する",
        "AT&T と R&D",
        "[速報] 発表",
        "1. はじめに",
        "# 記号",
        "10~20% 増",
        "C^[2] と x^2",
        "C:\\Users\\名前",
        "a_b_c と *",
        "<3 が好き 👨‍👩‍👧",
        "「引用」……！？",
        "@scope/package",
        "https://example.com/a_b_c",
        "{{ 変数 }} と {% if %}",
    ],
)
def test_ordinary_titles_stay_as_they_are(title: str) -> None:
    assert strip_inline(title) == title


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ("**速報**：*新*チップ", "速報：新チップ"),
        ("**「新チップ」**を発表", "「新チップ」を発表"),
        ("`pip install` の話", "pip install の話"),
        ("[リンク](https://example.com/)の題", "リンクの題"),
        ("![図](a.png)付き", "図付き"),
        ("Tom &amp; Jerry&#8217;s &nbsp;話", "Tom & Jerry’s 話"),
        ("<b>太字</b>と<a href='/x'>リンク</a>", "太字とリンク"),
        ("<p>一</p><p>二<br>三</p>", "一 二 三"),
        ("題<!-- 覚え書き -->名", "題名"),
        ("<ruby>漢<rt>かん</rt></ruby>字", "漢(かん)字"),
        ("  二行の\n題名\u3000です ", "二行の 題名 です"),
        ("~~旧~~新", "旧新"),
        ("\\*印\\*", "*印*"),
        ("制御\x07文字", "制御文字"),
        ("", ""),
    ],
)
def test_marks_tags_and_entities_go(title: str, plain: str) -> None:
    assert strip_inline(title) == plain


@pytest.mark.parametrize(
    ("markdown", "summary"),
    [
        ("# 題\n\n![図](a.png)\n\n最初の**段落**です。\n\n次の段落。", "最初の段落です。次の段落。"),
        ("```\ncode\n```\n\n| a |\n|---|\n| b |\n\n> 引用\n\n本文。", "本文。"),
        ("句点のない段落\n\n次の段落🎉\n\n三つ目", "句点のない段落 次の段落🎉三つ目"),
        ("First paragraph.\n\nSecond one.", "First paragraph. Second one."),
        ("一行目\n二行目  \n三行目[^1]。\n\n[^1]: 注", "一行目二行目三行目。"),
        ("冒頭。\n\n<!-- more -->\n\n続き。", "冒頭。"),
        ("冒頭。\n\n<!--truncate-->\n\n続き。", "冒頭。"),
        ("# 題だけ\n\n- 一\n- 二", "一 二"),
        ("> 引用だけ", "引用だけ"),
        ("<div><p>生の段落</p></div>", "生の段落"),
        ("# 題だけ", ""),
        ("[語](/x)と<b>生</b>と`コード`と ![図](a)。", "語と生とコードと 。"),
        ("", ""),
    ],
)
def test_a_summary_is_the_first_paragraphs(markdown: str, summary: str) -> None:
    assert summarise(markdown) == summary


def test_a_summary_is_cut_at_what_a_reader_sees() -> None:
    assert summarise("👨‍👩‍👧‍👦" * 20, 10) == "👨‍👩‍👧‍👦" * 9 + "…"
    assert summarise("ちょうど十文字の文章", 10) == "ちょうど十文字の文章"
    assert summarise("本文。" * 100).endswith("…")


@given(st.text("漢字かな、。abc XYZ019-+/()!?:;'\"#", max_size=40))
def test_a_title_without_marks_changes_only_in_its_spaces(title: str) -> None:
    assert strip_inline(title) == " ".join(title.split())


_PARAGRAPHS = [
    *(
        "文章を書きました。\n\n",
        "- 項目\n\n",
        "# 題\n\n",
        "```\nx\n\ny\n```\n\n",
        "> 引用\n\n",
        "[語][1] words\n",
        "\n",
    ),
    *(
        "<b>字</b>\n\n",
        "<div>\n\n",
        ":::note\n",
        ":::\n\n",
        "<!--more-->\n\n",
        "{{< note >}}\n",
        "{{< /note >}}\n\n",
        "$$\n\n",
    ),
]


@given(
    st.lists(st.sampled_from(_PARAGRAPHS), max_size=12),
    st.integers(1, 30),
    st.sampled_from(["", "[1]: /x\n", "語\n" * 50]),
)
@settings(deadline=None)
def test_a_long_body_is_summarised_by_its_beginning_as_by_the_whole(pieces: list[str], times: int, end: str) -> None:
    body = "".join(pieces) * times + end
    whole, _ = plain._collect(plain._read_tree(body, Place("", "")), 20)
    assert summarise(body, 20) == whole


@pytest.mark.parametrize(
    ("markdown", "summary"),
    [
        ("一。<!--more-->二。\n\n三。", "一。"),
        ("一。<!-- truncate -->\n\n三。", "一。"),
        ("一。\n\n<!-- more -->\n\n三。", "一。"),
        ("一。\n\n<!--more-->\n三。", "一。"),
        ("<!--more-->\n\n三。", "三。"),
        ("`<!--more-->`一。\n\n三。", "<!--more-->一。三。"),
        ("一。<!-- moreover -->\n\n三。", "一。三。"),
    ],
)
def test_a_summary_ends_where_the_author_cut_it(markdown: str, summary: str) -> None:
    assert summarise(markdown) == summary
