"""How much may go at a moment, and what answers change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from publisher.delivery.providers import provider_of
from publisher.delivery.rate import (
    ASSUMED_PER_SECOND,
    NO_LIMITS,
    Limits,
    WarmUp,
    as_of,
    draw,
    effective_rate,
    note_answer,
    pace_at,
    put_back,
)
from publisher.model.delivery import FailureClass
from publisher.model.meter import Meter

NOW = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def take_all(limits: Limits, steps: list[float], want: int) -> list[tuple[datetime, int]]:
    """What is granted when somebody asks after each of these waits (seconds), never before they were told to."""
    meter, now, granted = Meter(), NOW, []
    for step in steps:
        now += step * SECOND
        found = draw(meter, limits, now, want)
        if found.not_before is not None:
            assert found.not_before > now
            now = found.not_before
            found = draw(found.meter, limits, now, want)
        meter = found.meter
        granted.append((now, found.granted))
    return granted


def most_within(granted: list[tuple[datetime, int]], span: timedelta) -> int:
    return max(sum(n for at, n in granted if start <= at < start + span) for start, _ in granted)


# ---------------------------------------------------------------------------------------------------- limits


def test_without_a_limit_everything_goes() -> None:
    assert draw(Meter(), NO_LIMITS, NOW, 1000).granted == 1000


def test_a_second_holds_its_worth_and_fills_steadily() -> None:
    limits = Limits(per_second=10)
    found = draw(Meter(), limits, NOW, 50)
    assert found.granted == 10
    none = draw(found.meter, limits, NOW, 50)
    assert (none.granted, none.not_before) == (0, NOW + SECOND / 10)
    assert draw(found.meter, limits, NOW + SECOND / 2, 50).granted == 5
    assert draw(found.meter, limits, NOW + HOUR, 50).granted == 10


def test_less_than_one_a_second_is_one_now_and_then() -> None:
    limits = Limits(per_second=0.1)
    found = draw(Meter(), limits, NOW, 5)
    assert found.granted == 1
    assert draw(found.meter, limits, NOW + 9 * SECOND, 5).not_before == NOW + 10 * SECOND
    assert draw(found.meter, limits, NOW + 10 * SECOND, 5).granted == 1


def test_an_hour_is_any_hour() -> None:
    limits = Limits(per_hour=100)
    late = NOW + timedelta(minutes=59)
    found = draw(Meter(), limits, late, 100)
    assert found.granted == 100
    none = draw(found.meter, limits, NOW + timedelta(minutes=61), 1)
    assert none.not_before == NOW + timedelta(hours=2)  # the last of its five minutes has an hour behind it
    assert draw(found.meter, limits, none.not_before, 1).granted == 1


def test_a_day_is_any_24_hours() -> None:
    limits = Limits(per_day=3)
    found = draw(Meter(), limits, NOW, 2)
    found = draw(found.meter, limits, NOW + 5 * HOUR, 2)
    assert found.granted == 1
    none = draw(found.meter, limits, NOW + 6 * HOUR, 2)
    assert none.not_before == NOW + 25 * HOUR
    assert draw(found.meter, limits, NOW + 25 * HOUR, 5).granted == 2


@settings(deadline=None)
@example(per_second=12.0, per_hour=None, per_day=None, steps=[0.0, 0.0, 0.0], want=6)  # a third of a microsecond early
@given(
    per_second=st.none() | st.floats(0.01, 50),
    per_hour=st.none() | st.integers(1, 60),
    per_day=st.none() | st.integers(1, 100),
    steps=st.lists(st.sampled_from([0.0, 0.05, 1.0, 30.0, 600.0, 4000.0]), min_size=1, max_size=40),
    want=st.integers(1, 50),
)
def test_no_span_of_time_ever_holds_more_than_its_limit_and_waiting_always_helps(
    per_second: float | None, per_hour: int | None, per_day: int | None, steps: list[float], want: int
) -> None:
    granted = take_all(Limits(per_second, per_hour, per_day), steps, want)
    assert all(number >= 1 for _, number in granted)
    if per_hour is not None:
        assert most_within(granted, HOUR) <= per_hour
    if per_day is not None:
        assert most_within(granted, 24 * HOUR) <= per_day
    if per_second is not None:
        assert most_within(granted, 10 * SECOND) <= 10 * per_second + max(1, per_second) + 1e-3


@given(numbers=st.lists(st.integers(1, 20), max_size=5), back=st.integers(0, 120))
def test_what_is_put_back_is_free_again(numbers: list[int], back: int) -> None:
    limits = Limits(per_hour=100, per_day=100)
    meter = Meter()
    for hour, number in enumerate(numbers):
        meter = draw(meter, limits, NOW + hour * timedelta(minutes=7), number).meter
    meter = put_back(meter, back)
    left = max(0, sum(numbers) - back)
    assert sum(number for _, number in meter.hour) == sum(number for _, number in meter.day) == left
    assert all(number > 0 for _, number in meter.hour)


def test_the_stricter_of_two() -> None:
    one, other = Limits(per_second=1, per_day=9), Limits(per_second=2, per_day=5, concurrency=1)
    assert one.stricter(other) == other.stricter(one) == Limits(1, None, 5, 1)


# ---------------------------------------------------------------------------------------------------- warming up


@pytest.mark.parametrize(
    ("day", "limit"), [(-3, 50), (0, 50), (1, 100), (4, 800), (17, 6_553_600), (18, None), (10**6, None)]
)
def test_a_new_sender_warms_up(day: int, limit: int | None) -> None:
    warmup = WarmUp(date(2026, 12, 1), first=50, factor=2)
    assert warmup.limit_on(date(2026, 12, 1) + timedelta(days=day)) == limit


# ---------------------------------------------------------------------------------------------------- answers


def test_a_busy_provider_is_given_half_and_recovers_slowly() -> None:
    limits = Limits(per_second=8)
    meter = note_answer(Meter(), FailureClass.BUSY, NOW)
    assert effective_rate(meter, limits, NOW) == 4
    assert note_answer(meter, FailureClass.BUSY, NOW + 5 * SECOND) == meter  # of the same moment
    meter = note_answer(meter, FailureClass.BUSY, NOW + 30 * SECOND)
    assert 2 < (effective_rate(meter, limits, NOW + 30 * SECOND) or 0) < 2.1
    assert pace_at(meter, NOW + timedelta(minutes=16)) < 0.55
    assert pace_at(meter, NOW + timedelta(minutes=31)) == 1


def test_a_provider_without_a_limit_gets_one_while_it_complains() -> None:
    meter = note_answer(Meter(), FailureClass.BUSY, NOW)
    assert effective_rate(meter, NO_LIMITS, NOW) == ASSUMED_PER_SECOND / 2
    assert draw(meter, NO_LIMITS, NOW, 50).granted == 5
    assert effective_rate(meter, NO_LIMITS, NOW + HOUR) is None


def test_three_refusals_for_policy_close_it_longer_each_time() -> None:
    meter, now = Meter(), NOW
    for hours in (1, 2, 4, 8, 12, 12):
        for _ in range(3):
            assert meter.closed_until is None or meter.closed_until <= now
            meter = note_answer(meter, FailureClass.POLICY, now)
        assert meter.closed_until == now + hours * HOUR
        assert draw(meter, NO_LIMITS, now, 1).not_before == meter.closed_until
        assert replace(note_answer(meter, FailureClass.POLICY, now), pace=meter.pace) == meter  # was on its way
        now = meter.closed_until


def test_an_accepted_message_between_them_means_that_they_take_our_mail() -> None:
    meter = Meter()
    for _ in range(5):
        meter = note_answer(meter, FailureClass.POLICY, NOW)
        meter = note_answer(meter, FailureClass.POLICY, NOW)
        meter = note_answer(meter, None, NOW)
    assert meter.closed_until is None
    assert meter.refusals == 0


@pytest.mark.parametrize("reason", [None, *sorted(set(FailureClass) - {FailureClass.BUSY, FailureClass.POLICY})])
def test_what_is_about_one_reader_changes_nothing(reason: FailureClass | None) -> None:
    meter = Meter(used_at=NOW)
    assert note_answer(meter, reason, NOW) is meter


@given(
    answers=st.lists(
        st.tuples(st.sampled_from([None, FailureClass.BUSY, FailureClass.POLICY]), st.integers(0, 4000)), max_size=60
    )
)
def test_however_it_answers_it_is_asked_again_some_time(answers: list[tuple[FailureClass | None, int]]) -> None:
    meter, now = Meter(), NOW
    for reason, seconds in answers:
        now += seconds * SECOND
        meter = note_answer(meter, reason, now)
        assert 1 / 64 <= pace_at(meter, now) <= 1
        assert meter.closed_until is None or meter.closed_until <= now + 12 * HOUR
    assert draw(meter, Limits(per_second=5), now + 13 * HOUR, 5).granted == 5


@pytest.mark.parametrize(
    ("domain", "group"),
    [
        ("googlemail.com", "gmail.com"),
        ("gmail.com", "gmail.com"),
        ("hotmail.co.jp", "outlook.com"),
        ("ezweb.ne.jp", "au.com"),
        ("reader.example", "reader.example"),
    ],
)
def test_domains_of_one_provider_are_one(domain: str, group: str) -> None:
    assert provider_of(domain) == group
    assert provider_of(group) == group


@given(
    st.lists(st.tuples(st.integers(0, 90), st.integers(1, 5)), min_size=1, max_size=20),
    st.timedeltas(timedelta(minutes=1), timedelta(days=4000)),
)
def test_after_a_clock_was_put_back_nobody_waits_longer_than_a_limit_says(
    steps: list[tuple[int, int]], ahead: timedelta
) -> None:
    limits = Limits(per_second=1, per_hour=4, per_day=20)
    meter, now = Meter(), NOW + ahead
    for minutes, want in steps:
        now += timedelta(minutes=minutes)
        meter = draw(meter, limits, now, want).meter
    for _ in range(4):
        meter = note_answer(meter, FailureClass.POLICY, now)
    mended = as_of(meter, NOW)
    assert as_of(mended, NOW) == mended
    assert sum(number for _, number in mended.day) == sum(number for _, number in meter.day), "what went out counts"
    moment, waited = NOW, draw(mended, limits, NOW, 1)
    while not waited.granted:
        assert waited.not_before is not None
        assert moment < waited.not_before <= NOW + timedelta(days=1, hours=2)
        moment = waited.not_before
        waited = draw(mended, limits, moment, 1)


def test_a_clock_that_goes_on_changes_nothing() -> None:
    meter = draw(Meter(), Limits(per_second=2, per_hour=5), NOW, 2).meter
    assert as_of(meter, NOW) is meter
    assert as_of(meter, NOW + timedelta(hours=3)) is meter
