"""markdown-it's parser of what stands within a block. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token

from publisher.markup.syntax.dispatch import INLINE_BEGINNINGS, Dispatch


class InlineParser(ParserInline):
    """Gives the same tokens as the original."""

    def __init__(self) -> None:
        super().__init__()
        self._dispatch = Dispatch(self.ruler, INLINE_BEGINNINGS)

    def tokenize(self, state: StateInline) -> None:
        """The original's, but for which rules are asked."""
        table, deepest, end = self._dispatch.table(), state.md.options.maxNesting, state.posMax
        found = False
        while state.pos < end:
            if state.level < deepest:
                found = False
                for rule in table[state.src[state.pos]]:
                    if rule(state, False):  # noqa: FBT003 - markdown-it's signature
                        found = True
                        break
            if found:
                if state.pos >= end:
                    break
                continue
            state.pending += state.src[state.pos]
            state.pos += 1
        if state.pending:
            state.pushPending()

    def parse(self, src: str, md: MarkdownIt, env: Any, tokens: list[Token]) -> list[Token]:
        state = _QuickState(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


class _QuickState(StateInline):
    src = ""  # a property in the original, and asked for all the time

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: FBT001, N802, N803 - markdown-it's names
        """The original's, which looks at the characters before and behind the markers, and at nothing else."""
        source, end = self.src, self.posMax
        marker, position = source[start], start
        while position < end and source[position] == marker:
            position += 1
        before = source[start - 1] if start > 0 else " "
        after = source[position] if position < end else " "
        can_open, can_close = _flank(self.md, before, marker, after, canSplitWord)
        return Scanned(can_open, can_close, position - start)


@lru_cache(maxsize=8192)
def _flank(md: MarkdownIt, before: str, marker: str, after: str, can_split_word: bool) -> tuple[bool, bool]:  # noqa: FBT001 - as above
    """Whether markers between these two may open emphasis, and whether they may close it."""
    scanned = StateInline(before + marker + after, md, {}, []).scanDelims(1, can_split_word)
    return scanned.can_open, scanned.can_close
