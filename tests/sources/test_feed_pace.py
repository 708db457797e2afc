"""When a feed may be asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.sources.feed.pace import (
    LONGEST_PAUSE,
    LONGEST_RETRY,
    is_due,
    pause_after_answer,
    pause_after_failure,
)

NOW = datetime(2026, 11, 19, 3, 0, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)


@pytest.mark.parametrize(
    ("headers", "wanted", "minutes"),
    [
        ({}, None, 30),
        ({"cache-control": "max-age=60"}, None, 30),
        ({"cache-control": "public, Max-Age=3600"}, None, 60),
        ({"cache-control": 'max-age="3600"'}, None, 60),
        ({"cache-control": "s-maxage=3600"}, None, 30),
        ({"cache-control": "no-cache, max-age=3600"}, None, 30),
        ({"cache-control": "max-age=999999999"}, None, 24 * 60),
        ({"cache-control": "max-age=soon"}, None, 30),
        ({"expires": "Thu, 19 Nov 2026 04:00:00 GMT"}, None, 60),
        ({"expires": "Thu, 19 Nov 2026 04:00:00 GMT", "date": "Thu, 19 Nov 2026 02:00:00 GMT"}, None, 120),
        ({"expires": "Thu, 19 Nov 2026 09:00:00 GMT", "cache-control": "max-age=3600"}, None, 60),
        ({"expires": "Thu, 19 Nov 2020 04:00:00 GMT"}, None, 30),
        ({"expires": "0"}, None, 30),
        ({}, timedelta(hours=2), 120),
        ({}, timedelta(days=30), 24 * 60),
        ({"cache-control": "max-age=3600"}, timedelta(hours=2), 120),
    ],
)
def test_the_longest_of_what_is_asked_counts(headers: dict[str, str], wanted: timedelta | None, minutes: int) -> None:
    assert pause_after_answer(headers, wanted, HALF_HOUR, NOW) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("retry", "failures", "pause"),
    [
        ("", 1, HALF_HOUR),
        ("", 3, timedelta(hours=2)),
        ("", 99, timedelta(days=1)),
        ("60", 1, HALF_HOUR),
        ("7200", 1, timedelta(hours=2)),
        ("Thu, 19 Nov 2026 06:00:00 GMT", 1, timedelta(hours=3)),
        ("Thu, 19 Nov 2026 06:00:00", 1, timedelta(hours=3)),
        ("172800", 1, timedelta(days=2)),
        ("999999999", 1, timedelta(days=7)),
        ("Thu, 99 Nov", 1, HALF_HOUR),
        ("-5", 1, HALF_HOUR),
    ],
)
def test_failures_double_the_pause_and_retry_after_is_obeyed(retry: str, failures: int, pause: timedelta) -> None:
    assert pause_after_failure({"retry-after": retry}, failures, HALF_HOUR, NOW) == pause


def test_an_interval_of_weeks_is_kept() -> None:
    weeks = timedelta(weeks=3)
    assert pause_after_answer({}, None, weeks, NOW) == weeks
    assert pause_after_failure({}, 5, weeks, NOW) == weeks
    assert not is_due(NOW + weeks, weeks, NOW)


@given(
    st.dictionaries(st.sampled_from(["cache-control", "expires", "date", "retry-after"]), st.text(max_size=40)),
    st.integers(min_value=1, max_value=10_000),
    st.timedeltas(min_value=timedelta(minutes=1), max_value=timedelta(days=36_500)),
)
def test_a_pause_is_never_shorter_than_the_interval_nor_endless(
    headers: dict[str, str], failures: int, interval: timedelta
) -> None:
    for pause in (
        pause_after_answer(headers, None, interval, NOW),
        pause_after_failure(headers, failures, interval, NOW),
    ):
        assert interval <= pause <= max(interval, LONGEST_RETRY)
    assert pause_after_answer(headers, None, interval, NOW) <= max(interval, LONGEST_PAUSE)


def test_a_moment_set_by_a_clock_that_had_jumped_is_due() -> None:
    assert is_due(None, HALF_HOUR, NOW)
    assert is_due(NOW, HALF_HOUR, NOW)
    assert not is_due(NOW + timedelta(seconds=1), HALF_HOUR, NOW)
    assert is_due(NOW + timedelta(days=365), HALF_HOUR, NOW)
