"""What Markdown means here: GFM, Japanese emphasis and line ends, footnotes, bare addresses."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from mdit_py_cjk_friendly import cjk_friendly
from mdit_py_plugins.footnote import footnote_plugin

from publisher.markup.characters import clean
from publisher.markup.html import render_html
from publisher.markup.place import Place
from publisher.markup.syntax.bare_links import _compile_url, _may_hold_address
from publisher.markup.syntax.linear import use_linear_rules
from tests.markup.strategies import BREAKS, PLACE, bodies

_HERE = PLACE.article_url


def _html(markdown: str, place: Place = PLACE) -> str:
    return render_html(markdown, place).strip()


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("これは**「重要」**です", "これは<strong>「重要」</strong>です"),
        ("**第一章：**はじめに", "<strong>第一章：</strong>はじめに"),
        ("*（注）*を見る", "<em>（注）</em>を見る"),
        ("~~「旧」~~新", "<s>「旧」</s>新"),
        ("速報🎉**「発表」**🎉", "速報🎉<strong>「発表」</strong>🎉"),
        ("値は**“高い”**と", "値は<strong>“高い”</strong>と"),
        # Korean and half-width letters, which the plugin does not know.
        ("이것은**'강조'**입니다", "이것은<strong>'강조'</strong>입니다"),
        ("ｶﾅ**｢強調｣**ﾃﾞｽ", "ｶﾅ<strong>｢強調｣</strong>ﾃﾞｽ"),
        # `_` never works inside a word, in Japanese neither.
        ("売上_2026_確定.xlsx", "売上_2026_確定.xlsx"),
        ("snake_case_name", "snake_case_name"),
        ("前 _強調_ 後", "前 <em>強調</em> 後"),
        ("a * b * c", "a * b * c"),
        ("10~20や10~~20", "10~20や10~~20"),
    ],
)
def test_emphasis_beside_japanese(markdown: str, html: str) -> None:
    assert _html(markdown) == f"<p>{html}</p>"


@pytest.mark.parametrize(
    ("markdown", "joined", "broken"),
    [
        ("一行目\n二行目", "一行目二行目", "一行目<br>\n二行目"),
        ("**強調**\n次の行", "<strong>強調</strong>次の行", "<strong>強調</strong><br>\n次の行"),
        ("前\n**強調**", "前<strong>強調</strong>", "前<br>\n<strong>強調</strong>"),
        ("文。\n「引用」", "文。「引用」", "文。<br>\n「引用」"),
        ("`コード`\nの後", "<code>コード</code>の後", "<code>コード</code><br>\nの後"),
        ("発表です🎉\n次に", "発表です🎉次に", "発表です🎉<br>\n次に"),
        ("そして……\n終わり", "そして……終わり", "そして……<br>\n終わり"),
        ("English\nwords", "English\nwords", "English<br>\nwords"),
        ("日本語\nEnglish", "日本語\nEnglish", "日本語<br>\nEnglish"),
        ("한국어\n문장", "한국어\n문장", "한국어<br>\n문장"),
        ("🎉\n🎊", "🎉\n🎊", "🎉<br>\n🎊"),
        ("固い改行  \n次", "固い改行<br>\n次", "固い改行<br>\n次"),
        ("逆斜線\\\n次", "逆斜線<br>\n次", "逆斜線<br>\n次"),
        ("ｶﾅ\nｶﾅ", "ｶﾅｶﾅ", "ｶﾅ<br>\nｶﾅ"),
    ],
)
def test_a_newline_between_japanese_leaves_no_gap_and_breaks_when_asked(
    markdown: str, joined: str, broken: str
) -> None:
    assert _html(markdown) == f"<p>{joined}</p>"
    assert _html(markdown, BREAKS) == f"<p>{broken}</p>"


def test_the_faults_of_the_cjk_plugin_are_still_there_so_the_work_around_is_needed() -> None:
    plugin = MarkdownIt("commonmark", {"breaks": True}).use(cjk_friendly)
    assert "br" not in plugin.render("一行目\n二行目")
    assert "<em>2026</em>" in plugin.render("売上_2026_確定")
    assert "<strong>" not in plugin.render("이것은**'강조'**입니다")


def test_the_plugin_leaves_a_gap_after_emphasis_at_a_line_end() -> None:
    assert "</strong>\n次" in MarkdownIt("commonmark").use(cjk_friendly).render("**強調**\n次")


def test_a_parser_without_the_plugin_is_not_harmed() -> None:
    other = MarkdownIt("commonmark")
    before = other.render("**「語」**は")
    assert _html("**「語」**は") == "<p><strong>「語」</strong>は</p>"
    assert other.render("**「語」**は") == before == "<p>**「語」**は</p>\n"
    assert other.render("a\nb") == "<p>a\nb</p>\n"


def test_a_second_parser_with_the_plugin_does_not_change_ours() -> None:
    first = _html("**「語」**は\n次の行", BREAKS)
    MarkdownIt("commonmark", {"breaks": False}).use(cjk_friendly).render("**「語」**は\n次の行")
    assert _html("**「語」**は\n次の行", BREAKS) == first == "<p><strong>「語」</strong>は<br>\n次の行</p>"


def test_threads_share_the_parser() -> None:
    texts = [f"# 第{number}章\n\n**「{number}」**\n[^1]\n\n[^1]: 注{number}" for number in range(40)]
    places = [BREAKS if number % 2 else PLACE for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        rendered = list(pool.map(render_html, texts, places))
    assert rendered == [render_html(text, place) for text, place in zip(texts, places, strict=True)]


@pytest.mark.parametrize(
    ("markdown", "href", "text"),
    [
        ("https://example.com/a_b_c", "https://example.com/a_b_c", "https://example.com/a_b_c"),
        ("https://example.com/をご覧ください", "https://example.com/", "https://example.com/"),
        ("（https://example.com/a）", "https://example.com/a", "https://example.com/a"),
        ("詳細はhttps://example.com。", "https://example.com", "https://example.com"),
        (
            "https://ja.example.org/wiki/日本語_版を見る",
            "https://ja.example.org/wiki/%E6%97%A5%E6%9C%AC%E8%AA%9E_%E7%89%88",
            "https://ja.example.org/wiki/日本語_版",
        ),
        ("https://日本語.jp/道です", "https://xn--wgv71a119e.jp/%E9%81%93", "https://日本語.jp/道"),
        ("(see https://example.com/x_(y)).", "https://example.com/x_(y)", "https://example.com/x_(y)"),
        (
            "https://example.com/a?b=1&amp;c=2!",
            "https://example.com/a?b=1&amp;c=2",
            "https://example.com/a?b=1&amp;c=2",
        ),
        ("www.example.jp/a", "http://www.example.jp/a", "www.example.jp/a"),
        ("連絡はnews@example.jpまで", "mailto:news@example.jp", "news@example.jp"),
        ("HTTP://EXAMPLE.COM/A", "http://EXAMPLE.COM/A", "HTTP://EXAMPLE.COM/A"),
        ("<https://example.com/道>", "https://example.com/%E9%81%93", "https://example.com/道"),
    ],
)
def test_bare_addresses_become_links(markdown: str, href: str, text: str) -> None:
    assert f'<a href="{href}">{text}</a>' in _html(markdown)


_PIECES = [
    "http",
    "HTTP",
    "s",
    "\u017f",
    "://",
    ":",
    "//",
    "www",
    "WWW",
    "\uff57",
    ".",
    "a.b",
    "日本.jp",
    "@",
    "/道",
    "。",
    " ",
]


@given(st.lists(st.sampled_from(_PIECES), max_size=10).map("".join))
@settings(max_examples=300, deadline=None)
def test_no_address_is_in_what_is_not_looked_at(text: str) -> None:
    assert _may_hold_address(text) or not _compile_url().search(text)


@pytest.mark.parametrize(
    "markdown",
    [
        "`https://example.com/`",
        "https://",
        "www.",
        "a@b",
        "@handle",
        "http://localhost",
        "file:///etc/passwd",
        "ftp://a.b/",
    ],
)
def test_what_is_no_address_stays_text(markdown: str) -> None:
    assert "<a" not in _html(markdown)


def test_an_address_inside_a_link_is_not_linked_again() -> None:
    assert _html("[https://a.example](https://b.example)").count("<a") == 1
    assert _html('<a href="https://b.example">https://a.example</a>').count("<a") == 1


def test_task_lists_become_characters() -> None:
    html = _html("- [x] 済み\n- [ ] まだ **後で**\n- [y] 違う\n- [x]も違う")
    assert '<li class="task">☑ 済み</li>' in html
    assert '<li class="task">☐ まだ <strong>後で</strong></li>' in html
    assert "<li>[y] 違う</li>" in html
    assert "<li>[x]も違う</li>" in html


def test_tables_keep_alignment_and_scope_without_styles() -> None:
    html = _html("| 左 | 中 | 右 |\n|:---|:-:|--:|\n| あ \\| い | `\\|` | 3 |")
    assert '<th align="left" scope="col">左</th>' in html
    assert '<td align="right">3</td>' in html
    assert "あ | い" in html
    assert "style" not in html


def test_footnotes_have_ids_with_the_prefix_and_links_to_the_article() -> None:
    html = _html("本文[^a]と再び[^a]、^[その場で]。\n\n[^a]: 注の**中身**\n[^b]: 使われない")
    assert f'<a href="{_HERE}#a1-fn-1" id="a1-fnref-1">1</a>' in html
    assert f'<a href="{_HERE}#a1-fn-1" id="a1-fnref-1-2">1</a>' in html
    assert '<li id="a1-fn-1"><p>注の<strong>中身</strong>' in html
    assert f'href="{_HERE}#a1-fnref-1-2">↩\ufe0e</a>' in html
    assert '<li id="a1-fn-2"><p>その場で' in html
    assert "使われない" not in html
    assert 'id="fn-1"' in _html("本文[^a]\n\n[^a]: 注", BREAKS)


@pytest.mark.parametrize(
    ("info", "name"),
    [("python", "python"), ("js:app.js", "js"), ("c++", "c++"), ("rust,ignore", "rust"), ("diff-js {1,3}", "diff-js")],
)
def test_code_keeps_its_language(info: str, name: str) -> None:
    assert f'<pre><code class="language-{name}">a  &lt; b\n\tc\n</code></pre>' in _html(f"```{info}\na  < b\n\tc\n```")


def test_code_without_a_language_has_no_class() -> None:
    assert _html("```\n<b>\n```") == "<pre><code>&lt;b&gt;\n</code></pre>"
    assert _html("```{.x}\n字\n```") == "<pre><code>字\n</code></pre>"


def test_an_image_description_is_plain_text_with_its_escapes() -> None:
    html = _html('![**図** \\* A &amp; `B` [C](d) "E"](図.png "題")')
    assert 'alt="図 * A &amp; B C &quot;E&quot;"' in html
    assert 'title="題"' in html


def _upstream() -> MarkdownIt:
    return MarkdownIt("commonmark", {"maxNesting": 40}).enable(["table", "strikethrough"]).use(footnote_plugin)


@given(bodies)
@settings(max_examples=80, deadline=None)
def test_the_linear_rules_give_what_the_originals_give(body: str) -> None:
    # The original knows comments as CommonMark 0.30 has them, and no templates in tags.
    text = clean(body).replace("<!-", "<! -").replace("{{", "{ {").replace("{%", "{ %")
    assert _upstream().use(use_linear_rules).render(text) == _upstream().render(text)
