"""The index of lines is that of markdown-it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

from publisher.markup.syntax.block_state import BlockParser, _LineState
from tests.markup.strategies import bodies

_MARKDOWN = MarkdownIt()
_INDEX = ("bMarks", "eMarks", "tShift", "sCount", "bsCount", "lineMax")


@given(st.text(alphabet=" \t\nab>\u3000\u00a0", max_size=40) | bodies)
def test_lines_are_where_the_original_finds_them(source: str) -> None:
    ours, theirs = (make(source, _MARKDOWN, {}, []) for make in (_LineState, StateBlock))
    assert [getattr(ours, name) for name in _INDEX] == [getattr(theirs, name) for name in _INDEX]


def test_an_empty_text_has_no_blocks() -> None:
    assert BlockParser().parse("", _MARKDOWN, {}, []) is None
