"""When a deferred message is due again. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from publisher.model import Outcome, Receipt
from publisher.timing import back_off

# Greylisting lets go after one to ten minutes (RFC 6647 2.2).
FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=4)
# RFC 5321 4.5.4.1 advises four to five days; a newsletter is old news by then.
GIVE_UP_AFTER = timedelta(days=3)


def next_attempt(receipt: Receipt, attempts: int, first_attempt: datetime, now: datetime, key: str) -> datetime | None:
    """When to try again (UTC), or None: this Receipt is final, or it would be more than three days after the first.

    `attempts` are those made so far, the one with this Receipt included. The same arguments give the same answer.
    """
    if receipt.outcome is not Outcome.DEFERRED:
        return None
    # Sums in UTC: on the wall clock of a zone, five minutes later can be an hour ago.
    due = now.astimezone(UTC) + back_off(attempts, FIRST_WAIT, LONGEST_WAIT, key)
    return due if due <= first_attempt.astimezone(UTC) + GIVE_UP_AFTER else None
