"""HTML that is too large for Gmail made to fit: full articles end earlier, the longest first. Pure.

Comments in the document say where the blocks of each article begin, so what a block weighs is known as it will go out,
with its CSS inlined, after one rendering. The comments are taken out again.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import accumulate

from publisher.markup.blocks import split_blocks

HTML_LIMIT = 100_000  # bytes, decoded; Gmail hides what is beyond about 102 KB, the way to unsubscribe with it
SHORTENED_TO = HTML_LIMIT - 1_000  # the name and address of a reader may be longer than what stands for them

_OUTSIDE, _BLOCK, _LEADING, _ENDING = "obhe"


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of the document: `number` is the block of an article, for a piece outside of all it says nothing."""

    kind: str
    article: int
    number: int
    html: str

    @property
    def size(self) -> int:
        return len(self.html.encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class Shortened:
    """`articles` are the numbers of those that end early."""

    html: str
    articles: frozenset[int]


def mark_body(html: str, article: int, ending: str, marker: str) -> str:
    """The body of an article with a comment before each block, and behind them `ending`, for when it ends early."""
    body = split_blocks(html, _word(marker))
    marked = [body.before]
    for number, block in enumerate(body.blocks):
        marked += [_comment(marker, _LEADING if block.leads else _BLOCK, article, number), block.html]
    marked += [_comment(marker, _ENDING, article, 0), ending, _comment(marker, _OUTSIDE, article, 0), body.after]
    return "".join(marked)


def shorten(html: str, marker: str, limit: int = SHORTENED_TO) -> Shortened | None:
    """The finished document without its comments, in at most `limit` bytes as far as its articles allow for that.

    Every article may be as long as the same height, and keeps the blocks that have room under it: so the longest lose
    first. None when the template has not left the bodies as they were.
    """
    pieces = _split(html, marker)
    if _word(marker) in "".join(piece.html for piece in pieces) or not _is_orderly(pieces):
        return None
    bodies = _weigh(pieces)
    room = limit - sum(piece.size for piece in pieces if piece.kind == _OUTSIDE)
    height = _find_height(list(bodies.values()), room)
    kept = {article: body.choose(height) for article, body in bodies.items()}
    shortened = frozenset(article for article, number in kept.items() if number is not None)
    return Shortened("".join(piece.html for piece in pieces if _stays(piece, kept)), shortened)


@dataclass(frozen=True, slots=True)
class _Body:
    """How an article can end: `costs` in bytes, ascending, and how many blocks it then keeps, None for all."""

    costs: tuple[int, ...]
    kept: tuple[int | None, ...]

    def choose(self, height: int) -> int | None:
        return self.kept[self._find(height)]

    def cost(self, height: int) -> int:
        return self.costs[self._find(height)]

    def _find(self, height: int) -> int:
        return max(0, bisect_right(self.costs, height) - 1)


def _word(marker: str) -> str:
    """Another one than any slot's: it has a digit."""
    return f"{marker}0CUT"


def _comment(marker: str, kind: str, article: int, number: int) -> str:
    return f"<!--{_word(marker)}:{kind}:{article}:{number}-->"


def _split(html: str, marker: str) -> list[_Piece]:
    first, *rest = re.split(f"<!--{_word(marker)}:([{_OUTSIDE}{_BLOCK}{_LEADING}{_ENDING}]):([0-9]+):([0-9]+)-->", html)
    pieces = [_Piece(_OUTSIDE, 0, 0, first)]
    for at in range(0, len(rest), 4):
        kind, article, number, text = rest[at : at + 4]
        pieces.append(_Piece(kind, int(article), int(number), text))
    return pieces


def _is_orderly(pieces: Sequence[_Piece]) -> bool:
    """Each body begins with its first block, has the rest in order, then its ending, and then it is over."""
    last: dict[int, int] = {}
    before = pieces[0]
    for piece in pieces[1:]:
        is_same = before.kind != _OUTSIDE and piece.article == before.article
        if piece.kind == _OUTSIDE:
            follows = is_same and before.kind == _ENDING
        elif before.kind == _OUTSIDE:
            follows = piece.kind == _ENDING or piece.number == 0
        else:
            follows = is_same and (piece.kind == _ENDING or piece.number == before.number + 1)
        if piece.kind == _ENDING:
            length = before.number if before.kind != _OUTSIDE else -1
            follows = follows and last.setdefault(piece.article, length) == length
        if not follows:
            return False
        before = piece
    return before.kind == _OUTSIDE


def _weigh(pieces: Sequence[_Piece]) -> dict[int, _Body]:
    """By article. One that a template prints twice weighs twice."""
    blocks: dict[int, dict[int, int]] = {}
    never: dict[int, set[int]] = {}
    endings = Counter[int]()
    for piece in pieces:
        if piece.kind == _ENDING:
            endings[piece.article] += piece.size
        elif piece.kind != _OUTSIDE:
            sizes = blocks.setdefault(piece.article, {})
            sizes[piece.number] = sizes.get(piece.number, 0) + piece.size
            if piece.kind == _LEADING:
                never.setdefault(piece.article, set()).add(piece.number + 1)
    return {
        article: _list_ends([sizes[number] for number in sorted(sizes)], never.get(article, set()), endings[article])
        for article, sizes in blocks.items()
    }


def _list_ends(sizes: Sequence[int], never: Set[int], ending: int) -> _Body:
    """`never`: how many blocks must not be kept, because the last of them would be a heading."""
    heights = list(accumulate(sizes, initial=0))
    whole = heights.pop()
    ends = [(height + ending, kept) for kept, height in enumerate(heights) if kept not in never]
    possible: list[tuple[int, int | None]] = [end for end in ends if end[0] < whole]
    possible.append((whole, None))
    return _Body(tuple(cost for cost, _ in possible), tuple(kept for _, kept in possible))


def _find_height(bodies: Sequence[_Body], room: int) -> int:
    """The greatest height at which all have room together; 0 when there is none."""
    heights = sorted({cost for body in bodies for cost in body.costs})
    low, high = 0, len(heights)
    while low < high:
        middle = (low + high) // 2
        if sum(body.cost(heights[middle]) for body in bodies) <= room:
            low = middle + 1
        else:
            high = middle
    return heights[low - 1] if low else 0


def _stays(piece: _Piece, kept: Mapping[int, int | None]) -> bool:
    if piece.kind == _OUTSIDE:
        return True
    number = kept.get(piece.article)
    if piece.kind == _ENDING:
        return number is not None
    return number is None or piece.number < number
