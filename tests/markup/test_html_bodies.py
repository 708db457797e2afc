"""Bodies that are HTML already, as the items of a feed have them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from publisher.markup.html import render_html
from publisher.markup.place import Place
from publisher.markup.plain import render_text, summarise
from publisher.model.article import BodyFormat
from tests.markup.strategies import PLACE, bodies

HTML = replace(PLACE, format=BodyFormat.HTML)
_SITE = PLACE.site_url


def _text(html: str, width: int = 72) -> str:
    return render_text(html, HTML, width)


@pytest.mark.parametrize(
    "markdown",
    [
        "# 題\n\n## 章\n\n### 節\n\n本文",
        "一段目は**太字**と*斜体*と`コード`。\n\n二段目[語](/x)と[語](/x)、[他](https://b.example/)。",
        "固い  \n改行",
        "- 一\n- 二\n  - 子\n  - 子\n- 三",
        "- 一\n\n- 二\n\n  続き",
        "9. 九\n10. 十",
        "> 引用\n>\n> > 二重\n> - 項",
        "```\nif x:\n    y\n\nz\n```",
        "| 名 | 値 |\n|:--|--:|\n| 一 | 1 |\n| 二 | 22 |",
        "- [x] 済み\n- [ ] まだ",
        "前\n\n---\n\n後",
        "語\n: 意味\n: 別\n\n語二\n: 意味",
        "![図](a.png)を見る。[![図](a.png)](/x)",
        "{漢字|かん|じ}の話",
        ":::tip 題\n本文\n:::",
        "式は $x_1$ と\n\n$$\ny\n$$",
        "https://a.example/x と<https://b.example/>",
        "a &amp; b &lt;c&gt;",
    ],
)
def test_the_text_is_that_of_the_markdown_it_came_from(markdown: str) -> None:
    assert _text(render_html(markdown, PLACE)) == render_text(markdown, PLACE)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("裸の文 <b>太字</b>\n  続き<p>段落</p>尾", "裸の文 太字 続き\n\n段落\n\n尾"),
        ("<div><div>一</div><div>二<br>三</div></div>", "一\n\n二\n三"),
        ("<ul>\n <li> 一 </li>\n <li><p>二</p></li></ul>", "- 一\n\n- 二"),
        ("<ul><li>一<ul><li>子</li></ul></li><ul><li>迷子</li></ul></ul>", "- 一\n  - 子\n- 迷子"),
        ("<ol start=3><li>三<li>四</ol>", "3. 三\n4. 四"),
        ("<pre>  a\n\n   b\n</pre>", "      a\n\n       b"),
        ("<table><tr><td>一<td>二<tr><td>三</table>", "一 | 二\n-- | --\n三 |"),
        ("<table><tr><td>一<tr><td>二<td>三</table>", "一 |\n-- | --\n二 | 三"),
        ("<table><tr><td>左</td><td>右</td></tr></table>", "左\n\n右"),
        ("<table><tr><td><p>一</p><p>二</p></td><td><ul><li>三</li></ul></td></tr></table>", "一\n\n二\n\n- 三"),
        ("<table><caption>題</caption><tr><th>名</th></tr><tr><td>値</td></tr></table>", "題\n\n名\n--\n値"),
        ("<figure><img src=a.png alt=図><figcaption>説明</figcaption></figure>", "[図]\n\n説明"),
        ("<details><summary>題</summary>中</details>", "題\n\n中"),
        ("<dl><dt>語<dd>意味<dd><p>別</p></dl>", "語\n  意味\n  別"),
        ("前<script>x()</script><style>p{}</style><svg><text>図</text></svg>後", "前後"),
        ("<iframe src=//a.example/v title=動画></iframe>", "▶ 動画 [1]\n\n[1] https://a.example/v"),
        ("<a href=javascript:x>押す</a><a href=/x></a>", "押す"),
        ("<p>*字* _字_ # 字 `字` $x$ {漢|かん}</p>", "*字* _字_ # 字 `字` $x$ {漢|かん}"),
        ("<h1></h1><p></p><ul></ul><table></table><blockquote></blockquote>", ""),
        ("<form><label>名<input name=q></label><button>送る</button></form>", "名"),
        ("<ruby>漢<rt>かん</rt></ruby>字", "漢(かん)字"),
        ("a&nbsp;b&#11;c", "a\u00a0bc"),
        ("", ""),
    ],
)
def test_html_as_text(html: str, text: str) -> None:
    assert _text(html) == text


def test_addresses_are_numbered_and_absolute() -> None:
    text = _text('<p><a href="/一">一</a> <a href=#節>二</a> <a href="b.html">三</a></p>')
    assert text == (
        f"一 [1] 二 [2] 三 [3]\n\n[1] {_SITE}/%E4%B8%80\n[2] {PLACE.article_url}#%E7%AF%80\n[3] {_SITE}/articles/b.html"
    )


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p onclick=x style=y>字<script>z</script></p>", "<p>字</p>"),
        ('<img src="a.png">', f'<img alt="" src="{_SITE}/articles/a.png">'),
        ("# 字 **字**", "# 字 **字**"),
        ("<pre>\n\n  a\n b</pre>", "<pre>\n\n  a\n b</pre>"),
        ("<p>{{ site.url }} :::note $x$</p>", "<p>{{ site.url }} :::note $x$</p>"),
        ('<pre><code class="language-js"><span class="k">let</span></code></pre>',) * 2,
        ("<p>未閉", "<p>未閉</p>"),
        ("か\u3099<b>\ufeff</b>", "が<b></b>"),
        ("字\x00\x1b\x85\ud800🎉👨‍👩‍👧", "字🎉👨‍👩‍👧"),
    ],
)
def test_html_is_cleaned_and_nothing_else(html: str, shown: str) -> None:
    assert render_html(html, HTML) == shown


def test_what_no_parser_bears_is_shown_as_text() -> None:
    deep = "<div>" * 300 + "底"
    assert "&lt;div&gt;" in render_html(deep, HTML)
    assert "底" in _text(deep)


@pytest.mark.parametrize(
    ("html", "summary"),
    [
        ("<h2>題</h2><p>一。</p><ul><li>項</li></ul><p>二。</p>", "一。二。"),
        ("<p>一。</p><!--more--><p>二。</p>", "一。"),
        ("<p>一。<!-- truncate -->二。</p><p>三。</p>", "一。"),
        ("一。<br>続き<p>二</p>", "一。続き 二"),
        ("<p><img src=a.png alt=図></p><iframe src=https://a.example/></iframe><p>一。</p>", "一。"),
        ("<figure><img src=a.png><figcaption>説明</figcaption></figure><p>一。</p>", "一。"),
        ("<ul><li>項</li></ul>", "項"),
        ("<p>one</p><p>two</p>", "one two"),
        ("<script>x</script>", ""),
    ],
)
def test_summaries(html: str, summary: str) -> None:
    assert summarise(html, 140, BodyFormat.HTML) == summary


def test_a_summary_is_cut_like_any_other() -> None:
    assert summarise("<p>" + "文章" * 100 + "</p>", 11, BodyFormat.HTML) == "文章" * 5 + "…"


@given(bodies)
@settings(deadline=None)
def test_cleaned_html_is_not_changed_again(body: str) -> None:
    top = Place(PLACE.article_url, _SITE, format=BodyFormat.HTML)
    once = render_html(body, top)
    assert render_html(once, top) == once
