"""How fast an issue goes out: told from the last minutes, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.delivery.pace import WINDOW, tell_pace

NOW = datetime(2026, 11, 19, 3, 0, tzinfo=UTC)


def ago(**amount: float) -> datetime:
    return NOW - timedelta(**amount)


def test_the_end_lies_as_far_ahead_as_what_waits_takes() -> None:
    pace = tell_pace(1200, 601, ago(seconds=60), NOW, NOW)
    assert pace is not None
    assert pace.per_second == 10
    assert pace.ends_at == NOW + timedelta(minutes=2)


@pytest.mark.parametrize(
    ("waiting", "handled", "first", "last"),
    [
        (0, 500, ago(minutes=4), NOW),
        (500, 9, ago(minutes=4), NOW),
        (500, 500, ago(minutes=4), ago(minutes=2)),
        (500, 500, NOW, NOW),
    ],
    ids=["nothing waits", "too few", "nobody is sending", "all in one moment"],
)
def test_without_a_pace_nothing_is_said(waiting: int, handled: int, first: datetime, last: datetime) -> None:
    assert tell_pace(waiting, handled, first, last, NOW) is None


@given(
    st.integers(1, 10**9),
    st.integers(0, 10**9),
    st.floats(0.0, WINDOW.total_seconds()),
    st.floats(-3600.0, WINDOW.total_seconds()),
)
def test_any_numbers_give_an_end_that_can_be_written(waiting: int, handled: int, first: float, last: float) -> None:
    """Also when a clock has jumped, so that the last outcome lies ahead."""
    pace = tell_pace(waiting, handled, ago(seconds=first), ago(seconds=last), NOW)
    if pace is not None:
        assert pace.per_second > 0
        assert NOW <= pace.ends_at <= NOW + timedelta(days=366)


@given(st.integers(1, 10**6), st.integers(10, 10**6))
def test_twice_as_many_take_twice_as_long(waiting: int, handled: int) -> None:
    one = tell_pace(waiting, handled, ago(seconds=100), NOW, NOW)
    two = tell_pace(2 * waiting, handled, ago(seconds=100), NOW, NOW)
    assert one is not None
    assert two is not None
    assert (two.ends_at - NOW) / 2 - (one.ends_at - NOW) < timedelta(milliseconds=1)
