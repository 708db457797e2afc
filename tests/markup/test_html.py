"""HTML for the web and for feeds: what stays, what goes, what is rewritten."""

from __future__ import annotations

import re

import pytest

from publisher.markup.html import render_html
from publisher.markup.place import Place
from tests.markup.strategies import PLACE

_SITE = PLACE.site_url
_DIR = f"{_SITE}/articles"


def _html(markdown: str) -> str:
    return render_html(markdown, PLACE).strip()


@pytest.mark.parametrize(
    "html",
    [
        '<figure><img alt="図" src="https://a.example/1.png"><figcaption>説明</figcaption></figure>',
        "<p><ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby></p>",
        "<details><summary>開く</summary>中身</details>",
        "<dl><dt>語</dt><dd>意味</dd></dl>",
        '<p><abbr title="人工知能">AI</abbr> H<sub>2</sub>O x<sup>2</sup> <mark>印</mark> <kbd>Ctrl</kbd></p>',
        '<table><tbody><tr><th scope="row">計</th><td align="right" colspan="2">3</td></tr></tbody></table>',
        '<ol start="3"><li>三</li></ol>',
        '<blockquote cite="https://a.example/"><p lang="en">q</p></blockquote>',
        '<p><picture><source srcset="https://a.example/2.avif" type="image/avif"><img alt="" src="https://a.example/2.png"></picture></p>',
        '<section class="footnotes"><p dir="rtl">س</p></section>',
        "<pre>\n\n  最初の空行も\n\tタブも</pre>",
        '<p><time datetime="2026-01-08">昨日</time><del>旧</del><ins>新</ins><wbr>語</p>',
    ],
)
def test_good_html_passes_as_it_is(html: str) -> None:
    assert _html(html) == html


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("<script>alert('悪')</script>残り", "残り"),
        ("<style>p{}</style>\n\n残り", "<p>残り</p>"),
        ('<p onclick="x()" style="color:red" class="hero">字</p>', "<p>字</p>"),
        (
            "<form action=/x><label>名 <input name=q></label><button>送る</button><textarea>t</textarea></form>",
            "<div>名 </div>",
        ),
        ("<font color=red>赤</font> <center>中</center>", "<p>赤 </p><div>中</div><p></p>"),
        ("<svg><text>図</text></svg>後", "<p>後</p>"),
        ("<!-- 覚え書き -->\n\n本文<!-- ここも -->です<?php x ?>", "<p>本文です</p>"),
        ("<input type=checkbox checked> 済み <input type=checkbox> まだ", "<p>☑ 済み ☐ まだ</p>"),
        ("[押す](javascript:alert(1))", "<p>押す</p>"),
        ("![図](data:image/png;base64,AAAA)", "<p>図</p>"),
        ('<img src=x:y alt="代わり">', "代わり"),
        ("<img alt='無し'>", "無し"),
        ("<article><header>頭</header></article>", "<div><div>頭</div></div>"),
        ("<MyChart data={x} /> 図の後", "<p> 図の後</p>"),
        ("<noscript>読める</noscript>", "<p>読める</p>"),
        ("<base href=//evil.example><meta http-equiv=refresh content=0><link rel=stylesheet href=x>字", "字"),
        ("a&nbsp;b&copy;&#x1F389;", "<p>a\u00a0b©🎉</p>"),
        ("制御&#11;文字&#xFFFE;&#x85;", "<p>制御\ufffd文字\ufffd\ufffd</p>"),
    ],
)
def test_what_goes_and_what_is_left(markdown: str, html: str) -> None:
    assert _html(markdown) == html


@pytest.mark.parametrize(
    ("markdown", "part"),
    [
        ("[内](/a?x=1&y=2#z)", f'href="{_SITE}/a?x=1&amp;y=2#z"'),
        ("[節](#結論)", f'href="{PLACE.article_url}#%E7%B5%90%E8%AB%96"'),
        ("![図](<図 1.png>)", f'src="{_DIR}/%E5%9B%B3%201.png"'),
        ("![図](%E5%9B%B3.png)", f'src="{_DIR}/%E5%9B%B3.png"'),
        ("![外](//cdn.example/a.png)", 'src="https://cdn.example/a.png"'),
        ("[x](https://a.example/?q[]=1&p=$2)", 'href="https://a.example/?q[]=1&amp;p=$2"'),
        ("[隣](other.md)", f'href="{_DIR}/other"'),
        ('<a href="tel:0312345678">電話</a>', 'href="tel:0312345678"'),
        (
            '<img src="a.png" srcset="a.png 1x, //b.example/c.png 2x">',
            f'srcset="{_DIR}/a.png 1x, https://b.example/c.png 2x"',
        ),
        ('<blockquote cite="/源">引用</blockquote>', f'cite="{_SITE}/%E6%BA%90"'),
        ('<p id="章">字</p>', 'id="a1-章"'),
        ('<img src="s.gif" data-src="/本物.png" alt="図">', f'src="{_SITE}/%E6%9C%AC%E7%89%A9.png"'),
        ('<img src="a.png" width="640">', f'<img alt="" src="{_DIR}/a.png" width="640">'),
        ("[定義][x]\n\n[x]: /定義 '題'", f'<a href="{_SITE}/%E5%AE%9A%E7%BE%A9" title="題">'),
    ],
)
def test_addresses_in_markdown_and_in_raw_html_become_complete(markdown: str, part: str) -> None:
    assert part in _html(markdown)


def test_an_address_in_code_is_text() -> None:
    assert _html('`<img src="a.png">`') == '<p><code>&lt;img src="a.png"&gt;</code></p>'


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        (
            '<iframe src="//www.youtube.com/embed/abcdefghijk?rel=0" title="発表の動画" allowfullscreen></iframe>',
            '<p><a class="embed" href="https://www.youtube.com/watch?v=abcdefghijk">▶ 発表の動画</a></p>',
        ),
        (
            '<video controls poster="/p.jpg"><source src="v.mp4">古い</video>',
            f'<a class="embed" href="{_DIR}/v.mp4"><img alt="" src="{_SITE}/p.jpg">'
            " ▶ news.example.jp/articles/v.mp4</a>",
        ),
        ('<audio src="/音.mp3"></audio>', f'<a class="embed" href="{_SITE}/%E9%9F%B3.mp3">'),
        ('<object data="a.swf"><embed src="b.swf"></object>', f'<a class="embed" href="{_DIR}/a.swf">'),
        (
            "文中の<iframe src=https://a.example/x></iframe>です",
            '文中の<a class="embed" href="https://a.example/x">▶ a.example/x</a>です',
        ),
        ('<iframe data-src="https://a.example/lazy"></iframe>', 'href="https://a.example/lazy"'),
        ("<object><p>代わりの文</p></object>", "<p>代わりの文</p>"),
    ],
)
def test_players_become_links(markdown: str, html: str) -> None:
    assert html in _html(markdown)


def test_a_player_without_a_safe_address_is_gone() -> None:
    assert _html("<iframe src=javascript:x><p>中</p></iframe>") == ""


def test_the_image_in_noscript_does_not_stand_there_twice() -> None:
    assert _html('<p><img data-src="/a.png"><noscript><img src="/a.png"></noscript></p>').count("<img") == 1


def test_too_deep_nesting_is_shown_as_text() -> None:
    html = _html("本文\n\n" + "<div>" * 300 + "底")
    assert html.count("&lt;div&gt;") == 300
    assert "<div>" not in html
    assert "<p>本文</p>" in html


def test_a_tag_with_hundreds_of_attributes_is_shown_as_text() -> None:
    html = _html("<p " + " ".join(f"x{number}=1" for number in range(200)) + ">字</p>")
    assert "&lt;p x0=1" in html
    long = "語 " * 400
    assert _html(f'<p title="{long}">字</p>') == f'<p title="{long}">字</p>'


def test_sixty_levels_of_quotes_and_lists_are_bounded() -> None:
    assert 0 < _html("> " * 60 + "底").count("<blockquote>") <= 40
    assert 0 < _html("\n".join("  " * level + "- 段" for level in range(60))).count("<ul>") <= 40


def test_a_combining_stroke_does_not_break_the_tag_before_it() -> None:
    html = _html("<b>&#824;</b>")
    assert html == "<p><b>&#824;</b></p>"


def test_crlf_bom_and_decomposed_kana_change_nothing() -> None:
    assert _html("\ufeff# か\u3099\r\n\r\n本文\r\n") == _html("# が\n\n本文\n")


def test_the_prefix_keeps_two_bodies_in_one_document_apart() -> None:
    body = "本文[^1]\n\n[^1]: 注"
    first, second = (render_html(body, Place(PLACE.article_url, _SITE, prefix=prefix)) for prefix in ("a-", "b-"))
    assert re.findall(r' id="([^"]*)"', first) == ["a-fnref-1", "a-fn-1"]
    assert re.findall(r' id="([^"]*)"', second) == ["b-fnref-1", "b-fn-1"]


@pytest.mark.parametrize("text", ["", "\n", "   ", "\x00", "\ud800", "<", "&", "[", "|", "```", "<!--", "- ", "> "])
def test_the_smallest_texts_are_no_trouble(text: str) -> None:
    assert isinstance(render_html(text, PLACE), str)
