r"""Formulas, shown as the TeX they are written in. Pure.

`$…$`, `$$…$$`, `\(…\)` and `\[…\]` become code, so that no `_` or `*` in them is taken for emphasis. A dollar is money
unless what it encloses touches both signs and looks like TeX: `$5 and $6`, `$HOMEと$PATH` stay as they are. Our own
rule, because mdit-py-plugins' takes the square of the length for dollars that nobody closes.
"""

from __future__ import annotations

import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

_INLINE = re.compile(
    r"(?<![A-Za-z0-9$\\])\$`(?P<ticked>[^`\n]{1,500})`\$"
    r"|(?<!\$)\$\$(?P<double>[^$]{1,2000})\$\$"
    r"|(?<![A-Za-z0-9$\\])\$(?P<single>[^\s$`](?:[^$`]{0,500}[^\s$`\\])?)\$(?![A-Za-z0-9$])"
)
_BRACKETS = re.compile(
    r"(?P<slash>\\{1,2})(?:\((?P<round>.{1,500}?)(?P=slash)\)|\[(?P<square>.{1,2000}?)(?P=slash)\])", re.DOTALL
)
_OPENINGS = {"$$": "$$", "\\[": "\\]", "\\\\[": "\\\\]"}
# What an ordinary sentence in brackets does not have.
_TEX = re.compile(r"[\\^_={}+*/<>|]|^[A-Za-z](?:'|\([a-z]\))?$")
_LONGEST_NAME = 3  # `$PATH$` is longer
# `\[1\]` and `\(a\_b\)` are brackets that somebody, or a converter, kept from being a link.
_COMMAND = re.compile(r"\\[A-Za-z]")
_TEX_IN_BRACKETS = re.compile(r"[\^={}]|(?<!\\)_|^\s*[A-Za-z]\s*$")


def read_formula(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the signature of a markdown-it rule
    character = state.src[state.pos]
    if character not in "$\\":
        return False
    match = (_INLINE if character == "$" else _BRACKETS).match(state.src, state.pos, state.posMax)
    if not match:
        return False
    tex = match[match.lastgroup or 0]
    if match.lastgroup in {"single", "round", "square"} and not _is_tex(tex, character):
        return False
    if not silent:
        token = state.push("code_inline", "code", 0)
        token.content, token.attrs = " ".join(tex.split()), {"class": "math"}
    state.pos = match.end()
    return True


def read_formula_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as above
    """A formula that has its lines for itself."""
    begin, stop = state.bMarks[start] + state.tShift[start], state.eMarks[start]
    line = state.src[begin:stop].rstrip()
    opening = next((sign for sign in _OPENINGS if line.startswith(sign)), None)
    if opening is None:
        return False
    closing, first = _OPENINGS[opening], line[len(opening) :]
    if first.endswith(closing) and first != closing:
        tex, last = first.removesuffix(closing), start
    else:
        last = _find_end(state, start, end, closing)
        if last < 0 or (first.strip() and opening != "$$"):
            return False
        body = state.getLines(start + 1, last + 1, state.blkIndent, False)  # noqa: FBT003 - markdown-it's own
        tex = first + "\n" + body.rstrip().removesuffix(closing)
    if not _is_tex(tex, opening if first else "$$") or closing in tex:
        return False
    if not silent:
        token = state.push("fence", "code", 0)
        token.info, token.content = "math", tex.strip("\n").strip() + "\n"
        state.line = last + 1
    return True


def _is_tex(tex: str, opening: str) -> bool:
    """Whether it looks like a formula; between two dollars and the like it is one, whatever it looks like."""
    if not tex.strip():
        return False
    if opening == "$":
        return "\\" in tex or (tex.isascii() and bool(_TEX.search(tex) or len(tex) <= _LONGEST_NAME))
    if "\\" in opening:
        return bool(_COMMAND.search(tex) or (tex.isascii() and _TEX_IN_BRACKETS.search(tex)))
    return True


def _find_end(state: StateBlock, start: int, end: int, closing: str) -> int:
    """The line that ends with `closing`, before any blank one; -1 when there is none. No line is read twice."""
    known: dict[tuple[str, int], tuple[int, int, int]] = state.env.setdefault("formula_ends", {})
    first, last, found = known.get((closing, end), (0, 0, -1))
    if first <= start < last:
        return found
    line, found = start + 1, -1
    while line < end and found < 0 and not state.isEmpty(line):
        if state.src[state.bMarks[line] : state.eMarks[line]].rstrip().endswith(closing):
            found = line
        line += 1
    known[closing, end] = (start, max(start + 1, line - 1), found)
    return found
