"""Wall clocks: both days on which they are changed, and every way to write a moment."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.timing import (
    Occurrence,
    check_cron,
    end_of_day,
    latest_occurrence,
    next_occurrence,
    next_opening,
    parse_duration,
    parse_moment,
    parse_window,
)

TOKYO = ZoneInfo("Asia/Tokyo")
BERLIN = ZoneInfo("Europe/Berlin")
CAIRO = ZoneInfo("Africa/Cairo")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # moves by half an hour
NOW = datetime(2026, 11, 19, 12, 30, tzinfo=TOKYO)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def fire(line: str, zone: ZoneInfo, start: str, end: str) -> list[tuple[str, str]]:
    """(key, instant) of every occurrence between two instants (UTC), as a scheduler with a table meets them."""
    found: list[Occurrence] = []
    moment = utc(start)
    while (one := next_occurrence(line, zone, moment)).at <= utc(end):
        found.append(one)
        moment = one.at
    return [(one.key, f"{one.at:%Y-%m-%dT%H:%M}") for one in found]


# ---------------------------------------------------------------------------------------------------- durations


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7d", timedelta(days=7)),
        ("12h", timedelta(hours=12)),
        (" 30 M ", timedelta(minutes=30)),
        ("2w", timedelta(weeks=2)),
        ("0d", timedelta(0)),
        ("36500d", timedelta(days=36_500)),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize("text", ["", "7", "d", "7y", "-7d", "7.5d", "7d3h", "1_0d", "七d", "1234567d"])
def test_what_is_no_duration_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="for example 7d"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["36501d", "999999w"])
def test_a_duration_beyond_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="longer than a hundred years"):
        parse_duration(text)


# ---------------------------------------------------------------------------------------------------- moments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7d", "2026-11-12T12:30:00+09:00"),
        (" 1H ", "2026-11-19T11:30:00+09:00"),
        ("2026-01-31", "2026-01-31T00:00:00+09:00"),
        ("20260131", "2026-01-31T00:00:00+09:00"),
        ("2026-01-31T08:15", "2026-01-31T08:15:00+09:00"),
        ("2026-01-31 08:15", "2026-01-31T08:15:00+09:00"),
        ("2026-01-31T08:15Z", "2026-01-31T08:15:00+00:00"),
        ("2026-01-31T08:15-05:00", "2026-01-31T08:15:00-05:00"),
    ],
)
def test_a_moment_is_a_duration_ago_or_a_date(text: str, expected: str) -> None:
    assert parse_moment(text, NOW, TOKYO).isoformat() == expected


@pytest.mark.parametrize("text", ["", "昨日", "2026-02-30", "01/31/2026", "7 days", "2026-01-31T25:00"])
def test_what_is_no_moment_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="neither a duration"):
        parse_moment(text, NOW, TOKYO)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31", "2026-01-31T23:59:59.999999+09:00"),
        (" 2026-01-31 ", "2026-01-31T23:59:59.999999+09:00"),
        ("9999-12-31", "9999-12-31T23:59:59.999999+09:00"),
        ("2026-01-31T08:15", "2026-01-31T08:15:00+09:00"),
        ("7d", "2026-11-12T12:30:00+09:00"),
    ],
)
def test_until_a_date_means_the_whole_of_that_day(text: str, expected: str) -> None:
    assert end_of_day(text, parse_moment(text, NOW, TOKYO)).isoformat() == expected


def test_a_day_whose_last_hour_is_repeated_ends_with_the_second() -> None:
    # Egypt puts the clock back from 24:00 to 23:00 on 2026-10-29.
    end = end_of_day("2026-10-29", parse_moment("2026-10-29", NOW, CAIRO))
    assert end.astimezone(UTC) == utc("2026-10-29T21:59:59.999999")


def test_a_day_before_a_missing_midnight_ends_with_the_jump() -> None:
    end = end_of_day("2027-04-29", parse_moment("2027-04-29", NOW, CAIRO))
    assert end.astimezone(UTC) == utc("2027-04-29T21:59:59.999999")


# ---------------------------------------------------------------------------------------------------- cron lines


@pytest.mark.parametrize(
    "line",
    [
        "0 8 * * mon",
        "*/15 9-17 * * MON-FRI",
        "0 0 29 2 *",
        "0 8 1,15 jan,JUL *",
        "0 8 * * 0,7",
        "0 8 L * *",
        "0 8 * * 5#2",
    ],
)
def test_a_cron_line_has_five_fields(line: str) -> None:
    check_cron(line)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "five fields"),
        ("8 * * mon", "five fields"),
        ("0 0 8 * * mon", "five fields"),  # six: the seconds of some other program
        ("@weekly", "five fields"),
        ("60 8 * * *", "Bad minute"),
        ("0 24 * * *", "Bad hour"),
        ("0 8 0 * *", "Bad day-of-month"),
        ("0 8 30 2 *", "Bad day-of-month"),  # never happens
        ("0 8 * 13 *", "Bad month"),
        ("0 8 * * 8", "Bad day-of-week"),
        ("0 8 * * 月", "Bad day-of-week"),
        ("*/0 8 * * *", "Bad minute"),
        ("0 8 * * 1#1/2", "Bad day-of-week"),
        ("0 8 L,1#1 * *", "Bad day-of-month"),
    ],
)
def test_what_is_no_cron_line_is_explained(line: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_cron(line)


@given(st.lists(st.text("0123456789*/,-#LWmonSUNjan ", min_size=1, max_size=8), min_size=4, max_size=6).map(" ".join))
@example("0 8 * * 5L/2")
@example("0 0 1#1/2 * *")
@example("0 0 * * 1#1/2")
def test_any_line_is_accepted_or_refused_with_words(line: str) -> None:
    try:
        check_cron(line)
    except ValueError as error:
        assert str(error)  # noqa: PT017 - whether it raises is what hypothesis explores
    else:
        assert next_occurrence(line, TOKYO, NOW).at > NOW


@pytest.mark.parametrize(
    ("day", "date"), [("0", 22), ("7", 22), ("sun", 22), ("1", 23), ("Mon", 23), ("6", 21), ("fri", 20)]
)
def test_days_of_the_week_are_those_of_cron(day: str, date: int) -> None:
    assert next_occurrence(f"0 8 * * {day}", TOKYO, NOW).key == f"2026-11-{date}T08:00"


def test_a_day_of_the_month_and_a_day_of_the_week_mean_either() -> None:
    assert [key for key, _ in fire("0 8 13 * fri", TOKYO, "2026-11-01T00:00", "2026-12-15T00:00")] == [
        "2026-11-06T08:00",
        "2026-11-13T08:00",
        "2026-11-20T08:00",
        "2026-11-27T08:00",
        "2026-12-04T08:00",
        "2026-12-11T08:00",
        "2026-12-13T08:00",
    ]


def test_an_occurrence_is_a_wall_clock_minute_and_its_instant() -> None:
    assert next_occurrence("0 8 * * mon", TOKYO, NOW) == Occurrence("2026-11-23T08:00", utc("2026-11-22T23:00"))


def test_the_minute_itself_is_over_when_it_has_begun() -> None:
    at = utc("2026-11-22T23:00")
    assert next_occurrence("0 8 * * mon", TOKYO, at - timedelta(microseconds=1)).at == at
    assert next_occurrence("0 8 * * mon", TOKYO, at).key == "2026-11-30T08:00"


# ---------------------------------------------------------------------------------------------------- clock changes


def test_the_clock_change_moves_no_occurrence_on_other_hours() -> None:
    assert fire("0 8 * * *", BERLIN, "2027-03-27T00:00", "2027-03-29T12:00") == [
        ("2027-03-27T08:00", "2027-03-27T07:00"),
        ("2027-03-28T08:00", "2027-03-28T06:00"),
        ("2027-03-29T08:00", "2027-03-29T06:00"),
    ]


def test_a_skipped_minute_happens_when_the_clock_jumps_over_it() -> None:
    assert fire("30 2 * * *", BERLIN, "2027-03-27T12:00", "2027-03-29T12:00") == [
        ("2027-03-28T02:30", "2027-03-28T01:00"),
        ("2027-03-29T02:30", "2027-03-29T00:30"),
    ]


def test_a_day_without_midnight_still_has_its_midnight_issue() -> None:
    assert fire("0 0 * * *", CAIRO, "2027-04-28T12:00", "2027-05-01T12:00") == [
        ("2027-04-29T00:00", "2027-04-28T22:00"),
        ("2027-04-30T00:00", "2027-04-29T22:00"),
        ("2027-05-01T00:00", "2027-04-30T21:00"),
    ]


def test_half_an_hour_that_is_skipped_is_one_moment() -> None:
    # 02:00 becomes 02:30 on 2027-10-03, at 15:30 the day before in UTC.
    assert latest_occurrence("10 2 * * *", LORD_HOWE, utc("2027-10-02T15:29"), utc("2027-10-02T12:00")) is None
    found = latest_occurrence("10 2 * * *", LORD_HOWE, utc("2027-10-02T15:30"), utc("2027-10-02T12:00"))
    assert found == Occurrence("2027-10-03T02:10", utc("2027-10-02T15:30"))


def test_a_repeated_hour_counts_once_at_its_first() -> None:
    assert fire("30 2 * * *", BERLIN, "2026-10-24T12:00", "2026-10-26T12:00") == [
        ("2026-10-25T02:30", "2026-10-25T00:30"),
        ("2026-10-26T02:30", "2026-10-26T01:30"),
    ]


def test_every_half_hour_pauses_while_an_hour_is_repeated() -> None:
    assert [key[-5:] for key, _ in fire("*/30 * * * *", BERLIN, "2026-10-24T23:45", "2026-10-25T02:30")] == [
        "02:00",
        "02:30",
        "03:00",
        "03:30",
    ]


def test_what_was_due_in_the_first_hour_is_found_in_the_second() -> None:
    # 01:10Z is 02:10 for the second time; 02:30 was 40 minutes ago.
    found = latest_occurrence("30 2 * * *", BERLIN, utc("2026-10-25T01:10"), utc("2026-10-01T00:00"))
    assert found == Occurrence("2026-10-25T02:30", utc("2026-10-25T00:30"))


def test_the_second_of_two_repeated_hours_fires_nothing_again() -> None:
    spent = utc("2026-10-25T00:30")
    for minute in range(120):
        assert latest_occurrence("30 2 * * *", BERLIN, spent + timedelta(minutes=minute), spent) is None


# ---------------------------------------------------------------------------------------------------- what is due


def test_an_occurrence_is_due_from_its_minute_on() -> None:
    since, at = utc("2026-11-19T00:00"), utc("2026-11-22T23:00")
    assert latest_occurrence("0 8 * * mon", TOKYO, at - timedelta(seconds=1), since) is None
    for late in (timedelta(0), timedelta(microseconds=1), timedelta(seconds=59), timedelta(days=3)):
        found = latest_occurrence("0 8 * * mon", TOKYO, at + late, since)
        assert found == Occurrence("2026-11-23T08:00", at)


def test_a_machine_that_slept_for_a_week_sends_one_issue() -> None:
    since = utc("2026-11-10T00:00")
    found = latest_occurrence("0 8 * * *", TOKYO, utc("2026-11-19T03:00"), since)
    assert found is not None
    assert found.key == "2026-11-19T08:00"
    assert latest_occurrence("0 8 * * *", TOKYO, utc("2026-11-19T03:00"), found.at) is None


def test_nothing_is_due_that_lies_before_the_history_was_closed() -> None:
    closed = utc("2026-11-22T23:00")  # in the very minute
    assert latest_occurrence("0 8 * * mon", TOKYO, closed + timedelta(days=6), closed) is None


zones = st.sampled_from([TOKYO, BERLIN, CAIRO, LORD_HOWE, ZoneInfo("America/New_York"), ZoneInfo("America/St_Johns")])
lines = st.builds(
    "{} {} * * {}".format,
    st.sampled_from(["0", "30", "*/20", "7,52"]),
    st.sampled_from(["*", "0", "1", "2", "2,3", "23", "*/6"]),
    st.sampled_from(["*", "sun", "1-5", "6,7"]),
)
# Around the clock changes of all these zones, and a few quiet days.
starts = st.sampled_from(
    ["2027-03-13", "2027-03-27", "2027-04-03", "2027-04-29", "2027-10-02", "2027-10-28", "2027-10-30", "2027-11-06"]
)


@given(lines, zones, starts, st.lists(st.integers(1, 900), min_size=5, max_size=40))
def test_a_scheduler_that_ticks_and_sleeps_spends_each_occurrence_at_most_once(
    line: str, zone: ZoneInfo, start: str, sleeps: list[int]
) -> None:
    began = now = utc(f"{start}T00:00") - timedelta(hours=12)
    spent: list[Occurrence] = []
    for minutes in sleeps:
        now += timedelta(minutes=minutes)
        due = latest_occurrence(line, zone, now, spent[-1].at if spent else began)
        if due is not None:
            assert due.at <= now
            spent.append(due)
        # Whatever lies between is spent with the newest: nothing is left that could still come.
        following = next_occurrence(line, zone, spent[-1].at if spent else began)
        assert following.at > now
    assert len({one.key for one in spent}) == len(spent)
    assert [one.at for one in spent] == sorted(one.at for one in spent)


@given(lines, zones, starts)
def test_each_wall_clock_minute_has_its_instant_in_order(line: str, zone: ZoneInfo, start: str) -> None:
    found = fire(line, zone, f"{start}T00:00", (utc(f"{start}T00:00") + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M"))
    assert [at for _, at in found] == sorted({at for _, at in found})
    assert [key for key, _ in found] == sorted({key for key, _ in found})
    for key, at in found:
        shown = f"{utc(at).astimezone(zone):%Y-%m-%dT%H:%M}"
        assert shown >= key  # the same minute, or the first behind a gap
        if shown != key:
            before = utc(at) - timedelta(minutes=1)
            assert f"{before.astimezone(zone):%Y-%m-%dT%H:%M}" < key


# ---------------------------------------------------------------------------------------------------- parts of a day


@pytest.mark.parametrize(
    "text", ["", "7-22", "07:00", "07:00-24:00", "07:60-08:00", "a:bb-c:dd", "08:00-08:00", "x" * 9999]
)
def test_what_is_no_part_of_a_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"part of the day|begins when it ends"):
        parse_window(text)


@pytest.mark.parametrize(
    ("window", "now", "opens"),
    [
        ("07:00-22:00", "2026-11-19T06:59", "2026-11-19T07:00"),
        ("07:00-22:00", "2026-11-19T07:00", None),
        ("07:00-22:00", "2026-11-19T21:59", None),
        ("07:00-22:00", "2026-11-19T22:00", "2026-11-20T07:00"),
        ("7:00 - 22:00", "2026-12-31T23:59", "2027-01-01T07:00"),
        ("22:00-06:00", "2026-11-19T23:00", None),
        ("22:00-06:00", "2026-11-19T05:59", None),
        ("22:00-06:00", "2026-11-19T06:00", "2026-11-19T22:00"),
    ],
)
def test_a_part_of_the_day_opens_on_the_wall_clock(window: str, now: str, opens: str | None) -> None:
    zone = ZoneInfo("Asia/Tokyo")
    expected = datetime.fromisoformat(opens).replace(tzinfo=zone) if opens else None
    assert next_opening(parse_window(window), zone, datetime.fromisoformat(now).replace(tzinfo=zone)) == expected


def test_a_start_that_the_clock_skips_is_when_it_jumps() -> None:
    now = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # 01:30 in Berlin; 02:00 becomes 03:00
    assert next_opening(parse_window("02:30-12:00"), ZoneInfo("Europe/Berlin"), now) == datetime(
        2026, 3, 29, 1, tzinfo=UTC
    )


@given(
    start=st.times(),
    end=st.times(),
    now=st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2035, 1, 1)),  # noqa: DTZ001 - in UTC below
    name=st.sampled_from(["Asia/Tokyo", "Europe/Berlin", "Africa/Cairo", "America/New_York", "Australia/Lord_Howe"]),
)
def test_an_opening_is_ahead_within_a_day_or_so_and_is_one(start: time, end: time, now: datetime, name: str) -> None:
    if start.replace(second=0, microsecond=0) == end.replace(second=0, microsecond=0):
        return
    window = parse_window(f"{start:%H:%M}-{end:%H:%M}")
    instant, zone = now.replace(tzinfo=UTC), ZoneInfo(name)
    opens = next_opening(window, zone, instant)
    if opens is not None:
        assert instant < opens <= instant + timedelta(hours=26)
