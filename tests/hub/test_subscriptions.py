"""A subscription from the first request to its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.hub.distribution import SendOutcome
from publisher.hub.requests import SubscriptionRequest
from publisher.hub.subscriptions import (
    FIRST_WAIT,
    GIVE_UP_AFTER,
    LONGEST_WAIT,
    MOST_VERIFICATIONS,
    note_request,
    take_outcome,
    take_verdict,
)
from publisher.hub.verification import Verdict
from publisher.model.hub import HubMode, HubSubscription

NOW = datetime(2026, 11, 19, 3, 0, tzinfo=UTC)
TOPIC, CALLBACK, HOST = "https://note.example/rss.xml", "https://reader.example/push", "reader.example"
ASKED = note_request(SubscriptionRequest(HubMode.SUBSCRIBE, TOPIC, CALLBACK, HOST, "new", timedelta(days=10)), NOW)
LEAVING = replace(ASKED, mode=HubMode.UNSUBSCRIBE)
HELD = HubSubscription(TOPIC, CALLBACK, HOST, "old", NOW + timedelta(days=1), version=4)
CHANGED = replace(HELD, version=5, due_at=NOW, since=NOW)
NO_WAIT = timedelta(0)

subscriptions = st.builds(
    HubSubscription,
    st.just(TOPIC),
    st.just(CALLBACK),
    st.just(HOST),
    st.just("old"),
    st.just(NOW + timedelta(days=1)),
    version=st.integers(0, 9),
    due_at=st.none() | st.just(NOW),
    since=st.just(NOW),
    attempts=st.integers(0, 20),
    dropped=st.integers(0, 3),
)


def test_a_confirmed_request_makes_a_subscription() -> None:
    _, made = take_verdict(ASKED, None, Verdict.CONFIRMED, NOW)
    assert made == HubSubscription(TOPIC, CALLBACK, HOST, "new", NOW + timedelta(days=10))


@given(subscriptions)
def test_a_renewal_changes_secret_and_lease_and_nothing_of_what_waits(held: HubSubscription) -> None:
    waiting, renewed = take_verdict(ASKED, held, Verdict.CONFIRMED, NOW)
    assert waiting is None
    assert renewed == replace(held, secret="new", lease_until=NOW + timedelta(days=10))


def test_a_confirmed_goodbye_ends_it() -> None:
    assert take_verdict(LEAVING, HELD, Verdict.CONFIRMED, NOW) == (None, None)
    assert take_verdict(LEAVING, None, Verdict.CONFIRMED, NOW) == (None, None)


@pytest.mark.parametrize("question", [ASKED, LEAVING])
@given(held=st.none() | subscriptions, verdict=st.sampled_from([Verdict.REFUSED, Verdict.UNREACHABLE]))
def test_what_is_not_confirmed_changes_nothing(
    question: object, held: HubSubscription | None, verdict: Verdict
) -> None:
    asked = ASKED if question is ASKED else LEAVING
    waiting, after = take_verdict(asked, held, verdict, NOW)
    assert after == held
    assert (waiting is None) == (verdict is Verdict.REFUSED)


def test_who_cannot_be_reached_is_asked_a_few_times_more_and_then_forgotten() -> None:
    question, times, now = ASKED, 0, NOW
    while True:
        times += 1
        later, _ = take_verdict(question, None, Verdict.UNREACHABLE, now)
        if later is None:
            break
        assert later.due_at >= now + timedelta(minutes=1)
        question, now = later, later.due_at
    assert times == MOST_VERIFICATIONS


@given(subscriptions, st.sampled_from(SendOutcome))
def test_what_is_sent_settles_only_the_version_that_was_sent(held: HubSubscription, outcome: SendOutcome) -> None:
    after = take_outcome(held, held.version - 1, outcome, NO_WAIT, NOW)
    assert after == (None if outcome is SendOutcome.GONE else held)


def test_what_was_taken_waits_no_more() -> None:
    assert take_outcome(CHANGED, 5, SendOutcome.TAKEN, NO_WAIT, NOW) == replace(HELD, version=5)


def test_410_ends_it() -> None:
    assert take_outcome(CHANGED, 5, SendOutcome.GONE, NO_WAIT, NOW) is None


def test_who_fails_is_tried_again_for_hours_and_stays_subscribed() -> None:
    subscription, now, waits = CHANGED, NOW, []
    while subscription.due_at is not None:
        now = max(now, subscription.due_at)
        after = take_outcome(subscription, 5, SendOutcome.LATER, NO_WAIT, now)
        assert after is not None
        if after.due_at is not None:
            waits.append(after.due_at - now)
        subscription = after
    assert subscription == replace(HELD, version=5, dropped=1)
    assert FIRST_WAIT <= waits[0] < 2 * FIRST_WAIT
    assert max(waits) <= LONGEST_WAIT * 1.1
    assert GIVE_UP_AFTER - LONGEST_WAIT * 1.2 < now - NOW <= GIVE_UP_AFTER
    assert 8 < len(waits) < 20


def test_a_subscriber_may_ask_for_a_longer_wait_but_not_for_ever() -> None:
    later = take_outcome(CHANGED, 5, SendOutcome.LATER, timedelta(hours=2), NOW)
    assert later is not None
    assert later.due_at == NOW + timedelta(hours=2)
    never = take_outcome(CHANGED, 5, SendOutcome.LATER, timedelta(days=1), NOW)
    assert never == replace(HELD, version=5, dropped=1)
