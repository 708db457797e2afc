"""Dates as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.sources.dates import parse_date

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-08", "2026-01-08T00:00:00+09:00"),
        ("2026/1/8", "2026-01-08T00:00:00+09:00"),
        ("2026-01-08 9:05", "2026-01-08T09:05:00+09:00"),
        ("2026-01-08T09:05:07", "2026-01-08T09:05:07+09:00"),
        ("2026-01-07T23:00:00.000Z", "2026-01-08T08:00:00+09:00"),
        ("2026-01-08T09:00:00+0900", "2026-01-08T09:00:00+09:00"),
        ("2026-01-07T20:00:00-04:00", "2026-01-08T09:00:00+09:00"),
        ("2026-01-07 20:00 -4", "2026-01-08T09:00:00+09:00"),
        ("2026-01-08T09:00:00.123456789+09:00", "2026-01-08T09:00:00.123456+09:00"),
        ("2026-01-08 09:00 JST", "2026-01-08T09:00:00+09:00"),
        ("20260108", "2026-01-08T00:00:00+09:00"),
        ("1767830400", "2026-01-08T09:00:00+09:00"),
        ("1767830400123", "2026-01-08T09:00:00.123000+09:00"),
        ("２０２６／０１／０８", "2026-01-08T00:00:00+09:00"),
        ("January 8, 2026", "2026-01-08T00:00:00+09:00"),
        ("Jan 8th 2026, 9:05 pm", "2026-01-08T21:05:00+09:00"),
        ("8 January 2026 12:05 AM", "2026-01-08T00:05:00+09:00"),
        ("Thu, 08 Jan 2026 00:00:00 GMT", "2026-01-08T09:00:00+09:00"),
        ("Thu Jan 08 2026 00:00:00 GMT+0000 (Coordinated Universal Time)", "2026-01-08T09:00:00+09:00"),
        ("2026年1月8日", "2026-01-08T00:00:00+09:00"),
        ("2026年01月08日 星期四 13:41:35", "2026-01-08T13:41:35+09:00"),
        ("2026年1月8日（木） 13時5分", "2026-01-08T13:05:00+09:00"),
        ("令和8年1月8日", "2026-01-08T00:00:00+09:00"),
        ("令和元年5月1日", "2019-05-01T00:00:00+09:00"),
        ("平成3年4月14日", "1991-04-14T00:00:00+09:00"),
    ],
)
def test_a_moment_comes_out_in_the_zone_of_the_site(text: str, expected: str) -> None:
    assert parse_date(text, TOKYO).isoformat() == expected


@pytest.mark.parametrize(
    "text",
    ["TBD", "", "2026", "08.01.2026", "03/04/2026", "2026-01-08T", "git Last Modified", "17678304000", "9" * 5000],
)
def test_what_is_no_date_says_what_is_expected(text: str) -> None:
    with pytest.raises(ValueError, match='is not a date; write "2026-01-08"'):
        parse_date(text, TOKYO)


@pytest.mark.parametrize(
    "text",
    [
        "2017-02-29",
        "0000-00-00",
        "2026-13-01",
        "2026-01-08 25:00",
        "2026-01-08 10:00+99",
        "2026-01-08 00:10:99",
        "Feb 30, 2026",
        "Jan 8 2026 13:00 pm",
        "2026年13月1日",
        "20261301",
    ],
)
def test_what_never_was_is_said_to_be_impossible(text: str) -> None:
    with pytest.raises(ValueError, match="is a date that does not exist"):
        parse_date(text, TOKYO)


@settings(deadline=None, max_examples=100)
@given(
    st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2200, 1, 1)),  # noqa: DTZ001 - hypothesis wants naive bounds
    st.integers(-12 * 60, 14 * 60),
)
def test_iso_dates_with_any_offset_keep_their_instant(naive: datetime, minutes: int) -> None:
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_date(moment.isoformat(), TOKYO).astimezone(UTC) == moment


@settings(deadline=None)
@given(
    day=st.dates().map(str) | st.from_regex(r"\A[0-9]{4}-[0-9W]{2}-[0-9]{2}\Z"),
    zone=st.sampled_from(["Asia/Tokyo", "UTC", "America/Sao_Paulo", "Asia/Beirut", "Africa/Monrovia"]).map(ZoneInfo),
)
def test_a_bare_day_is_read_as_one_with_other_signs_between(day: str, zone: ZoneInfo) -> None:
    def read(text: str) -> str:
        try:
            moment = parse_date(text, zone)
        except ValueError as error:
            return str(error).replace("/", "-")
        return f"{moment!r} {moment.isoformat()}"

    assert read(day) == read(day.replace("-", "/"))
