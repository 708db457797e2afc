"""What fits into so many bytes: the newest articles keep their full texts as long as they can."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from publisher.feeds.fit import Sizes, fit_entries


def fit(full: Sequence[int], short: int, most: int, head: int = 10) -> list[bool]:
    """With one format, and summaries of one size."""
    return fit_entries([head], [[size] for size in full], lambda _: [short], most)


def never(_: int) -> Sizes:
    raise AssertionError("nobody needs the summaries")


def test_what_fits_is_left_alone_and_no_summary_is_made() -> None:
    assert fit_entries([10, 20], [[50, 30], [40, 50]], never, 100) == [True, True]
    assert fit_entries([10], [], never, 1) == []


def test_the_oldest_lose_their_full_text_first() -> None:
    assert fit([30, 30, 30], 5, 100) == [True] * 3
    assert fit([30, 30, 30], 5, 99) == [True, True, False]
    assert fit([30, 30, 30], 5, 74) == [True, False, False]
    assert fit([30, 30, 30], 5, 49) == [False] * 3


def test_an_entry_that_can_never_fit_does_not_cost_the_others_their_text() -> None:
    assert fit([1000, 30, 30], 5, 100) == [False, True, True]
    assert fit([30, 30, 1000, 30], 5, 100) == [True, True, False, False]


def test_entries_go_when_even_summaries_are_too_many_but_never_all() -> None:
    assert fit([30] * 10, 20, 75) == [False] * 3
    assert fit([30] * 10, 20, 12) == [False]


def test_the_largest_format_decides_for_all() -> None:
    full, short = [[30, 10], [10, 30]], [[5, 5], [5, 5]]
    assert fit_entries([0, 0], full, short.__getitem__, 39) == [True, False]
    assert fit_entries([0, 5], full, short.__getitem__, 39) == [True, False]
    assert fit_entries([0, 0], [[30, 10], [30, 30]], short.__getitem__, 59) == [True, False]


sizes = st.lists(st.integers(1, 1_000), min_size=3, max_size=3)


@given(sizes, st.lists(st.tuples(sizes, sizes), max_size=30), st.integers(0, 20_000))
def test_the_result_fits_and_nothing_is_given_up_without_need(
    head: Sizes, entries: list[tuple[list[int], list[int]]], most: int
) -> None:
    full = [[max(pair) for pair in zip(one, other, strict=True)] for one, other in entries]
    short = [[min(pair) for pair in zip(one, other, strict=True)] for one, other in entries]
    flags = fit_entries(head, full, short.__getitem__, most)

    def total(chosen: Sequence[bool], number: int) -> int:
        rows = ((whole if flag else brief) for flag, whole, brief in zip(chosen, full, short, strict=False))
        return head[number] + sum(row[number] for row in rows)

    def is_good(chosen: Sequence[bool]) -> bool:
        return all(total(chosen, number) <= most for number in range(3))

    assert is_good(flags) or len(flags) <= 1
    if len(flags) < len(full):
        assert not any(flags)
        assert not is_good([*flags, False])
    elif not all(flags):
        newest = flags.index(False)
        assert not is_good([True] * len(flags))
        if all(max(map(sum, zip(head, sizes, strict=True))) <= most * 0.9 for sizes in full):
            assert not any(flags[newest:]), "the newest keep theirs"
            assert not is_good([True] * (newest + 1) + [False] * (len(flags) - newest - 1)), "one more would not fit"


def test_a_summary_is_made_at_most_once_and_only_for_what_needs_it() -> None:
    asked: list[int] = []

    def short(number: int) -> Sizes:
        asked.append(number)
        return [100]

    assert fit_entries([0], [[1_000]] * 10, short, 8_500) == [True] * 8 + [False] * 2
    assert asked == [9, 8]
    assert fit_entries([0], [[10_000]] * 2_000, short, 100_000) == [False] * 1_000
    assert len(asked) == 2_002
