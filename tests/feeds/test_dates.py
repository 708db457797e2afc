from __future__ import annotations

import locale
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.feeds.dates import format_rfc2822, format_rfc3339, move_to_zone, trim_moment
from tests.feeds.builders import TOKYO

zones = st.sampled_from(
    [TOKYO, UTC, ZoneInfo("America/St_Johns"), ZoneInfo("Africa/Monrovia"), timezone(timedelta(hours=-3))]
)
moments = st.datetimes(timezones=zones)


def test_a_date_has_the_offset_of_its_zone() -> None:
    moment = datetime(2026, 1, 8, tzinfo=TOKYO)
    assert format_rfc3339(moment) == "2026-01-08T00:00:00+09:00"
    assert format_rfc2822(moment) == "Thu, 08 Jan 2026 00:00:00 +0900"


def test_utc_is_written_with_a_number_as_well() -> None:
    moment = datetime(2026, 1, 8, tzinfo=UTC)
    assert format_rfc3339(moment) == "2026-01-08T00:00:00+00:00"
    assert format_rfc2822(moment) == "Thu, 08 Jan 2026 00:00:00 +0000"


def test_moving_keeps_the_instant_and_changes_the_clock() -> None:
    moved = move_to_zone(datetime(2026, 1, 7, 15, tzinfo=UTC), TOKYO)
    assert moved.isoformat() == "2026-01-08T00:00:00+09:00"


def test_an_offset_with_seconds_is_rounded_because_neither_format_can_write_it() -> None:
    monrovia_in_1970 = datetime(1970, 1, 1, tzinfo=ZoneInfo("Africa/Monrovia"))
    assert format_rfc3339(monrovia_in_1970) == "1970-01-01T00:00:30-00:44"


@pytest.mark.parametrize("zone", [TOKYO, UTC, ZoneInfo("America/New_York")])
def test_the_first_day_of_the_year_1_can_be_written(zone: ZoneInfo) -> None:
    moment = move_to_zone(datetime(1, 1, 1, tzinfo=UTC), zone)
    assert format_rfc3339(moment).startswith("0001-01-01T")
    assert " 0001 " in format_rfc2822(moment)
    assert format_rfc3339(datetime(1, 1, 1, tzinfo=TOKYO)).startswith("0001-01-01T")


@given(st.datetimes(datetime(1, 1, 1), datetime(9998, 1, 1), timezones=zones))  # noqa: DTZ001 - hypothesis adds the zone
def test_any_date_can_be_read_back_to_the_second(moment: datetime) -> None:
    # Timestamps: two datetimes of different zones are never equal within a repeated hour.
    assert datetime.fromisoformat(format_rfc3339(moment)).timestamp() == trim_moment(moment).timestamp()
    assert trim_moment(moment).timestamp() == moment.replace(microsecond=0).timestamp()


@given(moments)
def test_a_date_of_mail_is_what_the_standard_library_writes(moment: datetime) -> None:
    assert format_rfc2822(moment) == format_datetime(trim_moment(moment))


@given(moments, zones)
def test_moving_never_fails_and_never_changes_the_instant(moment: datetime, zone: ZoneInfo) -> None:
    assert move_to_zone(moment, zone).timestamp() == moment.timestamp()


def test_a_date_is_english_whatever_the_locale_and_leaves_it_alone() -> None:
    before = locale.setlocale(locale.LC_ALL)
    assert format_rfc2822(datetime(2026, 2, 1, tzinfo=TOKYO)).startswith("Sun, 01 Feb")
    assert locale.setlocale(locale.LC_ALL) == before
