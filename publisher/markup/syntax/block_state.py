"""markdown-it's parser of blocks, with an index of the lines that is made line by line. Pure.

The original looks at every character of a text in Python, which was an eighth of all the time that a body takes.
"""

from __future__ import annotations

from typing import Any

from markdown_it import MarkdownIt
from markdown_it.parser_block import ParserBlock
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from publisher.markup.syntax.dispatch import BLOCK_BEGINNINGS, Dispatch


class BlockParser(ParserBlock):
    """Gives the same tokens as the original."""

    def __init__(self) -> None:
        super().__init__()
        self._dispatch = Dispatch(self.ruler, BLOCK_BEGINNINGS)

    def tokenize(self, state: StateBlock, startLine: int, endLine: int) -> None:  # noqa: N803 - markdown-it's names
        """The original's, but for which rules are asked."""
        table, deepest = self._dispatch.table(), state.md.options.maxNesting
        has_empty_lines = False
        line = startLine
        while line < endLine:
            state.line = line = state.skipEmptyLines(line)
            if line >= endLine or state.sCount[line] < state.blkIndent:
                break
            if state.level >= deepest:
                state.line = endLine
                break
            for rule in table[state.src[state.bMarks[line] + state.tShift[line]]]:
                if rule(state, line, endLine, False):  # noqa: FBT003 - markdown-it's signature
                    break
            # Whether it is tight is said of the lines before the last.
            state.tight = not has_empty_lines
            line = state.line
            has_empty_lines = has_empty_lines or (line - 1 < endLine and state.isEmpty(line - 1))
            if line < endLine and state.isEmpty(line):
                has_empty_lines = True
                line += 1
                state.line = line

    def parse(self, src: str, md: MarkdownIt, env: Any, outTokens: list[Token]) -> list[Token] | None:  # noqa: N803 - markdown-it's name
        if not src:
            return None
        state = _LineState(src, md, env, outTokens)
        self.tokenize(state, state.line, state.lineMax)
        return state.tokens


class _LineState(StateBlock):
    src = ""  # a property in the original, and asked for all the time

    def __init__(self, src: str, md: MarkdownIt, env: Any, tokens: list[Token]) -> None:
        super().__init__("", md, env, tokens)
        self.src = src
        lines = src.split("\n")
        if not lines[-1].strip(" \t"):
            lines.pop()  # what follows the last line end is no line unless something stands there
        self.bMarks, self.eMarks, self.tShift, self.sCount = [], [], [], []
        begin = 0
        for line in lines:
            indent = len(line) - len(line.lstrip(" \t"))
            self.bMarks.append(begin)
            self.eMarks.append(begin + len(line))
            self.tShift.append(indent)
            self.sCount.append(_count_columns(line[:indent]) if indent else 0)
            begin += len(line) + 1
        # An entry behind the last line, so that nobody has to look whether there is a next one.
        self.bMarks.append(len(src))
        self.eMarks.append(len(src))
        self.tShift.append(0)
        self.sCount.append(0)
        self.bsCount = [0] * len(self.bMarks)
        self.lineMax = len(self.bMarks) - 1


def _count_columns(indent: str) -> int:
    """A tab goes on to the next multiple of four."""
    return len(indent.expandtabs(4))
