"""When a newsletter is due."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


# ---------------------------------------------------------------------------------------------------- whole years


def simulate(newsletter: Newsletter, zone: ZoneInfo, passes: list[datetime]) -> list[tuple[str, datetime]]:
    """Key and moment of everything that comes of passes at these moments, in order."""
    state, last_spent, spent = closed(passes[0]), None, set[str]()
    found: list[tuple[str, datetime]] = []
    for now in passes:
        due = due_occurrence(newsletter, zone, state, last_spent, now)
        if due is not None and due.key not in spent:  # the table refuses a key that is in it
            spent.add(due.key)
            found.append((due.key, now))
            last_spent = max(due.at, last_spent or due.at)
    return found


@pytest.mark.parametrize(
    ("zone", "line", "day"),
    [
        ("Europe/Berlin", "30 2 * * *", date(2027, 3, 28)),  # 02:30 does not exist
        ("Europe/Berlin", "30 2 * * *", date(2026, 10, 25)),  # and is there twice
        ("Africa/Cairo", "0 0 * * *", date(2027, 4, 30)),  # midnight does not exist
        ("Africa/Cairo", "30 23 * * *", date(2026, 10, 29)),
        ("Australia/Lord_Howe", "15 2 * * *", date(2026, 10, 4)),  # half an hour
        ("America/New_York", "30 1 * * *", date(2026, 11, 1)),
    ],
)
def test_a_daily_newsletter_comes_once_on_each_day_of_the_wall_clock(zone: str, line: str, day: date) -> None:
    here = ZoneInfo(zone)
    start = datetime(day.year, day.month, day.day, 12, tzinfo=here).astimezone(UTC) - timedelta(days=4)
    passes = [start + timedelta(minutes=5 * number) for number in range(8 * 24 * 12)]
    found = simulate(Newsletter(title="日刊", schedule=line), here, passes)
    days = Counter(key[:10] for key, _ in found)
    first = date.fromisoformat(min(days))
    assert days == {str(first + timedelta(days=offset)): 1 for offset in range(8)}
    assert str(day) in days


def test_a_machine_asleep_for_a_week_makes_up_for_one_and_not_for_seven() -> None:
    daily = Newsletter(title="日刊", schedule="0 8 * * *")
    start = datetime(2026, 11, 1, tzinfo=UTC)
    found = simulate(daily, TOKYO, [start, start + timedelta(days=7), start + timedelta(days=7, minutes=1)])
    assert [key for key, _ in found] == ["2026-11-08T08:00"]


@settings(deadline=None, max_examples=50)
@given(
    gaps=st.lists(st.sampled_from([-90, -1, 1, 20, 61, 600, 1500, 11_000]), min_size=1, max_size=60),
    zone=st.sampled_from(["Asia/Tokyo", "Europe/Berlin", "Africa/Cairo", "Australia/Lord_Howe"]),
    line=st.sampled_from(["30 2 * * *", "0 0 * * *", "*/30 * * * *", "15 1 * * sun"]),
)
def test_whatever_the_clock_does_no_minute_is_spent_twice_and_none_too_early(
    gaps: list[int], zone: str, line: str
) -> None:
    passes = [datetime(2026, 10, 20, tzinfo=UTC)]
    for gap in gaps:
        passes.append(passes[-1] + timedelta(minutes=gap))
    found = simulate(Newsletter(title="いつか", schedule=line), ZoneInfo(zone), passes)
    keys = [key for key, _ in found]
    assert len(keys) == len(set(keys))
    for key, now in found:
        assert key <= now.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M") or now.astimezone(ZoneInfo(zone)).fold
    assert len(found) <= len(passes)
