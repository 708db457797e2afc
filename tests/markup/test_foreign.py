"""Markup of other tools: readable, or gone, and untouched inside code."""

from __future__ import annotations

import pytest

from publisher.markup.html import render_html
from publisher.markup.plain import render_text
from tests.markup.strategies import PLACE


def _html(markdown: str) -> str:
    return render_html(markdown, PLACE).strip()


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("前{{< ruby >}}後", "<p>前後</p>"),
        ("{{% notice tip %}}\n本文\n{{% /notice %}}", "<p>\n本文\n</p>"),
        ("{{< tweet user=x id=1 >}}\n\n本文", "<p>本文</p>"),
        ("{% raw %}本文{% endraw %}", "<p>本文</p>"),
        ("{% include header.html %}\n\n本文", "<p>本文</p>"),
        (":::message alert\n注意\n:::", "<p>注意</p>"),
        ("本文\n:::note info\n注意\n:::\n続き", "<p>本文</p>\n<p>注意</p>\n<p>続き</p>"),
        (":::details **詳しく**\n中身\n:::", "<p><strong>詳しく</strong></p>\n<p>中身</p>"),
        ("::::tip\n中身\n::::", "<p>中身</p>"),
        ("import Chart from '../components/Chart'\n\n本文", "<p>本文</p>"),
        ('import { A, B } from "x";\nimport "./a.css"\nexport const meta = { a: 1 }\n\n本文', "<p>本文</p>"),
        ("@[tweet](javascript:alert)", ""),
        ("## 見出し {#custom-id}", '<h2 id="a1-custom-id">見出し</h2>'),
        ("## 見出し {.unlisted}", "<h2>見出し</h2>"),
        ("本文\n{: .notice}", "<p>本文\n</p>"),
        ("* 目次\n{:toc}\n\n本文", "<ul>\n<li>目次\n</li>\n</ul>\n<p>本文</p>"),
        ("[[toc]]\n\n本文", "<p>本文</p>"),
        ("> [!WARNING]\n> 注意", "<blockquote>\n<p>⚠️注意</p>\n</blockquote>"),
    ],
)
def test_what_has_no_meaning_here_leaves_no_trace(markdown: str, html: str) -> None:
    assert _html(markdown) == html


@pytest.mark.parametrize(
    ("markdown", "url"),
    [
        ("{{< youtube abcdefghijk >}}", "https://www.youtube.com/watch?v=abcdefghijk"),
        ('{{< youtube id="abcdefghijk" >}}', "https://www.youtube.com/watch?v=abcdefghijk"),
        ("@[youtube](abcdefghijk)", "https://www.youtube.com/watch?v=abcdefghijk"),
        ("@[card](https://example.com/記事)", "https://example.com/%E8%A8%98%E4%BA%8B"),
    ],
)
def test_an_embed_becomes_a_link(markdown: str, url: str) -> None:
    assert f'<a href="{url}">' in _html(markdown)


def test_a_figure_becomes_an_image() -> None:
    html = _html('{{< figure src="/図.png" alt="売上の図" caption="2026年" >}}')
    assert html == '<p><img alt="売上の図" src="https://news.example.jp/%E5%9B%B3.png"></p>'
    assert _html('{{< figure src="javascript:x" caption="題" >}}') == "<p>題</p>"


@pytest.mark.parametrize(
    "markdown",
    [
        "`{{< youtube abcdefghijk >}}`",
        "```\n:::note\n{% raw %}\nimport a from 'b'\n```",
        "    :::note",
        "{{ 変数 }} と {% if x %} はそのまま",
        "@[利用者](https://example.com/u)",
        "important from here, import duties apply",
        "::: は記号",
        "{{< 閉じない",
        "a:::b",
        "集合 {: x} と {#} と {.5}",
        "> [!OTHER] は引用",
    ],
)
def test_code_and_ordinary_text_stay(markdown: str) -> None:
    text = render_text(markdown, PLACE)
    for word in markdown.replace("`", " ").replace("](", "] (").split():
        assert word.strip("[]()@").split("](")[0] in text or word.startswith("(")
