"""What a reader sees as one character. Pure.

A small part of UAX #29: combining marks, variation selectors, emoji modifiers, joiner sequences, flags and tags stay
with their base. Enough to never cut an emoji or a voiced kana in two.
"""

from __future__ import annotations

import re
import unicodedata

_JOINER = "\u200d"
# Without any of these every code point is its own grapheme, and most Japanese text has none.
_MAY_JOIN = re.compile(
    "[\u0300-\u036f\u0483-\u1cff\u1dc0-\u1dff\u200c\u200d\u20d0-\u20f0\u2cef-\u2df0\u302a-\u302f\u3099\u309a"
    "\ua66f-\uaaff\uabe3-\uabed\ud7b0-\ud7fb\ufb1e\ufe00-\ufe0f\ufe20-\ufe2f\uff9e\uff9f"
    "\U00010000-\U0001e8ff\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff]"
)


def split_graphemes(text: str) -> list[str]:
    if not _MAY_JOIN.search(text):
        return list(text)
    found: list[str] = []
    flag_open = False
    for character in text:
        is_flag = "\U0001f1e6" <= character <= "\U0001f1ff"
        if found and _joins(found[-1], character, flag_open=flag_open):
            found[-1] += character
            flag_open = False
        else:
            found.append(character)
            flag_open = is_flag
    return found


def _joins(before: str, character: str, *, flag_open: bool) -> bool:
    if before in "\n\t":
        return False
    if flag_open and "\U0001f1e6" <= character <= "\U0001f1ff":
        return True
    return is_extending(character) or (before.endswith(_JOINER) and _is_pictograph(character))


def is_extending(character: str) -> bool:
    """Whether it belongs to the character before it."""
    if character < "\u0300":
        return False
    return (
        unicodedata.category(character) in {"Mn", "Me", "Mc"}
        or character in "\u200c\u200d\uff9e\uff9f"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
        or "\u1160" <= character <= "\u11ff"  # Hangul vowels and finals written apart
    )


def _is_pictograph(character: str) -> bool:
    return character >= "\U0001f000" or "\u2190" <= character <= "\u2bff" or character in "\u00a9\u00ae\u3030\u303d"
