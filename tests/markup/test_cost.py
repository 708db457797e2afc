"""Twice the text costs about twice as much. Calls are counted, not seconds, so that the result is always the same."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType

import pytest

from publisher.markup.html import render_html
from publisher.markup.plain import render_text
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
}


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


@pytest.mark.parametrize("name", _SHAPES)
def test_cost_grows_with_the_length(name: str) -> None:
    shape = _SHAPES[name]
    render_html("温める", PLACE)
    small, large = (_count_calls(lambda n=n: render_html(shape(n), PLACE)) for n in (100, 200))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
    assert large < 2.6 * small + 2_000


def test_text_costs_grow_with_the_length_too() -> None:
    body = "# 見出し\n\n本文[語](/x)と<b>語</b>。\n\n| a | b |\n|---|---|\n| 一 | 二 |\n\n- 項目\n\n"
    small, large = (_count_calls(lambda n=n: render_text(body * n, PLACE)) for n in (10, 20))  # type: ignore[misc]  # as above
    assert large < 2.4 * small
