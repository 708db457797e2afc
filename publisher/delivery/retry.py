"""What becomes of a message after an answer: when it is due again, or how it has ended. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from publisher.delivery.refusals import classify
from publisher.model.delivery import DeliveryState, FailureClass
from publisher.model.message import Outcome, Receipt
from publisher.timing import back_off

# Greylisting lets go after one to ten minutes (RFC 6647 2.2).
FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=4)
# RFC 5321 4.5.4.1 advises four to five days; a newsletter is old news by then.
GIVE_UP_AFTER = timedelta(days=3)
# A "never" that is about us and not about the reader: mended by then, or not at all.
_MOST_POLICY_TRIES = 3

# First and longest wait, where they are others than those above.
_WAITS = {
    FailureClass.MAILBOX: (timedelta(hours=1), LONGEST_WAIT),
    FailureClass.GREYLIST: (FIRST_WAIT, timedelta(minutes=30)),
    FailureClass.POLICY: (timedelta(minutes=30), LONGEST_WAIT),
}


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """`expires`: no try is later than this after the first."""

    expires: timedelta = GIVE_UP_AFTER


STANDARD = RetryPolicy()


@dataclass(frozen=True, slots=True)
class Verdict:
    """How it goes on. `due_at` (UTC) only with DEFERRED; `reason` of everything but ACCEPTED."""

    state: DeliveryState
    due_at: datetime | None = None
    reason: FailureClass | None = None


def decide(
    receipt: Receipt, attempts: int, first_at: datetime, now: datetime, policy: RetryPolicy, key: str
) -> Verdict:
    """The state after `receipt`. `attempts` are those made so far, the one with this Receipt included.

    What was deferred comes back, slower each time, until it expires. A refusal for good that is about the sender
    (x.7.x) is no word about the reader: it is tried again, three times in all and hours apart. The same arguments give
    the same answer; `key` spreads what was deferred together.
    """
    state = DeliveryState(receipt.outcome.value)
    if receipt.outcome is Outcome.ACCEPTED:
        return Verdict(state)
    reason = classify(receipt)
    if receipt.outcome is Outcome.UNCERTAIN:
        return Verdict(state, reason=reason)
    if receipt.outcome is Outcome.FAILED:
        if reason is not FailureClass.POLICY or attempts >= _MOST_POLICY_TRIES:
            return Verdict(state, reason=reason)
        first, longest = LONGEST_WAIT, LONGEST_WAIT
    else:
        first, longest = _WAITS.get(reason, (FIRST_WAIT, LONGEST_WAIT))
    # Sums in UTC: on the wall clock of a zone, five minutes later can be an hour ago.
    due = now.astimezone(UTC) + back_off(attempts, first, longest, key)
    if due > first_at.astimezone(UTC) + policy.expires:
        return Verdict(DeliveryState.FAILED, reason=reason)
    return Verdict(DeliveryState.DEFERRED, due, reason)
