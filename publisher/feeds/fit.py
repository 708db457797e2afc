"""How much of a feed fits into so many bytes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

# The bytes of an entry, or of the head of a document, in each format.
Sizes = Sequence[int]
_LARGE = 0.9  # of the document: what needs more leaves no room for the others


def fit_entries(
    head: Sizes, full: Sequence[Sizes], short: Callable[[int], Sizes], most: int, *, keep_all: bool = False
) -> list[bool]:
    """One flag for each entry that fits, in their order, newest first: whether it keeps its full text.

    No format may have more than `most` bytes. What would fill the document alone loses its full text first, then the
    oldest do; then the oldest entries go, except for the newest of all. `short` gives the sizes of an entry as a
    summary, and is asked at most once for each, and only when it matters. With `keep_all` no entry goes.
    """
    totals = [sum(column) for column in zip(head, *full, strict=True)]
    flags = [True] * len(full)
    summaries: dict[int, Sizes] = {}
    for number in _order(head, full, most):
        if max(totals) <= most:
            return flags
        flags[number] = False
        summaries[number] = short(number)
        totals = _swap(totals, full[number], summaries[number])
    kept = len(flags)
    while kept > 1 and not keep_all and max(totals) > most:
        kept -= 1
        totals = _swap(totals, summaries[kept], [0] * len(totals))
    return flags[:kept]


def _order(head: Sizes, full: Sequence[Sizes], most: int) -> list[int]:
    oldest_first = range(len(full) - 1, -1, -1)
    large = {number for number in oldest_first if max(map(sum, zip(head, full[number], strict=True))) > most * _LARGE}
    return sorted(oldest_first, key=lambda number: number not in large)


def _swap(totals: Sizes, old: Sizes, new: Sizes) -> list[int]:
    return [total - before + after for total, before, after in zip(totals, old, new, strict=True)]
