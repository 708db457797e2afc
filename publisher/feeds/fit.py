"""How much of a feed fits into so many bytes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

# The bytes of an entry, or of the head of a document, in each format.
Sizes = Sequence[int]


def fit_entries(head: Sizes, full: Sequence[Sizes], short: Callable[[], Sequence[Sizes]], most: int) -> list[bool]:
    """One flag for each entry that fits, in their order, newest first: whether it keeps its full text.

    No format may have more than `most` bytes. What would not fit even if all others were summaries loses its full text
    first, then the oldest do; then the oldest entries go, except for the newest of all. `short` gives the sizes of the
    entries as summaries, and is asked only when they matter.
    """
    totals = _add_up(head, full)
    flags = [True] * len(full)
    if not flags or max(totals) <= most:
        return flags
    summaries = short()
    least = _add_up(head, summaries)
    for number in _order(full, summaries, least, most):
        if max(totals) <= most:
            return flags
        flags[number] = False
        totals = _swap(totals, full[number], summaries[number])
    kept = len(flags)
    while kept > 1 and max(totals) > most:
        kept -= 1
        totals = [total - size for total, size in zip(totals, summaries[kept], strict=True)]
    return flags[:kept]


def _order(full: Sequence[Sizes], summaries: Sequence[Sizes], least: Sizes, most: int) -> list[int]:
    oldest_first = range(len(full) - 1, -1, -1)
    hopeless = {n for n in oldest_first if max(_swap(least, summaries[n], full[n])) > most}
    return [*sorted(hopeless, reverse=True), *(number for number in oldest_first if number not in hopeless)]


def _swap(totals: Sizes, old: Sizes, new: Sizes) -> list[int]:
    return [total - before + after for total, before, after in zip(totals, old, new, strict=True)]


def _add_up(head: Sizes, entries: Sequence[Sizes]) -> list[int]:
    return [sum(column) for column in zip(head, *entries, strict=True)]
