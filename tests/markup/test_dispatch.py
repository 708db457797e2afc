"""Asking fewer rules gives the same tokens."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import MethodType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.parser_block import ParserBlock
from markdown_it.parser_inline import ParserInline
from markdown_it.token import Token

from publisher.markup.parser import _make_line_parser, _make_parser
from publisher.markup.place import Place
from publisher.markup.syntax.dispatch import BLOCK_BEGINNINGS, INLINE_BEGINNINGS, Dispatch
from tests.markup.strategies import bodies

CORPUS = sorted(path for path in (Path(__file__).parent.parent / "corpus").rglob("*") if path.suffix in {".md", ".mdx"})
SIGNS = "".join(sorted({*"".join(BLOCK_BEGINNINGS.values()), *"".join(INLINE_BEGINNINGS.values())}))
# What a place can begin with, in any order and at any indent.
rubble = st.lists(
    st.sampled_from(
        [*SIGNS, *"ab]|=( あ、", "\n", "\n\n", "    ", "- ", "1. ", "> ", "```\n", "[^1]: ", "**", "<b>", "import "]
    ),
    max_size=40,
).map("".join)


@cache
def make_original(*, is_mdx: bool) -> MarkdownIt:
    """Our parser with the loops of markdown-it, that ask every rule at every place."""
    parser = _make_parser.__wrapped__(is_mdx=is_mdx)
    return put_back(parser)


def put_back(parser: MarkdownIt) -> MarkdownIt:
    for part, original in ((parser.block, ParserBlock), (parser.inline, ParserInline)):
        for name in ("tokenize", "parse"):
            setattr(part, name, MethodType(getattr(original, name), part))
    return parser


def parse(parser: MarkdownIt, source: str) -> list[Token]:
    return parser.parse(source, {"breaks": False, "place": Place("https://example.com/a", "https://example.com")})


@given(source=bodies | rubble, is_mdx=st.booleans())
@example(source="- a\n\n  b\n- c\n\n\n> d\n\n    e\n", is_mdx=False)
@example(source="[" * 60 + "a" + "]" * 60, is_mdx=False)
@example(source="> " * 60 + "a", is_mdx=False)
def test_tokens_are_those_of_the_original(source: str, is_mdx: bool) -> None:  # noqa: FBT001 - drawn
    assert parse(_make_parser(is_mdx=is_mdx), source) == parse(make_original(is_mdx=is_mdx), source)


@given(rubble)
def test_a_line_has_those_of_the_original(source: str) -> None:
    original = put_back(_make_line_parser.__wrapped__())
    assert _make_line_parser().parseInline(source, {}) == original.parseInline(source, {})


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_the_corpus_has_those_of_the_original(path: Path) -> None:
    source, is_mdx = path.read_text(encoding="utf-8", errors="replace"), path.suffix == ".mdx"
    assert parse(_make_parser(is_mdx=is_mdx), source) == parse(make_original(is_mdx=is_mdx), source)


def test_every_beginning_is_that_of_a_rule_that_there_is() -> None:
    parser = _make_parser(is_mdx=False)
    assert BLOCK_BEGINNINGS.keys() <= set(parser.block.ruler.get_active_rules())
    assert INLINE_BEGINNINGS.keys() <= set(parser.inline.ruler.get_active_rules())


def test_a_rule_that_comes_later_is_asked() -> None:
    parser = MarkdownIt()
    dispatch = Dispatch(parser.inline.ruler, INLINE_BEGINNINGS)
    before = dispatch.table()["x"]
    parser.inline.ruler.push("late", lambda _state, _silent: False)
    assert len(dispatch.table()["x"]) == len(before) + 1
    assert dispatch.table() is dispatch.table()
