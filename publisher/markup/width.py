"""How wide a text is and where a line may end, Japanese included. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from publisher.markup.graphemes import is_extending, split_graphemes

# JIS X 4051 in its simplest form: what may not begin a line, and what may not end one.
_NOT_AT_START = frozenset(
    "、。，．・：；？！‼⁇⁈⁉゛゜ヽヾゝゞ々〻ー〜～…‥’”）〕］｝〉》」』】〙〗〟｠»›％‰℃"
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ"
    "｡｣､･ｧｨｩｪｫｬｭｮｯｰﾞﾟ" + ")]}.,:;!?%"
)
_NOT_AT_END = frozenset("（〔［｛〈《「『【〘〖〝｟｢«‹“‘([{")
_URL = r"(?:https?://|mailto:|www\.)[!-~]+"
_PIECES = re.compile(rf"(?P<space>[ \t]+)|(?P<whole>{_URL})|(?P<text>(?:(?![ \t]|{_URL}).)+)", re.DOTALL)


def display_width(text: str) -> int:
    """Columns in a fixed-width font: East Asian wide is 2, what combines is 0, an emoji sequence is 2."""
    if len(text) == 1:
        return _grapheme_width(text)
    if text.isascii():
        return sum(character >= " " and character != "\x7f" for character in text)
    return sum(_grapheme_width(grapheme) for grapheme in split_graphemes(text))


def wrap(text: str, width: int, *, indent: str = "", hanging: str = "") -> list[str]:
    """Lines of at most `width` columns, prefixes included; a newline in `text` always ends a line.

    `indent` goes before the first line, `hanging` before every further one. A word, a URL or an emoji that is wider
    than a line stands alone on a line that is too long. An empty text has no lines.
    """
    lines: list[str] = []
    for paragraph in text.split("\n") if text else ():
        filled = _fill(paragraph, width, first=hanging if lines else indent, others=hanging)
        lines += [line.rstrip() for line in filled]
    return lines


def shorten(text: str, limit: int) -> str:
    """At most `limit` graphemes; what is cut ends in `…`."""
    if len(text) <= limit:
        return text
    graphemes = split_graphemes(text)
    if len(graphemes) <= limit:
        return text
    return "".join(graphemes[: limit - 1]).rstrip() + "…" if limit > 0 else ""


def is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF" or (
        # Emoji younger than this Python's tables.
        "\U0001f300" <= character <= "\U0001faff" and unicodedata.category(character) == "Cn"
    )


@lru_cache(maxsize=8192)
def _grapheme_width(grapheme: str) -> int:
    first = grapheme[0]
    if len(grapheme) > 1 and ("\ufe0f" in grapheme or "\u200d" in grapheme or first >= "\U0001f1e6"):
        return 2
    return sum(_character_width(character) for character in grapheme)


def _character_width(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cc", "Cf", "Zl", "Zp"} or "\u1160" <= character <= "\u11ff":
        return 0
    return 2 if is_wide(character) else 1


def _fill(paragraph: str, width: int, *, first: str, others: str) -> Iterator[str]:
    line, used, is_empty = first, display_width(first), True
    gap = ""
    for unit in _units(paragraph):
        if unit[0] in " \t":
            gap = "" if is_empty else unit
            continue
        needed = display_width(unit) + len(gap)
        if not is_empty and used + needed > width:
            yield line
            line, used, gap = others, display_width(others), ""
            needed = display_width(unit)
        line += gap + unit
        used += needed
        gap, is_empty = "", False
    yield line


def _units(paragraph: str) -> Iterator[str]:
    """What may not be broken, glued together where a line may not end between two pieces; gaps as they are."""
    unit, gap = "", ""
    for piece in _split(paragraph):
        if piece[0] in " \t":
            gap = piece if unit else ""
            continue
        if unit and _may_break(unit, gap, piece):
            yield unit
            if gap:
                yield gap
            unit = piece
        else:
            unit += gap + piece
        gap = ""
    if unit:
        yield unit


def _split(paragraph: str) -> Iterator[str]:
    """Gaps, URLs, words, and single wide characters."""
    for match in _PIECES.finditer(paragraph):
        if match.lastgroup != "text":
            yield match[0]
            continue
        word = ""
        for grapheme in split_graphemes(match[0]):
            if _stands_alone(grapheme):
                if word:
                    yield word
                yield grapheme
                word = ""
            else:
                word += grapheme
        if word:
            yield word


@lru_cache(maxsize=8192)
def _stands_alone(grapheme: str) -> bool:
    """Whether a line may end on both sides of it: CJK and emoji, but not Korean, which is written in words."""
    first = grapheme[0]
    if first < "\u2300" or "\uac00" <= first <= "\ud7a3":
        return False
    return is_wide(first) or "\uff61" <= first <= "\uff9f"


def _may_break(before: str, gap: str, after: str) -> bool:
    if before[-1] in _NOT_AT_END or after[0] in _NOT_AT_START:
        return False
    return bool(gap) or _stands_alone(before[-1]) or is_extending(before[-1]) or _stands_alone(after)
