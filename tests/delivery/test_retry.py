"""When a deferred message is due again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.delivery.retry import RetryPolicy, Verdict, decide
from publisher.model.delivery import DeliveryState, FailureClass
from publisher.model.message import Outcome, Receipt

LATER = Receipt(Outcome.DEFERRED, 450, "いまは受け取れません")
GREYLISTED = Receipt(Outcome.DEFERRED, 450, "4.2.0 Greylisted 灰色リスト")
FULL = Receipt(Outcome.DEFERRED, 452, "4.2.2 受信箱がいっぱい")
BLOCKED = Receipt(Outcome.FAILED, 550, "5.7.1 blocked")
GONE = Receipt(Outcome.FAILED, 550, "5.1.1 no such user")
NOW = datetime(2026, 1, 12, 8, 0, tzinfo=ZoneInfo("Asia/Tokyo"))
POLICY = RetryPolicy()

moments = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2040, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")]),
)
keys = st.text(min_size=1, max_size=20)
receipts = st.builds(
    Receipt,
    st.sampled_from(Outcome),
    st.sampled_from([0, 250, 421, 450, 451, 452, 550, 552, 554]),
    st.sampled_from(["", "4.2.0 greylisted", "4.2.2 full", "5.7.1 spam", "4.7.1 later", "5.1.1 nobody", "あとで"]),
)


def wait_after(attempts: int, key: str = "7-42", receipt: Receipt = LATER) -> timedelta:
    verdict = decide(receipt, attempts, NOW, NOW, POLICY, key)
    assert verdict.state is DeliveryState.DEFERRED
    assert verdict.due_at is not None
    return verdict.due_at - NOW


def count_tries(receipt: Receipt, policy: RetryPolicy = POLICY) -> int:
    """How many there are before it has failed."""
    due: datetime | None = NOW
    attempts = 0
    while due is not None:
        attempts += 1
        due = decide(receipt, attempts, NOW, due, policy, "7-42").due_at
    return attempts


def test_first_retry_comes_five_minutes_later_so_that_greylisting_has_let_go() -> None:
    assert timedelta(minutes=5) <= wait_after(1) <= timedelta(minutes=5, seconds=30)


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(2, 10), (3, 20), (4, 40), (5, 80), (6, 160), (7, 240), (8, 240), (10**6, 240)]
)
def test_each_wait_is_twice_the_one_before_up_to_four_hours(attempts: int, minutes: int) -> None:
    expected = timedelta(minutes=minutes)
    assert expected * 0.9 <= wait_after(attempts) <= expected * 1.1


@pytest.mark.parametrize(
    ("receipt", "first", "later"),
    [
        (GREYLISTED, timedelta(minutes=5), timedelta(minutes=30)),
        (FULL, timedelta(hours=1), timedelta(hours=4)),
        (Receipt(Outcome.DEFERRED, 451, "4.7.1 bad reputation"), timedelta(minutes=30), timedelta(hours=4)),
        (BLOCKED, timedelta(hours=4), timedelta(hours=4)),
    ],
)
def test_some_classes_have_a_pace_of_their_own(receipt: Receipt, first: timedelta, later: timedelta) -> None:
    assert first <= wait_after(1, receipt=receipt) <= first * 1.1
    if receipt.outcome is Outcome.DEFERRED:
        assert later * 0.9 <= wait_after(9, receipt=receipt) <= later * 1.1


def test_what_was_deferred_together_does_not_come_back_together() -> None:
    waits = {wait_after(4, f"7-{number}") for number in range(100)}
    assert len(waits) == 100
    assert max(waits) - min(waits) > timedelta(minutes=5)


def test_what_was_accepted_needs_no_reason() -> None:
    assert decide(Receipt(Outcome.ACCEPTED, 250, "ok"), 1, NOW, NOW, POLICY, "k") == Verdict(DeliveryState.ACCEPTED)


@pytest.mark.parametrize(
    ("receipt", "reason"),
    [
        (GONE, FailureClass.ADDRESS),
        (Receipt(Outcome.FAILED, 552, "5.2.2 full"), FailureClass.MAILBOX),
        (Receipt(Outcome.UNCERTAIN, 0, "no answer"), FailureClass.NETWORK),
    ],
)
def test_what_is_final_stays_so_and_says_why(receipt: Receipt, reason: FailureClass) -> None:
    assert decide(receipt, 1, NOW, NOW, POLICY, "k") == Verdict(DeliveryState(receipt.outcome.value), None, reason)


def test_a_refusal_that_is_about_us_is_tried_three_times() -> None:
    assert count_tries(BLOCKED) == 3
    last = decide(BLOCKED, 3, NOW, NOW, POLICY, "k")
    assert last == Verdict(DeliveryState.FAILED, None, FailureClass.POLICY)


def test_it_gives_up_when_the_next_attempt_would_be_more_than_three_days_after_the_first() -> None:
    first = NOW - timedelta(days=3)
    assert decide(LATER, 1, first + timedelta(minutes=6), NOW, POLICY, "k").due_at is not None
    assert decide(LATER, 1, first, NOW, POLICY, "k") == Verdict(DeliveryState.FAILED, None, FailureClass.OTHER)


@pytest.mark.parametrize(("expires", "tries"), [(timedelta(minutes=1), 1), (timedelta(minutes=20), 3)])
def test_a_newsletter_that_is_soon_old_news_is_given_up_sooner(expires: timedelta, tries: int) -> None:
    assert count_tries(LATER, RetryPolicy(expires=expires)) == tries


def test_a_message_that_is_always_deferred_is_given_up_after_some_twenty_attempts() -> None:
    assert 20 <= count_tries(LATER) <= 28


def test_five_minutes_are_five_minutes_when_the_clock_goes_back() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before = datetime(2026, 10, 25, 2, 58, tzinfo=berlin)  # 03:00 becomes 02:00
    due = decide(LATER, 1, before, before, POLICY, "7-42").due_at
    assert due is not None
    assert timedelta(minutes=5) <= due - before.astimezone(UTC) <= timedelta(minutes=5, seconds=30)


@settings(deadline=None, max_examples=200)
@given(
    receipt=receipts,
    now=moments,
    attempts=st.integers(0, 60),
    key=keys,
    age=st.timedeltas(timedelta(0), timedelta(days=4)),
    expires=st.timedeltas(timedelta(minutes=1), timedelta(days=5)),
)
def test_a_retry_is_always_soon_enough_late_enough_and_the_same_when_asked_again(
    receipt: Receipt, now: datetime, attempts: int, key: str, age: timedelta, expires: timedelta
) -> None:
    instant = now.astimezone(UTC)
    first, policy = instant - age, RetryPolicy(expires=expires)
    verdict = decide(receipt, attempts, first, now, policy, key)
    assert verdict == decide(receipt, attempts, first, now, policy, key)
    assert (verdict.due_at is not None) is (verdict.state is DeliveryState.DEFERRED)
    assert (verdict.reason is None) is (verdict.state is DeliveryState.ACCEPTED)
    if verdict.due_at is not None:
        assert timedelta(minutes=5) <= verdict.due_at - instant <= timedelta(hours=4.4)
        assert verdict.due_at <= first + expires
    elif receipt.outcome is Outcome.DEFERRED:
        assert instant + timedelta(hours=4.4) > first + expires
