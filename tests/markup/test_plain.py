"""Markdown as plain text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.markup.plain import render_text
from publisher.markup.width import display_width
from tests.markup.strategies import BREAKS, PLACE

_SITE = PLACE.site_url


def _text(markdown: str, width: int = 72) -> str:
    return render_text(markdown, PLACE, width)


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("# 見出し", "見出し\n======"),
        ("章\n---", "章\n--"),
        ("### 節 **太字**", "■ 節 太字"),
        ("**太字** *斜体* ~~消し~~ `コード` H<sub>2</sub>O", "太字 斜体 消し コード H2O"),
        ("一行目\n二行目", "一行目二行目"),
        ("一行目  \n二行目", "一行目\n二行目"),
        ("- 一\n- 二\n  - 子", "- 一\n- 二\n  - 子"),
        ("- 一\n\n- 二", "- 一\n\n- 二"),
        ("9. 九\n10. 十", "9. 九\n10. 十"),
        ("1. 一\n\n   続き\n2. 二", "1. 一\n\n   続き\n\n2. 二"),
        ("- [x] 済み\n- [ ] まだ\n- 普通", "☑ 済み\n☐ まだ\n- 普通"),
        ("-", "-"),
        ("> 引用\n>\n> > 二重", "> 引用\n>\n> > 二重"),
        ("```\nif x:\n    y\n\nz\n```", "    if x:\n        y\n\n    z"),
        ("---", "-" * 24),
        ("![図の説明](a.png)を見る", "[図の説明]を見る"),
        ("![](a.png)", ""),
        ("<script>x()</script>", ""),
        ("前<script>x()</script>後", "前後"),
        ("<div><p>段落</p><ul><li>一</li><li>二</li></ul></div>", "段落\n- 一\n- 二"),
        ("<article>一</article><article>二</article>", "一\n二"),
        ("<ruby>漢<rp>（</rp><rt>かん</rt><rp>）</rp></ruby>字", "漢(かん)字"),
        ("<div><ruby>漢<rt>かん</rt></ruby>字<br>次</div>", "漢(かん)字\n次"),
        ("一<br>二<!-- 覚え -->", "一\n二"),
        ("a &amp; b &lt;c&gt; \\*d\\*", "a & b <c> *d*"),
        ("<pre>\n  形\n    を保つ\n</pre>", "  形\n    を保つ"),
        ("", ""),
    ],
)
def test_blocks_and_words(markdown: str, text: str) -> None:
    assert _text(markdown) == text


def test_breaks_are_kept_where_the_site_keeps_them() -> None:
    assert render_text("一行目\n二行目", BREAKS) == "一行目\n二行目"


def test_addresses_are_numbered_once_and_listed_at_the_end() -> None:
    text = _text("[一](/一)と[二](https://b.example/)、また[一](/一)。<a href='#節'>生</a>も。\n\n次の段落。")
    assert text == (
        "一 [1]と二 [2]、また一 [1]。生 [3]も。\n\n次の段落。\n\n"
        f"[1] {_SITE}/%E4%B8%80\n[2] https://b.example/\n[3] {PLACE.article_url}#%E7%AF%80"
    )


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("https://a.example/x", "https://a.example/x"),
        ("<https://a.example/x>", "https://a.example/x"),
        ("[a.example/x](https://a.example/x)", "a.example/x"),
        ("news@a.example", "news@a.example"),
        ("[押す](javascript:x)", "押す"),
        ("[![図](a.png)](https://a.example/)", "[図] [1]\n\n[1] https://a.example/"),
        ("[](https://a.example/)", ""),
        ("<iframe src=//a.example/v title=動画></iframe>", "▶ 動画 [1]\n\n[1] https://a.example/v"),
        ("文中<iframe src=//a.example/v title=動画></iframe>です", "文中▶ 動画 [1]です\n\n[1] https://a.example/v"),
    ],
)
def test_what_a_link_leaves_in_the_text(markdown: str, text: str) -> None:
    assert _text(markdown).replace("  ", " ") == text


def test_footnotes_come_before_the_addresses_and_have_their_own_numbers() -> None:
    text = _text("本文[^a]、[語](/x)。\n\n[^a]: 注の文\n\n    二段目\n")
    assert text == f"本文[*1]、語 [1]。\n\n[*1] 注の文\n\n     二段目\n\n[1] {_SITE}/x"


def test_a_table_has_columns_by_display_width() -> None:
    assert _text("| 品名 | 数 | ok |\n|:--|--:|:-:|\n| りんご🍎 | 3 | ✓ |\n| kiwi | 12 | - |") == (
        "品名     | 数 | ok\n-------- | -- | --\nりんご🍎 |  3 | ✓\nkiwi     | 12 | -"
    )


def test_a_table_that_does_not_fit_becomes_lines_of_values() -> None:
    text = _text("| 品名 | 説明 | |\n|---|---|---|\n| 半導体 | 学習を速くする部品 | 新 |\n| 基板 | | |", 22)
    assert text == "品名: 半導体\n説明: 学習を速くする部\n  品\n新\n\n品名: 基板"


def test_a_table_of_only_a_header_is_still_read() -> None:
    assert _text("| 品名 | 値 |\n|---|---|") == "品名 | 値\n---- | --"
    assert _text("| とても長い品名 | とても長い値段 |\n|---|---|", 20) == "とても長い品名, とて\nも長い値段"


def test_japanese_is_wrapped_with_its_line_rules_and_hangs_under_its_marker() -> None:
    text = _text("- これは長い項目です。折り返しても印の下に揃います。\n- 二", 24)
    assert text == "- これは長い項目です。折\n  り返しても印の下に揃い\n  ます。\n- 二"


def test_a_deep_list_stays_readable() -> None:
    text = _text("\n".join("  " * level + f"- 段{level}の文章です" for level in range(18)), 30)
    assert "段17の文章" in text


@given(
    st.lists(
        st.sampled_from(["文章を書きました。", "word ", "**太字**です。", "「引用」と、"]), min_size=1, max_size=40
    )
)
@settings(deadline=None)
def test_paragraphs_fit_the_width(pieces: list[str]) -> None:
    assert all(display_width(line) <= 40 for line in _text("".join(pieces), 40).split("\n"))
