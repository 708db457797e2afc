"""How far one subscription is: which articles are dealt with for this person. Pure.

"Each article once" rests on it, whatever the person changes in between. Everything up to `last_seq` is history, was
mailed, or was passed over; `ahead` are numbers beyond it that were mailed, while something before them has to wait.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reach:
    """What was looked at for an issue: articles up to `seen`, but for those `waiting`, in their order.

    One waits while its file cannot be read, while it stands in a draft, or because a person kept it out.
    """

    seen: int
    waiting: tuple[int, ...] = ()

    def limit(self, last_seq: int) -> int:
        """How far somebody comes who was at `last_seq`."""
        place = bisect_right(self.waiting, last_seq)
        return min(self.seen, self.waiting[place] - 1) if place < len(self.waiting) else self.seen


@dataclass(frozen=True, slots=True)
class Progress:
    last_seq: int
    ahead: frozenset[int] = frozenset()

    def has(self, seqs: Iterable[int]) -> bool:
        """An article, named by its number and those of its translations, is dealt with."""
        return any(seq <= self.last_seq or seq in self.ahead for seq in seqs)

    def advance(self, mailed: Iterable[int], reach: Reach | None) -> Progress:
        """After a mail with `mailed`; without `reach` only that is dealt with. Never goes back."""
        last_seq = self.last_seq if reach is None else max(self.last_seq, reach.limit(self.last_seq))
        return Progress(last_seq, frozenset(seq for seq in {*self.ahead, *mailed} if seq > last_seq))

    def write_ahead(self) -> str:
        return ",".join(str(seq) for seq in sorted(self.ahead))


def read_progress(last_seq: int, ahead: str) -> Progress:
    """From what `write_ahead` has written."""
    return Progress(last_seq, frozenset(int(seq) for seq in ahead.split(",") if seq))
