"""Twice the text costs about twice as much. Calls are counted, not seconds, so that the result is always the same."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from types import FrameType

import pytest

from publisher.markup.html import render_html
from publisher.markup.place import Place
from publisher.markup.plain import render_text, summarise
from publisher.markup.references import find_references
from publisher.model.article import BodyFormat
from tests.markup.strategies import PLACE

# Each costs the square of its length, or worse, with markdown-it-py's own rules or a naive rule of ours.
_SHAPES: dict[str, Callable[[int], str]] = {
    "footnote openings": lambda n: "[^1]: 注\n\n" + "[^" * n,
    "link definitions": lambda n: "".join(f"[語{i}]: /x\n" for i in range(n)),
    "half definitions": lambda n: "[語]:\n" * n,
    "unclosed titles": lambda n: "[語]: x '\n" * n,
    "a wide table of short rows": lambda n: "|a" * n + "|\n" + "|-" * n + "|\n" + "字\n" * n,
    "processing instructions": lambda n: "字<?" * n,
    "comments": lambda n: "字<!--" * n,
    "brackets": lambda n: "[" * n,
    "images": lambda n: "![" * n,
    "stars": lambda n: "*語_ " * n,
    "soft breaks": lambda n: "字\n" * n,
    "empty emphasis between breaks": lambda n: "字\n****\n" * n,
    "addresses": lambda n: "https://あ" * n,
    "closing brackets after an address": lambda n: "https://a.example/" + ")" * n,
    "mail addresses": lambda n: "a@b." * n,
    "shortcodes": lambda n: "{{<" * n,
    "quotes in tags": lambda n: "<p title='" * n,
    "footnotes": lambda n: "".join(f"[^{i}]" for i in range(n)) + "\n\n" + "".join(f"[^{i}]: 注\n" for i in range(n)),
    "escapes": lambda n: "\\*" * n,
    "tags": lambda n: "字<b>" * n,
    "containers that nobody closes": lambda n: ":::note 題\n" * n,
    "containers that are closed twice": lambda n: ":::note\n" * n + ":::\n" * 2 * n,
    "containers of other lengths": lambda n: "::::note\n:::tip\n" * n,
    "admonitions in each other": lambda n: "".join("    " * min(i, 30) + "!!! note\n" for i in range(n)),
    "alerts": lambda n: "> [!NOTE] 題\n> 本文\n\n" * n,
    "alerts in each other": lambda n: "> [!NOTE]\n" + "> > [!TIP]\n" * n,
    "shortcodes that nobody closes": lambda n: "{{< highlight go >}}\n" * n,
    "boxes with one end": lambda n: "{{< note >}}\n" * n + "{{< /note >}}",
    "tags that nobody closes": lambda n: "字{% highlight rb %}" * n,
    "raw tags": lambda n: "{% raw %}{" * n,
    "comments of Liquid": lambda n: "{% comment %}\n" * n,
    "values": lambda n: "{{ site.url " * n,
    "references": lambda n: '[字]({{< ref "x.md" >}}' * n,
    "references in link texts": lambda n: "[{{< ref a >}}" * n,
    "templates in tags": lambda n: '<a href="{{ "' * n,
    "templates in blocks": lambda n: "<div>" + '{{< ref "a" >}}<pre>{% raw %}' * n,
    "dollars": lambda n: "$a " * n,
    "dollars that touch": lambda n: "字$a$1" * n,
    "two dollars": lambda n: "$$ a\n" * n,
    "formulas": lambda n: "$$\na\n$$\n" * n,
    "brackets of TeX": lambda n: "\\(a " * n,
    "square brackets of TeX": lambda n: "\\[\n" * n,
    "readings": lambda n: "{漢|" * n,
    "definitions": lambda n: "語\n: 意味\n\n段落\n\n" * n + "~ 終",
    "meanings": lambda n: "語\n" + ": 意味\n" * n,
    "colons": lambda n: "語\n" + ": " * n,
    "code": lambda n: "```python\nif x:\n    y = 'z'\n```\n" * n,
    "quotes in code": lambda n: "```js\n" + "`${'\n" * n + "```",
    "links of Zenn": lambda n: "@[card](https://a.example/" * n,
    "sizes": lambda n: "![](a.png =" * n,
}
_MDX_SHAPES: dict[str, Callable[[int], str]] = {
    "open braces": lambda n: "字{" * n,
    "braces on lines": lambda n: "{\n" * n,
    "braces in braces": lambda n: "{" * n + "}" * n,
    "comments in braces": lambda n: "{/*" * n,
    "quotes in braces": lambda n: "{'" * n,
    "components": lambda n: "<Tab>\n" * n,
    "components in a line": lambda n: "字<Tab a={b}>" * n,
    "boxes": lambda n: "<Note>\n" * n,
    "tags that do not end": lambda n: "<Tab a " * n,
    "attributes": lambda n: "<Tab " + "a={b} " * n + ">",
    "exports": lambda n: "export const a = {\n\n" * n,
    "imports": lambda n: "import {a\n" * n,
    "html with braces": lambda n: "<div>" + "<p a={" * n,
}
_HTML_SHAPES: dict[str, Callable[[int], str]] = {
    "paragraphs": lambda n: "<p>字" * n,
    "lists": lambda n: "<ul><li>字</ul>" * n,
    "images": lambda n: "<img alt=図>" * n,
    "breaks": lambda n: "字<br>" * n,
    "spaces": lambda n: "<b> </b>" * n,
    "a wide table": lambda n: "<table><tr>" + "<td>字" * n + "<tr><td>語" * n,
    "tables": lambda n: "<table><tr><td>字</table>" * n,
    "deep quotes": lambda n: "<blockquote>" * min(n, 150) + "字" * n,
    "comments": lambda n: "<!--more" * n,
}
_SUITES = [
    *((BodyFormat.MARKDOWN, name, shape) for name, shape in _SHAPES.items()),
    *((BodyFormat.MDX, name, shape) for name, shape in _MDX_SHAPES.items()),
    *((BodyFormat.HTML, name, shape) for name, shape in _HTML_SHAPES.items()),
]


def _count_calls(work: Callable[[], object]) -> int:
    calls = 0

    def count(_frame: FrameType, _event: str, _argument: object) -> None:
        nonlocal calls
        calls += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize(
    ("body_format", "shape"), [(f, s) for f, _, s in _SUITES], ids=[f"{f}: {name}" for f, name, _ in _SUITES]
)
def test_cost_grows_with_the_length(body_format: BodyFormat, shape: Callable[[int], str]) -> None:
    place = dataclasses.replace(PLACE, format=body_format)
    for warm in ("温める", shape(3)):
        render_html(warm, place)
    small, large = (_count_calls(lambda n=n: _render_all(shape(n), place)) for n in (100, 200))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
    assert large < 2.6 * small + 2_000


def _render_all(body: str, place: Place) -> None:
    render_html(body, place)
    render_text(body, place)
    summarise(body, 140, place.format)
    find_references(body, place.format)


def test_text_costs_grow_with_the_length_too() -> None:
    body = "# 見出し\n\n本文[語](/x)と<b>語</b>。\n\n| a | b |\n|---|---|\n| 一 | 二 |\n\n- 項目\n\n"
    small, large = (_count_calls(lambda n=n: render_text(body * n, PLACE)) for n in (10, 20))  # type: ignore[misc]  # as above
    assert large < 2.4 * small
