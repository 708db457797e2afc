"""When a newsletter is due."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from publisher.config import Newsletter
from publisher.issues.due import due_occurrence, next_due
from publisher.storage.newsletters import NewsletterState

TOKYO = ZoneInfo("Asia/Tokyo")
WEEKLY = Newsletter(title="週刊", schedule="0 8 * * mon")


def closed(moment: datetime) -> NewsletterState:
    return NewsletterState("weekly", moment, 0)


def test_the_first_occurrence_is_the_first_after_the_history_closed() -> None:
    state = closed(datetime(2026, 11, 22, 23, 0, tzinfo=UTC))  # Monday 08:00 in Tokyo, on the minute
    assert due_occurrence(WEEKLY, TOKYO, state, None, datetime(2026, 11, 29, 22, 59, tzinfo=UTC)) is None
    due = due_occurrence(WEEKLY, TOKYO, state, None, datetime(2026, 11, 29, 23, 0, tzinfo=UTC))
    assert due is not None
    assert due.key == "2026-11-30T08:00"


def test_a_spent_occurrence_is_not_due_again() -> None:
    state = closed(datetime(2026, 11, 1, tzinfo=UTC))
    now = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    due = due_occurrence(WEEKLY, TOKYO, state, None, now)
    assert due is not None
    assert due_occurrence(WEEKLY, TOKYO, state, due.at, now) is None


def test_without_a_cron_line_nothing_is_ever_due() -> None:
    state = closed(datetime(2020, 1, 1, tzinfo=UTC))
    now = datetime(2026, 11, 23, tzinfo=UTC)
    for newsletter in (Newsletter(title="手動"), Newsletter(title="新着", schedule="on-publish")):
        assert due_occurrence(newsletter, TOKYO, state, None, now) is None
        assert next_due(newsletter, TOKYO, state, None, now) is None


def test_next_due_is_a_missed_occurrence_or_the_next_one() -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    monday = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    assert next_due(WEEKLY, TOKYO, closed(datetime(2026, 11, 1, tzinfo=UTC)), None, now) == monday
    after = datetime(2026, 11, 29, 23, 0, tzinfo=UTC)
    assert next_due(WEEKLY, TOKYO, closed(datetime(2026, 11, 1, tzinfo=UTC)), monday, now) == after
    assert next_due(WEEKLY, TOKYO, None, None, now) == after
