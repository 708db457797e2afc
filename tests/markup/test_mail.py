"""The output of render_html as mail programs can show it."""

from __future__ import annotations

import re

import pytest

from publisher.markup.html import render_html
from publisher.markup.mail import to_mail_html
from tests.markup.strategies import PLACE


def _mail(markdown: str, width: int = 536) -> str:
    return to_mail_html(render_html(markdown, PLACE), width).strip()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<h1>題</h1><h2>章</h2><h3>節</h3>", "<h3>題</h3><h3>章</h3><h4>節</h4>"),
        ("<h4>項</h4><h5>目</h5><h6>末</h6>", "<h5>項</h5><h6>目</h6><h6>末</h6>"),
        ("<p><em>強調</em><strong>太字</strong></p>", "<p><em>強調</em><strong>太字</strong></p>"),
        (
            "<details open><summary>題</summary><p>中</p></details>",
            '<div class="box"><div class="summary">題</div><p>中</p></div>',
        ),
        ("<section><p>節</p></section>", "<div><p>節</p></div>"),
        ("<p>長い<wbr>語</p>", "<p>長い語</p>"),
        ("<p>a\u00a0b</p>", "<p>a&nbsp;b</p>"),
        ('<p id="x">字</p>', "<p>字</p>"),
        ('<ol start="2" reversed><li value="9">二</li></ol>', '<ol start="2"><li>二</li></ol>'),
        ('<ul><li class="task">☑ 済</li></ul>', '<ul><li class="task">☑ 済</li></ul>'),
        ('<p>It\'s "x" &lt;b&gt;</p>', '<p>It\'s "x" &lt;b&gt;</p>'),
    ],
)
def test_what_becomes_of_elements(before: str, after: str) -> None:
    assert to_mail_html(before) == after


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ("", 'width="536"'),
        ('width="1072" height="800"', 'width="536" height="400"'),
        ('width="300" height="200"', 'width="300" height="200"'),
        ('width="300"', 'width="300"'),
        ('width="2000"', 'width="536"'),
        ('height="20"', 'width="20"'),
        ('height="2000"', 'width="536"'),
        ('width="100%" height="auto"', 'width="536"'),
        ('width="0" height="0"', 'width="536"'),
    ],
)
def test_every_image_has_a_width_that_fits_and_only_a_real_height(attributes: str, size: str) -> None:
    tag = to_mail_html(f'<img src="https://a.example/1.png" {attributes}>')
    assert dict(re.findall(r'(width|height)="(\d+)"', tag)) == dict(re.findall(r'(width|height)="(\d+)"', size))
    assert 'alt=""' in tag


def test_the_width_of_the_column_is_the_callers() -> None:
    assert 'width="320"' in _mail("![図](a.png)", 320)


def test_a_figure_keeps_its_caption_and_a_picture_its_image() -> None:
    html = _mail(
        '<figure><picture><source srcset="a.avif"><img src="a.png" alt="図" srcset="a.png 2x"></picture>'
        "<figcaption>撮影：編集部</figcaption></figure>"
    )
    assert html.startswith('<div class="figure"><img alt="図"')
    assert '<div class="caption">撮影：編集部</div></div>' in html
    assert "srcset" not in html


def test_code_keeps_its_shape_where_white_space_is_folded() -> None:
    html = _mail("```text\ndef f():\n    if  x:\n\treturn '字'\n\n# 終\n```")
    cell = re.search(r'<td class="code"><code>(.*)</code></td>', html)
    assert cell
    assert cell[1].split("<br>") == [
        "def f():",
        "&nbsp;&nbsp;&nbsp;&nbsp;if&nbsp; x:",
        "&nbsp;&nbsp;&nbsp;&nbsp;return '字'",
        "",
        "# 終",
    ]
    assert (
        '<table border="0" cellpadding="0" cellspacing="0" class="code" dir="ltr" role="presentation" width="100%">'
        in html
    )
    assert "<pre" not in html
    assert "language" not in html


@pytest.mark.parametrize(
    ("before", "inside"),
    [
        ("<pre>a\n  <b>b\n   c</b>\n d</pre>", "a<br>&nbsp;&nbsp;<b>b<br>&nbsp;&nbsp;&nbsp;c</b><br>&nbsp;d"),
        ("<pre><b>x</b> y</pre>", "<b>x</b> y"),
        ("<pre>\n\n一</pre>", "<br>一"),
        ("<pre><code>一\n</code></pre>", "一"),
        ("<pre>一\n<i>二\n</i></pre>", "一<br><i>二</i>"),
        ("<pre></pre>", ""),
    ],
)
def test_marks_inside_code_stay(before: str, inside: str) -> None:
    assert f"<code>{inside}</code>" in to_mail_html(before)


def test_a_link_around_code_goes_into_its_cell() -> None:
    html = to_mail_html('<a href="https://x.example/"><pre>一\n<b>二</b></pre></a>')
    assert html.endswith(
        '<td class="code"><code><a href="https://x.example/">一<br><b>二</b></a></code></td></tr></table>'
    )


def test_coloured_code_has_few_classes_and_keeps_its_shape() -> None:
    html = _mail('```python\n@dataclass\nclass A(B):\n    """説明\n      続き"""\n    x: int = 1  # 注\n```')
    cell = re.search(r'<td class="code"><code>(.*)</code></td>', html)
    assert cell
    assert re.sub(r"<(?!br)[^>]*>", "", cell[1]).replace("&nbsp;", " ").split("<br>") == [
        "@dataclass",
        "class A(B):",
        '    """説明',
        '      続き"""',
        "    x: int = 1  # 注",
    ]
    assert set(re.findall(r'<span class="(\w+)">', cell[1])) == {"f", "k", "s", "m", "c"}
    assert "<span>" not in html


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<pre><code><span class="na">a</span>=<span class="gi">+</span></code></pre>', 'a=<span class="s">+</span>'),
        ('<pre><code><span class="evil">a</span></code></pre>', "<span>a</span>"),
    ],
)
def test_colours_that_tell_little_are_left_out(before: str, after: str) -> None:
    assert f"<code>{after}</code>" in to_mail_html(before)


def test_a_box_is_a_quote_with_a_class() -> None:
    html = _mail(":::tip 題\n本文\n:::\n\n> 引用")
    assert '<blockquote class="admonition">\n<p><strong>💡 題</strong></p>' in html
    assert "<blockquote>\n<p>引用</p>" in html


def test_formulas_are_code() -> None:
    html = _mail("式 $x_1$\n\n$$\ny\n$$")
    assert "<code>x_1</code>" in html
    assert '<td class="code"><code>y</code></td>' in html


def test_tables_of_data_are_marked_and_have_borders_of_their_own() -> None:
    html = _mail("| 名 | 値 |\n|---|--:|\n| 一 | 1 |")
    assert '<table border="1" cellpadding="6" cellspacing="0" class="data">' in html
    assert '<th align="right" scope="col">値</th>' in html


def test_code_in_a_cell_of_a_table_is_no_table_of_data() -> None:
    html = to_mail_html("<table><tbody><tr><td><pre>x</pre></td></tr></tbody></table>")
    assert html.count('class="data"') == 1
    assert html.count('role="presentation"') == 1


def test_footnotes_have_numbers_and_no_way_back() -> None:
    html = _mail("本文[^1]と[^2]。\n\n[^1]: 注一\n[^2]: 注二")
    assert "本文<sup>[1]</sup>と<sup>[2]</sup>。" in html
    assert '<div class="footnotes">' in html
    assert "↩" not in html
    assert "<a" not in html
    assert " id=" not in html


@pytest.mark.parametrize(
    ("ruby", "text"),
    [
        ("<ruby>漢<rt>かん</rt>字<rt>じ</rt></ruby>です", "漢(かん)字(じ)です"),
        ("<ruby>漢字<rp>（</rp><rt>かんじ</rt><rp>）</rp></ruby>", "漢字（かんじ）"),
    ],
)
def test_a_reading_has_brackets_for_programs_without_ruby(ruby: str, text: str) -> None:
    html = _mail(ruby)
    assert "<rt>" in html
    assert re.sub(r"<[^>]+>", "", html) == text


def test_class_names_are_simple_and_there_are_no_styles() -> None:
    html = _mail(
        "- [x] 済\n\n```c++\nx\n```\n\n<iframe src=https://a.example/></iframe>\n\n|a|\n|-|\n\n本文[^1]\n\n[^1]: 注\n\n"
        '<details><summary>題</summary></details><p class="w-1/2 md:flex" style="x">字</p>'
    )
    names = {name for found in re.findall(r'class="([^"]*)"', html) for name in found.split()}
    assert names <= {"task", "code", "embed", "data", "footnotes", "box", "summary"}
    assert "style" not in html


def test_addresses_pass_unchanged() -> None:
    url = "https://a.example/%E5%9B%B3?q[]=1&amp;p=$2&amp;r=%20#x"
    assert f'href="{url}"' in to_mail_html(f'<p><a href="{url}">字</a></p>')
