"""When a deferred message is due again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.delivery.retry import next_attempt
from publisher.model import Outcome, Receipt

LATER = Receipt(Outcome.DEFERRED, 450, "4.2.0 灰色リスト")
NOW = datetime(2026, 1, 12, 8, 0, tzinfo=ZoneInfo("Asia/Tokyo"))

moments = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2040, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")]),
)
keys = st.text(min_size=1, max_size=20)


def wait_after(attempts: int, key: str = "7-42") -> timedelta:
    due = next_attempt(LATER, attempts, NOW, NOW, key)
    assert due is not None
    return due - NOW


def test_first_retry_comes_five_minutes_later_so_that_greylisting_has_let_go() -> None:
    assert timedelta(minutes=5) <= wait_after(1) <= timedelta(minutes=5, seconds=30)


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(2, 10), (3, 20), (4, 40), (5, 80), (6, 160), (7, 240), (8, 240), (10**6, 240)]
)
def test_each_wait_is_twice_the_one_before_up_to_four_hours(attempts: int, minutes: int) -> None:
    expected = timedelta(minutes=minutes)
    assert expected * 0.9 <= wait_after(attempts) <= expected * 1.1


def test_what_was_deferred_together_does_not_come_back_together() -> None:
    waits = {wait_after(4, f"7-{number}") for number in range(100)}
    assert len(waits) == 100
    assert max(waits) - min(waits) > timedelta(minutes=5)


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.FAILED, Outcome.UNCERTAIN])
def test_only_a_deferred_message_is_tried_again(outcome: Outcome) -> None:
    assert next_attempt(Receipt(outcome, 250), 1, NOW, NOW, "7-42") is None


def test_it_gives_up_when_the_next_attempt_would_be_more_than_three_days_after_the_first() -> None:
    first = NOW - timedelta(days=3)
    assert next_attempt(LATER, 1, first + timedelta(minutes=6), NOW, "7-42") is not None
    assert next_attempt(LATER, 1, first, NOW, "7-42") is None


def test_a_message_that_is_always_deferred_is_given_up_after_some_twenty_attempts() -> None:
    due: datetime | None = NOW
    attempts = 0
    while due is not None:
        attempts += 1
        due = next_attempt(LATER, attempts, NOW, due, "7-42")
    assert 20 <= attempts <= 28


def test_five_minutes_are_five_minutes_when_the_clock_goes_back() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before = datetime(2026, 10, 25, 2, 58, tzinfo=berlin)  # 03:00 becomes 02:00
    due = next_attempt(LATER, 1, before, before, "7-42")
    assert due is not None
    assert timedelta(minutes=5) <= due - before.astimezone(UTC) <= timedelta(minutes=5, seconds=30)


@settings(deadline=None, max_examples=200)
@given(now=moments, attempts=st.integers(0, 60), key=keys, age=st.timedeltas(timedelta(0), timedelta(days=4)))
def test_a_retry_is_always_soon_enough_late_enough_and_the_same_when_asked_again(
    now: datetime, attempts: int, key: str, age: timedelta
) -> None:
    instant = now.astimezone(UTC)
    first = instant - age
    due = next_attempt(LATER, attempts, first, now, key)
    assert due == next_attempt(LATER, attempts, first, now, key)
    if due is None:
        assert instant + timedelta(hours=4.4) > first + timedelta(days=3)
    else:
        assert timedelta(minutes=5) <= due - instant <= timedelta(hours=4.4)
        assert due <= first + timedelta(days=3)
