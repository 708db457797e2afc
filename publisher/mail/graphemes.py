"""Where a text may be cut without breaking what a person sees as one character. Pure.

The part of Unicode's rules (UAX #29) that titles and names meet: combining marks, variation selectors, emoji joined by
ZWJ, skin tones, flags, Hangul written in jamo. The standard library has none of it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

_ZWJ = "\u200d"
_REGIONAL = ("\U0001f1e6", "\U0001f1ff")


def cluster_starts(text: str) -> Iterator[int]:
    """The index of every character that begins a grapheme cluster."""
    flag_is_half = False
    for index, character in enumerate(text):
        is_regional = _REGIONAL[0] <= character <= _REGIONAL[1]
        completes_flag = is_regional and flag_is_half
        flag_is_half = is_regional and not flag_is_half
        joined = index > 0 and (completes_flag or text[index - 1] == _ZWJ or _extends(character))
        if not joined:
            yield index


def _extends(character: str) -> bool:
    if character < "\u0300":
        return False
    return (
        unicodedata.category(character) in {"Mn", "Me", "Mc"}
        or character in "\u200c\u200d\uff9e\uff9f"  # joiners, half-width voicing marks
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= character <= "\U000e007f"  # tags (flags of England, Scotland, Wales)
        or "\u1160" <= character <= "\u11ff"  # vowels and final consonants of conjoining jamo
    )
