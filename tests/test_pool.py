"""Work in processes of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from publisher.pool import Pool


def square(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


def refuse(number: int) -> int:
    raise ValueError(f"no {number}")


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    made = Pool(2)
    yield made
    made.close()


def test_results_come_in_order_from_other_processes(pool: Pool) -> None:
    results = list(pool.map(square, range(40)))
    assert [value for value, _ in results] == [number * number for number in range(40)]
    assert os.getpid() not in {process for _, process in results}


def test_one_core_starts_no_process() -> None:
    alone = Pool(1)
    assert list(alone.map(square, [3])) == [(9, os.getpid())]
    alone.close()


def test_what_a_function_raises_comes_out_and_the_pool_goes_on(pool: Pool) -> None:
    with pytest.raises(ValueError, match="no 0"):
        list(pool.map(refuse, range(9)))
    assert next(iter(pool.map(square, [2])))[0] == 4


def test_items_are_taken_only_a_little_ahead(pool: Pool) -> None:
    taken: list[int] = []

    def give() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    next(pool.map(square, give()))
    assert len(taken) < 10
