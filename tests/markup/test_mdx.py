"""MDX: what it shows without its components."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.markup.html import render_html
from publisher.markup.plain import render_text, summarise
from publisher.markup.syntax.jsx import match_jsx, pair_braces, read_literal
from publisher.model.article import BodyFormat
from tests.markup.strategies import PLACE

MDX = replace(PLACE, format=BodyFormat.MDX)


def _html(markdown: str) -> str:
    return render_html(markdown, MDX).strip()


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("import Tabs from '@theme/Tabs'\n\n本文", "<p>本文</p>"),
        ("import {\n  A,\n  B\n} from 'x'\nexport { A }\n\n本文", "<p>本文</p>"),
        ("export const meta = {\n  title: 'a } b',\n\n  tags: [`{`]\n};\n\n本文", "<p>本文</p>"),
        ("export default function X() {\n\n  return <p>{a}</p>\n\n}\n\n本文", "<p>本文</p>"),
        ("import する、と書いた文", "<p>import する、と書いた文</p>"),
        ("exported は動詞", "<p>exported は動詞</p>"),
        ("本文\n\n{/* 覚え\n\n書き */}\n\n続き", "<p>本文</p>\n<p>続き</p>"),
        ("{\n  items.map(x => <li>{x}</li>)\n}\n\n本文", "<p>本文</p>"),
        ("前{props.name}後{' '}空{\"白\"}", "<p>前後 空白</p>"),
        ("前{'{'}後", "<p>前{後</p>".replace("{", "")),
        ("閉じない { は残る", "<p>閉じない { は残る</p>"),
        ("`{a}` と `<Tabs>`", "<p><code>{a}</code> と <code>&lt;Tabs&gt;</code></p>"),
        (
            "```text\n<Tabs>{x}</Tabs>\n```",
            '<pre><code class="language-text">&lt;Tabs&gt;{x}&lt;/Tabs&gt;\n</code></pre>',
        ),
        ("<Tabs>\n**太字**\n</Tabs>", "<p><strong>太字</strong></p>"),
        ('<Tabs groupId="os">\n  <Tab value="a" {...rest}>\n\n一\n\n  </Tab>\n</Tabs>', "<p>一</p>"),
        ('<Card\n  title="題"\n  icon={<X a={1} />}\n>\n\n中\n\n</Card>', "<p>中</p>"),
        ("<Tab>一 *二*</Tab>", "<p>一 <em>二</em></p>"),
        ("本文<Chart data={{a: [1, '}']}} />です", "<p>本文です</p>"),
        ("<>\n断片\n</>", "<p>断片</p>"),
        ("<Foo.Bar x={1}/>", ""),
        ("<div className=\"x\" style={{color: 'red'}}>\n中 *身*\n</div>", "<div>\n<p>中 <em>身</em></p>\n</div>"),
        ("<div onClick={() => a > b}>中</div>", "<div>中</div>"),
        ("文中<span onClick={() => a > b}>中</span>です", "<p>文中<span>中</span>です</p>"),
        (
            "<details>\n<summary>題{x}</summary>\n\n中\n\n</details>",
            "<details>\n<summary>題</summary>\n<p>中</p>\n</details>",
        ),
        ("a < b と c > d", "<p>a &lt; b と c &gt; d</p>"),
        ("{漢字|かんじ}", "<p><ruby>漢字<rp>(</rp><rt>かんじ</rt><rp>)</rp></ruby></p>"),
        ("$a_{1}$ と {x}", '<p><code class="math">a_{1}</code> と </p>'),
        ("## 題 {#id}", '<h2 id="a1-id">題</h2>'),
    ],
)
def test_program_text_goes_and_words_stay(markdown: str, html: str) -> None:
    assert _html(markdown) == html


@pytest.mark.parametrize(
    ("markdown", "url"),
    [
        ('<YouTube id="abcdefghijk" />', "https://www.youtube.com/watch?v=abcdefghijk"),
        ("<YouTube videoId={'abcdefghijk'}/>", "https://www.youtube.com/watch?v=abcdefghijk"),
        ('本文<Tweet id="77"/>です', "https://x.com/i/status/77"),
        ('<Vimeo id="55"></Vimeo>', "https://vimeo.com/55"),
        ('<LinkCard url="https://a.example/" title="題" />', "https://a.example/"),
        ('<Link to="/a">題</Link>', "https://news.example.jp/a"),
        ('<Link href="/a">題</Link>', "https://news.example.jp/a"),
    ],
)
def test_what_leads_elsewhere_is_a_link(markdown: str, url: str) -> None:
    assert f'<a href="{url}">' in _html(markdown)
    assert _html(markdown).count("<a") == 1


def test_pictures() -> None:
    url = "https://news.example.jp/a.png"
    assert _html('<Image src="/a.png" alt="図" width={300} />') == f'<p><img alt="図" src="{url}"></p>'
    assert _html("<Image src={picture} alt='図' />") == "<p>図</p>"
    assert f'src="{url}"' in _html('<img src={"/a.png"} alt={`図`} />')


@pytest.mark.parametrize(
    "markdown",
    [
        '<Callout type="warning" title="題">\n本文\n</Callout>',
        "<Warning title='題'>\n\n本文\n\n</Warning>",
        '<Admonition kind="warning" title="題">\n本文\n</Admonition>',
        ":::warning[題]\n本文\n:::",
    ],
)
def test_boxes(markdown: str) -> None:
    box = '<blockquote class="admonition warning">\n<p><strong>⚠️ 題</strong></p>\n<p>本文</p>\n</blockquote>'
    assert _html(markdown) == box


def test_what_folds() -> None:
    assert render_text('<Accordion title="題">\n中\n</Accordion>', MDX) == "題\n\n中"


def test_markdown_is_not_read_as_a_program() -> None:
    assert render_html("前{props.name}後", PLACE).strip() == "<p>前{props.name}後</p>"
    assert "{/*" in render_html("{/* x */}", PLACE)


@pytest.mark.parametrize("cut", ["{/* truncate */}", "{/* more */}", "<!-- truncate -->", "\n{/* truncate */}\n"])
def test_a_summary_ends_where_it_is_cut(cut: str) -> None:
    body = f"本文。{cut}\n\n続き。"
    assert summarise(body, 100, BodyFormat.MDX) == "本文。"
    assert render_html(body, MDX) == "<p>本文。</p>\n<p>続き。</p>\n"


@pytest.mark.parametrize(
    ("source", "pairs"),
    [
        ("{a}", {0: 2}),
        ("{a{b}}", {0: 5, 2: 4}),
        ("{'}'}", {0: 4}),
        ("{/* } */}", {0: 8}),
        ("{`}`}", {0: 4}),
        ("don't {a} won't {b}", {6: 8, 16: 18}),
        ("} {", {}),
        ("{ {a}", {2: 4}),
    ],
)
def test_braces_are_paired(source: str, pairs: dict[int, int]) -> None:
    assert pair_braces(source) == pairs


@pytest.mark.parametrize(
    ("source", "name", "attributes"),
    [
        ("<A>", "A", {}),
        ("<a.B c>", "a.B", {"c": ""}),
        ("<A b=\"c > d\" e='f' {...g} h={i > j} k={'l'} m={2}/>", "A", {"b": "c > d", "e": "f", "k": "l", "m": "2"}),
        ("</A >", "A", {}),
        ("<>", "", {}),
    ],
)
def test_tags_are_read(source: str, name: str, attributes: dict[str, str]) -> None:
    tag = match_jsx(source, 0)
    assert tag is not None
    assert (tag.name, dict(tag.attributes), tag.end) == (name, attributes, len(source))


@pytest.mark.parametrize("source", ["<A", "<A b=>", "<A b={", "< A>", "<1>", "a<b", "<A 'b'>"])
def test_what_is_no_tag(source: str) -> None:
    assert match_jsx(source, 0) is None


def test_only_plain_text_is_taken_out_of_braces() -> None:
    assert [read_literal(text) for text in ("{'a'}", '{ "b" }', "{`c`}", "{4}")] == ["a", "b", "c", "4"]
    assert [read_literal(text) for text in ("{a}", "{`${a}`}", "{'a' + b}", "{}", "{/* a */}")] == [""] * 5


@given(
    st.lists(
        st.sampled_from(["{", "}", "'", "<A ", ">", "/>", "</A>", "字", "\n", "export ", "a=", "/*", "*/"]), max_size=25
    )
)
@settings(deadline=None)
def test_any_program_is_borne(pieces: list[str]) -> None:
    assert "<A" not in _html("".join(pieces))
