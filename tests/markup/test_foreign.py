"""Markup of other tools: readable, or gone, and untouched inside code."""

from __future__ import annotations

import pytest

from publisher.markup.html import render_html
from publisher.markup.plain import render_text, summarise
from tests.markup.strategies import PLACE


def _html(markdown: str) -> str:
    return render_html(markdown, PLACE).strip()


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("前{{< ruby >}}後", "<p>前後</p>"),
        ("{{% columns 2 %}}\n本文\n{{% /columns %}}", "<p>\n本文\n</p>"),
        ("前{{< columns\n  2 >}}\n\n本文", "<p>前</p>\n<p>本文</p>"),
        ("{% raw %}本文{% endraw %}", "<p>本文</p>"),
        ("{% include header.html %}\n\n本文", "<p>本文</p>"),
        ("本文\n:::code-group\n中身\n:::\n続き", "<p>本文</p>\n<p>中身</p>\n<p>続き</p>"),
        ("{% assign a = 1 %}{% set b = '2' %}本文{# 覚え #}", "<p>本文</p>"),
        ("{% comment %}覚え{% endcomment %}本文", "<p>本文</p>"),
        ("{% comment %}\n\n覚え\n\n{% endcomment %}\n\n本文", "<p>本文</p>"),
        ("本文 {{ page.title }}", "<p>本文 </p>"),
        ("{% tabs %}\n\n**一**\n\n{% endtabs %}", "<p><strong>一</strong></p>"),
        ("<div>{% include x.html %}本文{{< br >}}</div>", "<div>本文</div>"),
        ("import Chart from '../components/Chart'\n\n本文", "<p>本文</p>"),
        ('import { A, B } from "x";\nimport "./a.css"\nexport const meta = { a: 1 }\n\n本文', "<p>本文</p>"),
        ("@[tweet](javascript:alert)", ""),
        ("## 見出し {#custom-id}", '<h2 id="a1-custom-id">見出し</h2>'),
        ("## 見出し {.unlisted}", "<h2>見出し</h2>"),
        ("本文\n{: .notice}", "<p>本文\n</p>"),
        ("* 目次\n{:toc}\n\n本文", "<ul>\n<li>目次\n</li>\n</ul>\n<p>本文</p>"),
        ("[[toc]]\n\n本文", "<p>本文</p>"),
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
        ("{{< youtube-lite id='abcdefghijk' >}}", "https://www.youtube.com/watch?v=abcdefghijk"),
        ("{{< vimeo 1234 >}}", "https://vimeo.com/1234"),
        ("{{< gist umeko 1a2b >}}", "https://gist.github.com/umeko/1a2b"),
        ("{% gist umeko/1a2b app.rb %}", "https://gist.github.com/umeko/1a2b"),
        ('{{< tweet user="umeko" id="77" >}}', "https://x.com/umeko/status/77"),
        ("{{< x 77 >}}", "https://x.com/i/status/77"),
        ("{{< instagram BWN >}}", "https://www.instagram.com/p/BWN/"),
        ('{{< video src="/v.mp4" >}}', "https://news.example.jp/v.mp4"),
        ("{% jsfiddle umeko/ab %}", "https://jsfiddle.net/umeko/ab/"),
        ('{% include youtube.html id="abcdefghijk" %}', "https://www.youtube.com/watch?v=abcdefghijk"),
        ("{% asset_link memo.pdf 覚え書き %}", "https://news.example.jp/articles/memo.pdf"),
        ("@[speakerdeck](0a1b)", "https://speakerdeck.com/player/0a1b"),
        ("@[gist](https://gist.example/umeko/1)", "https://gist.example/umeko/1"),
        ("<div>{{< youtube abcdefghijk >}}</div>", "https://www.youtube.com/watch?v=abcdefghijk"),
    ],
)
def test_an_embed_becomes_a_link(markdown: str, url: str) -> None:
    assert f'<a href="{url}">' in _html(markdown)


@pytest.mark.parametrize(
    ("markdown", "alt"),
    [
        ('{{< figure src="/図.png" alt="売上の図" >}}', "売上の図"),
        ('{{< figure\n  src="/図.png"\n  caption="売上" >}}', "売上"),
        ('{{< lead-image src="/図.png" title="題" >}}', "題"),
        ('{% include figure.html src="/図.png" alt=図 %}', "図"),
        ('{% image "/図.png", "売上の図" %}', "売上の図"),
        ("{% asset_img left /図.png 320 200 \"題 '説明'\" %}", "題 説明"),
        ('<div>{{< figure src="/図.png" alt="売上の図" >}}</div>', "売上の図"),
    ],
)
def test_pictures_of_other_tools(markdown: str, alt: str) -> None:
    assert f'<img alt="{alt}" src="https://news.example.jp/%E5%9B%B3.png">' in _html(markdown)


def test_a_figure_becomes_an_image_and_its_caption() -> None:
    html = _html('{{< figure src="/図.png" alt="売上の図" caption="2026年" >}}')
    assert html == '<p><img alt="売上の図" src="https://news.example.jp/%E5%9B%B3.png"><br>\n2026年</p>'
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
        "{{< は記号",
        "{% if a %} と {% for b in c %}",
        "集合 {: x} と {#} と {.5}",
        "> [!OTHER] は引用",
    ],
)
def test_code_and_ordinary_text_stay(markdown: str) -> None:
    text = render_text(markdown, PLACE)
    for word in markdown.replace("`", " ").replace("](", "] (").split():
        assert word.strip("[]()@").split("](")[0] in text or word.startswith("(")


def test_tags_in_raw_code_stay() -> None:
    assert _html("<pre>{{< youtube b >}} {% raw %}</pre>") == "<pre>{{&lt; youtube b &gt;}} {% raw %}</pre>"


def test_what_hugo_is_told_to_show_is_shown() -> None:
    assert _html("{{</* youtube abc */>}}") == "<p>{{&lt; youtube abc &gt;}}</p>"
    assert _html("<div>{{%/* x */%}}</div>") == "<div>{{% x %}}</div>"


def test_what_stands_between_raw_tags_is_no_tag() -> None:
    assert _html("{% raw %}{{ site.url }} と {% include x %}{% endraw %}です") == (
        "<p>{{ site.url }} と {% include x %}です</p>"
    )


@pytest.mark.parametrize(
    ("markdown", "language", "code"),
    [
        ('{{< highlight text "linenos=table" >}}\na\n\n\tb\n{{< /highlight >}}', "text", "a\n\n\tb\n"),
        ("{{< highlight lang=text >}}a{{</ highlight >}}", "text", "a\n"),
        ("{% highlight text linenos %}\n  *a*\n{% endhighlight %}", "text", "  *a*\n"),
        ("{% codeblock 題 lang:text %}\n{{ a }}\n{% endcodeblock %}", "text", "{{ a }}\n"),
        ("{% code %}\na\n{% endcode %}", "", "a\n"),
        ("{% mermaid %}\ngraph TD\n{% endmermaid %}", "mermaid", "graph TD\n"),
        ("本文\n{{< highlight text >}}\na\n{{< /highlight >}}", "text", "a\n"),
        ("- 項\n\n  {{< highlight text >}}\n  a\n    b\n  {{< /highlight >}}", "text", "a\n  b\n"),
        ("> {{< highlight text >}}\n> a\n> {{< /highlight >}}", "text", "a\n"),
    ],
)
def test_tags_that_enclose_code(markdown: str, language: str, code: str) -> None:
    attribute = f' class="language-{language}"' if language else ""
    assert f"<pre><code{attribute}>{code}</code></pre>" in _html(markdown)


def test_nothing_behind_the_end_of_code_is_lost() -> None:
    assert _html("{% highlight text %}\na\n{% endhighlight %} *続き*").endswith("<p><em>続き</em></p>")
    assert _html("文中の{% highlight text %}a  b{% endhighlight %}です") == "<p>文中の<code>a b</code>です</p>"
    assert "本文" in _html("{{< highlight go >}}\n\n本文")


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("{漢字|かんじ}", "<ruby>漢字<rp>(</rp><rt>かんじ</rt><rp>)</rp></ruby>"),
        (
            "{漢字|かん|じ}",
            "<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp>字<rp>(</rp><rt>じ</rt><rp>)</rp></ruby>",
        ),
        ("{今日|きょう}は{晴|ハレ}", "<ruby>今日<rp>(</rp><rt>きょう</rt><rp>)</rp></ruby>は"),
        ("{漢字|ｋ}", "{漢字|ｋ}"),
        ("{a|b}", "{a|b}"),
        ("`{漢字|かんじ}`", "<code>{漢字|かんじ}</code>"),
    ],
)
def test_readings(markdown: str, html: str) -> None:
    assert html in _html(markdown)


def test_readings_as_text() -> None:
    assert render_text("{漢字|かん|じ}の{話|はなし}", PLACE) == "漢(かん)字(じ)の話(はなし)"


@pytest.mark.parametrize("name", ["mermaid", "plantuml"])
def test_drawings_are_code_with_a_label_and_in_no_summary(name: str) -> None:
    body = f"```{name}\nA -> B\n```\n\n本文。"
    label = {"mermaid": "Mermaid", "plantuml": "PlantUML"}[name]
    assert _html(body).startswith(
        f'<figure><figcaption>{label}</figcaption>\n<pre><code class="language-{name}">A -&gt;'
    )
    assert render_text(body, PLACE) == f"[{label}]\n    A -> B\n\n本文。"
    assert summarise(body) == "本文。"


def test_embeds_are_in_no_summary() -> None:
    assert summarise("{{< youtube abcdefghijk >}}\n\n@[card](https://a.example/)\n\n本文。") == "本文。"


def test_sizes_of_zenn_do_not_break_the_image() -> None:
    assert _html("![図](a.png =250x) ![](b.png =10x20)").count("<img") == 2
    assert "=250x" not in _html("![図](a.png =250x)")
