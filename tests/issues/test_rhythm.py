"""When a reader's own mail is due, on days on which clocks change too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.config.values import Quiet
from publisher.issues.rhythm import Wall, next_hour, next_time, out_of_quiet
from publisher.model.preferences import Rhythm

ZONES = [ZoneInfo(name) for name in ("Asia/Tokyo", "Europe/Berlin", "Africa/Cairo", "America/New_York", "Asia/Kolkata")]
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are of wall clocks
WALLS = st.builds(Wall, st.sampled_from(ZONES), st.integers(0, 23), st.sampled_from(["mon", "thu", "sun"]))
PERIODS = st.sampled_from([Rhythm.DAILY, Rhythm.WEEKLY, Rhythm.MONTHLY])
LONGEST = {Rhythm.DAILY: timedelta(hours=25), Rhythm.WEEKLY: timedelta(days=7, hours=1), Rhythm.MONTHLY: timedelta(32)}
NIGHT = Quiet("22:00", "07:00")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc] # year, month, day, hour, minute


@given(PERIODS, WALLS, MOMENTS)
def test_it_is_always_later_never_too_late_and_at_the_readers_hour(rhythm: Rhythm, wall: Wall, after: datetime) -> None:
    found = next_time(rhythm, wall, after)
    assert found is not None
    assert timedelta(0) < found - after <= LONGEST[rhythm]
    shown = found.astimezone(wall.zone)
    is_jump = shown.utcoffset() != (shown - timedelta(hours=3)).astimezone(wall.zone).utcoffset() or (
        (found - timedelta(minutes=1)).astimezone(wall.zone).utcoffset() != shown.utcoffset()
    )
    assert (shown.hour, shown.minute) == (wall.hour, 0) or is_jump
    if rhythm is Rhythm.WEEKLY and not is_jump:
        assert shown.strftime("%a").lower() == wall.weekday
    if rhythm is Rhythm.MONTHLY and not is_jump:
        assert shown.day == 1


@given(WALLS, MOMENTS)
def test_a_daily_reader_gets_one_on_each_date(wall: Wall, after: datetime) -> None:
    dates = []
    for _ in range(5):
        found = next_time(Rhythm.DAILY, wall, after)
        assert found is not None
        dates.append(found.astimezone(wall.zone).date())
        after = found
    assert dates == [dates[0] + timedelta(days=number) for number in range(5)]


@pytest.mark.parametrize(
    ("zone", "hour", "after", "due"),
    [
        ("Europe/Berlin", 2, utc(2027, 3, 27, 12), utc(2027, 3, 28, 1)),  # there is no 02:00: it is 03:00 at once
        ("Europe/Berlin", 2, utc(2026, 10, 24, 12), utc(2026, 10, 25, 0)),  # the first 02:00 of two
        ("Europe/Berlin", 2, utc(2026, 10, 25, 0), utc(2026, 10, 26, 1)),  # and not the second
        ("Africa/Cairo", 0, utc(2027, 4, 29, 12), utc(2027, 4, 29, 22)),  # a day that begins at 01:00
    ],
)
def test_on_days_on_which_clocks_change(zone: str, hour: int, after: datetime, due: datetime) -> None:
    assert next_time(Rhythm.DAILY, Wall(ZoneInfo(zone), hour), after) == due


def test_each_has_no_time_of_its_own() -> None:
    assert next_time(Rhythm.EACH, Wall(ZONES[0], 8), utc(2026, 11, 19, 3)) is None


@given(WALLS, MOMENTS, st.sampled_from([NIGHT, Quiet("12:00", "13:30"), Quiet("00:00", "23:59")]))
def test_what_is_put_off_comes_with_the_end_of_the_quiet_hours(wall: Wall, moment: datetime, quiet: Quiet) -> None:
    wall = Wall(wall.zone, wall.hour, wall.weekday, quiet)
    found = out_of_quiet(moment, wall)
    assert timedelta(0) <= found - moment <= timedelta(hours=25)
    assert out_of_quiet(found, wall) == found
    if found != moment:
        assert out_of_quiet(found - timedelta(seconds=1), wall) == found


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        (utc(2026, 11, 19, 12, 59), utc(2026, 11, 19, 12, 59)),  # 21:59 in Tokyo
        (utc(2026, 11, 19, 13, 0), utc(2026, 11, 19, 22, 0)),
        (utc(2026, 11, 19, 21, 59), utc(2026, 11, 19, 22, 0)),
        (utc(2026, 11, 19, 22, 0), utc(2026, 11, 19, 22, 0)),
    ],
)
def test_the_night_begins_and_ends_on_the_minute(moment: datetime, due: datetime) -> None:
    assert out_of_quiet(moment, Wall(ZONES[0], 8, quiet=NIGHT)) == due


def test_an_hour_in_the_night_is_the_morning() -> None:
    wall = Wall(ZONES[0], 5, quiet=NIGHT)
    assert next_time(Rhythm.DAILY, wall, utc(2026, 11, 19, 3)) == utc(2026, 11, 19, 22)


@given(WALLS, MOMENTS)
def test_the_next_time_a_wall_shows_an_hour_is_within_a_day(wall: Wall, now: datetime) -> None:
    found = next_hour(wall, now)
    assert timedelta(0) <= found - now <= timedelta(hours=25)
    if now.astimezone(wall.zone).hour == wall.hour and now.astimezone(wall.zone).fold == 0:
        assert found == now
