"""Encoded-words: text that is not ASCII, in a header (RFC 2047). Pure.

Beyond the RFC: a base64 word that another word follows is never padded, because GMime (notmuch, mu) drops the text
behind the padding; and a word ends between graphemes, so that a reader that fails to join them still shows whole ones.
"""

from __future__ import annotations

import math
from binascii import b2a_base64
from collections.abc import Iterator
from dataclasses import dataclass

from publisher.mail.graphemes import cluster_starts

LINE = 76  # of every line with an encoded-word in it
FOLD = "\r\n "

_AROUND = len("=?UTF-8?B??=")
_ROOM = 75 - _AROUND
_ONE_CHARACTER = 12  # four bytes in a Q word
# What a Q word may hold as it is inside a phrase (section 5, 3); a space is an underscore.
_Q_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/ ")
_Q = [chr(byte).replace(" ", "_") if byte in _Q_SAFE else f"={byte:02X}" for byte in range(256)]

_WORD_COST = _AROUND + len(FOLD)
_BROKEN_CLUSTER_COST = 10_000  # only where nothing else is possible


def encode_words(text: str, first_line_used: int, *, is_followed: bool = False) -> str:
    """`text` as encoded-words, each on a line of its own, base64 or Q, whichever is shorter.

    `is_followed`: words of another text come behind it, so that the last one has no padding either.
    """
    word = _shorter_word(text)
    is_padded = is_followed and word.endswith("=?=")
    if not is_padded and len(word) <= LINE - first_line_used and len(word) <= _ROOM + _AROUND:
        return word
    room = min(_ROOM, LINE - first_line_used - _AROUND)
    if room < _ONE_CHARACTER:
        return FOLD + FOLD.join(_cut(text, _ROOM, is_followed=is_followed))
    return FOLD.join(_cut(text, room, is_followed=is_followed))


def _shorter_word(text: str) -> str:
    base64 = _base64_word(text)
    if len(base64) > 2 * len(text) + _AROUND:  # most bytes are not ASCII: a Q word is longer for sure
        return base64
    quoted = _quoted_word(text)
    return quoted if len(quoted) <= len(base64) else base64


def _base64_word(text: str) -> str:
    return f"=?UTF-8?B?{b2a_base64(text.encode(), newline=False).decode('ascii')}?="


def _quoted_word(text: str) -> str:
    return f"=?UTF-8?Q?{''.join(map(_Q.__getitem__, text.encode()))}?="


@dataclass(frozen=True, slots=True)
class _Step:
    """The cheapest way found to encode the text up to some place: its last word begins at `start`."""

    cost: float
    start: int = 0
    is_base64: bool = False


def _cut(text: str, first_room: int, *, is_followed: bool) -> list[str]:
    """The shortest row of words for `text`, found by trying every place to cut (a shortest path).

    Cutting greedily does not do: a base64 word before another must hold a multiple of three bytes, and one letter in
    front of a Japanese title moves every later character away from that. A short Q word brings them back.
    """
    whole = {*cluster_starts(text), len(text)}
    sizes = [(len(raw), sum(len(_Q[byte]) for byte in raw)) for raw in (character.encode() for character in text)]
    best = [_Step(0), *([_Step(math.inf)] * len(text))]
    for start in range(len(text)):
        for end, is_base64, length in _words_from(
            sizes, start, _ROOM if start else first_room, may_pad=not is_followed
        ):
            cost = best[start].cost + length + _WORD_COST + (0 if end in whole else _BROKEN_CLUSTER_COST)
            if cost < best[end].cost:
                best[end] = _Step(cost, start, is_base64)
    words: list[str] = []
    end = len(text)
    while end:
        step = best[end]
        piece = text[step.start : end]
        words.append(_base64_word(piece) if step.is_base64 else _quoted_word(piece))
        end = step.start
    return words[::-1]


def _words_from(
    sizes: list[tuple[int, int]], start: int, room: int, *, may_pad: bool
) -> Iterator[tuple[int, bool, int]]:
    """Every word that may begin at `start`: where it ends, whether it is base64, how long its payload is."""
    raw_length = quoted = 0
    for end in range(start + 1, len(sizes) + 1):
        raw_length += sizes[end - 1][0]
        quoted += sizes[end - 1][1]
        base64 = (raw_length + 2) // 3 * 4
        if base64 > room and quoted > room:
            return
        if quoted <= room:
            yield end, False, quoted
        if base64 <= room and (raw_length % 3 == 0 or (may_pad and end == len(sizes))):
            yield end, True, base64
