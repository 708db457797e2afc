"""A subscription from the first request to its end. Pure.

    (asked) -> verified -> active --changed--> waiting --sent--> active
                              \\-> ended: unsubscribed, lease over, 410, or no such feed any more

What is asked waits beside the subscription until the subscriber has confirmed it, so that nobody else can change or end
one. Of several changes while one is waiting, the newest feed goes out once.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from publisher.hub.distribution import SendOutcome
from publisher.hub.requests import SubscriptionRequest
from publisher.hub.verification import Verdict
from publisher.model.hub import HubMode, HubQuestion, HubSubscription
from publisher.timing import back_off

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
# The next change is sent in any case.
GIVE_UP_AFTER = timedelta(hours=6)
MOST_VERIFICATIONS = 3
VERIFICATION_WAIT = timedelta(minutes=1)
# Between two questions to one host, that nobody may use us to flood it.
PACE = timedelta(seconds=1)


def note_request(request: SubscriptionRequest, due_at: datetime) -> HubQuestion:
    return HubQuestion(
        request.mode, request.topic, request.callback, request.host, request.secret, request.lease, due_at
    )


def take_verdict(
    asked: HubQuestion, current: HubSubscription | None, verdict: Verdict, now: datetime
) -> tuple[HubQuestion | None, HubSubscription | None]:
    """What remains of the request, and the subscription as it is now."""
    if verdict is Verdict.UNREACHABLE and asked.attempts + 1 < MOST_VERIFICATIONS:
        wait = back_off(asked.attempts + 1, VERIFICATION_WAIT, LONGEST_WAIT, asked.callback)
        return replace(asked, attempts=asked.attempts + 1, due_at=now + wait), current
    if verdict is not Verdict.CONFIRMED:
        return None, current
    if asked.mode is not HubMode.SUBSCRIBE:
        return None, None
    until = now + asked.lease
    if current is None:
        return None, HubSubscription(asked.topic, asked.callback, asked.host, asked.secret, until)
    return None, replace(current, secret=asked.secret, lease_until=until)


def take_outcome(
    subscription: HubSubscription, version: int, outcome: SendOutcome, asked_wait: timedelta, now: datetime
) -> HubSubscription | None:
    """After an attempt to send `version`; None: it is over. `asked_wait` is what the subscriber asked for."""
    if outcome is SendOutcome.GONE:
        return None
    if subscription.version != version or subscription.due_at is None:
        return subscription  # a newer one waits already
    sent = replace(subscription, due_at=None, since=None, attempts=0)
    if outcome is SendOutcome.TAKEN:
        return sent
    attempts = subscription.attempts + 1
    due = now + max(back_off(attempts, FIRST_WAIT, LONGEST_WAIT, subscription.callback), asked_wait)
    if due > (subscription.since or now) + GIVE_UP_AFTER:
        return replace(sent, dropped=subscription.dropped + 1)
    return replace(subscription, attempts=attempts, due_at=due)
