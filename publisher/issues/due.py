"""When the next issue of a newsletter is due. Pure."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from publisher.config import Newsletter
from publisher.storage.newsletters import NewsletterState
from publisher.timing import Occurrence, latest_occurrence, next_occurrence


def due_occurrence(
    newsletter: Newsletter, zone: ZoneInfo, state: NewsletterState, last_spent: datetime | None, now: datetime
) -> Occurrence | None:
    """The newest scheduled minute that has passed and is not spent. The first ever is the first after the history."""
    if newsletter.cron is None:
        return None
    return latest_occurrence(newsletter.cron, zone, now, _reference(state, last_spent, now))


def next_due(
    newsletter: Newsletter, zone: ZoneInfo, state: NewsletterState | None, last_spent: datetime | None, now: datetime
) -> datetime | None:
    """When the schedule fires next, which is now when an occurrence was missed; None without a schedule."""
    if newsletter.cron is None:
        return None
    if state is not None:
        missed = due_occurrence(newsletter, zone, state, last_spent, now)
        if missed is not None:
            return missed.at
    return next_occurrence(newsletter.cron, zone, now).at


def _reference(state: NewsletterState, last_spent: datetime | None, now: datetime) -> datetime:
    moments = [state.history_closed_at, state.schedule_since, last_spent]
    # A moment in the future comes from a clock that had jumped; nothing is due before now all the same.
    return max(min(moment, now) for moment in moments if moment is not None)
