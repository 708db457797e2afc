"""Readings beside kanji, as denden and its relatives write them: `{漢字|かんじ}`. Pure."""

from __future__ import annotations

import re
from functools import cache

from markdown_it.rules_inline import StateInline

_KANJI = "\u4e00-\u9fff\u3400-\u4dbf々〆〇ヶ\U00020000-\U0003ffff"
# Kanji before, kana behind: anything else in braces may be meant for another tool.


def is_ruby(source: str, position: int) -> bool:
    return _ruby().match(source, position) is not None


def read_ruby(state: StateInline, *, silent: bool) -> bool:
    """A reading for the whole word, or one for each character: `{漢字|かん|じ}`."""
    match = _ruby().match(state.src, state.pos, state.posMax)
    if not match:
        return False
    if not silent:
        base, readings = match[1], match[2][1:].split("|")
        pairs = zip(base, readings, strict=True) if len(readings) == len(base) else [(base, "".join(readings))]
        pieces = ["<ruby>"]
        for word, reading in pairs:
            pieces += [word, "<rp>", "(", "</rp>", "<rt>", reading, "</rt>", "<rp>", ")", "</rp>"]
        for piece in [*pieces, "</ruby>"]:
            state.push("html_inline" if piece.startswith("<") else "text", "", 0).content = piece
    state.pos = match.end()
    return True


@cache
def _ruby() -> re.Pattern[str]:
    return re.compile(
        rf"\{{([{_KANJI}]{{1,20}})((?:\|[ぁ-ゖァ-ヺー・]{{1,40}}){{1,20}})\}}"
    )  # at first need: many texts have no braces
