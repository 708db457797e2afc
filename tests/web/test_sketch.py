"""Counting different ones in little memory."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.web.sketch import Sketch


def count(numbers: range) -> int:
    sketch = Sketch()
    for number in numbers:
        sketch.add(int.from_bytes(hashlib.blake2b(str(number).encode(), digest_size=8).digest(), "big"))
    return sketch.count()


@given(st.lists(st.integers(0, 2**64 - 1), max_size=128))
def test_few_are_counted_exactly(members: list[int]) -> None:
    sketch = Sketch()
    for member in members * 2:
        sketch.add(member)
    assert sketch.count() == len(set(members))


@pytest.mark.parametrize("number", [129, 1000, 4000, 30_000, 100_000])
def test_many_are_counted_nearly(number: int) -> None:
    assert count(range(number)) == pytest.approx(number, rel=0.08)


def test_the_same_again_changes_nothing() -> None:
    once, twice = Sketch(), Sketch()
    for number in range(500):
        once.add(number * 0x9E3779B97F4A7C15 % 2**64)
        for _ in range(2):
            twice.add(number * 0x9E3779B97F4A7C15 % 2**64)
    assert once.count() == twice.count()


@given(st.lists(st.integers(0, 2**64 - 1), min_size=129, max_size=300, unique=True))
def test_the_ends_of_the_range_are_members_too(members: list[int]) -> None:
    sketch = Sketch()
    for member in [*members, 0, 2**64 - 1]:
        sketch.add(member)
    assert sketch.count() > 0
