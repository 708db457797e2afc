"""Wall clocks: durations, moments and how mail writes them, cron lines, and when to try again. Pure.

A cron line is read on the wall clock of its time zone, not on the time line: each wall-clock minute is one occurrence
with one key, so that a repeated hour counts once (at its first instant) and a skipped one still happens (at the instant
the clock jumps over it). Read so, a later minute never has an earlier instant, and searching may stop early.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

_DURATION = re.compile(r"(\d{1,6})\s*([mhdw])")
_WINDOW = re.compile(r"(\d{1,2}:\d\d)\s*-\s*(\d{1,2}:\d\d)")
_UNIT = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LONGEST_DURATION = timedelta(days=36_500)  # far beyond any archive, and no date runs out of years
_LONGEST_REPEAT = timedelta(hours=3)  # Antarctica/Casey went back by three hours; everybody else by less
_SECONDS = re.compile(r"\d{1,9}")
# So that what failed together does not come back together.
_JITTER = 0.1
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TWO_DIGITS = [f"{number:02}" for number in range(60)]
_WALL_FORMAT = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One firing of a cron line: `key` is its wall-clock minute, `at` the instant (UTC)."""

    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DailyWindow:
    """Part of every day on a wall clock, `start` in it and `end` not; over midnight when `end` is earlier."""

    start: time
    end: time

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


def parse_duration(text: str) -> timedelta:
    """`7d`, `12h`, `30m`, `2w`.

    Raises ValueError.
    """
    match = _DURATION.fullmatch(text.strip().lower())
    if not match:
        raise ValueError(f"{text!r} is not a duration; write a number and m, h, d or w, for example 7d")
    duration = timedelta(**{_UNIT[match[2]]: int(match[1])})
    if duration > _LONGEST_DURATION:
        raise ValueError(f"{text!r} is longer than a hundred years")
    return duration


def parse_moment(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """A duration before `now`, a date (00:00 in `zone`), or a date and time.

    Raises ValueError.
    """
    text = text.strip()
    if _DURATION.fullmatch(text.lower()):
        return now - parse_duration(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is neither a duration (7d) nor a date (2026-01-31)") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def end_of_day(text: str, moment: datetime) -> datetime:
    """For `--until`: a bare date means the whole of that day."""
    try:
        date.fromisoformat(text.strip())
    except ValueError:
        return moment
    # fold=1: where midnight is put off by an hour, the day ends with the second 23:59.
    return datetime.combine(moment.date(), time.max.replace(fold=1), moment.tzinfo)


def back_off(attempts: int, first: timedelta, longest: timedelta, key: str) -> timedelta:
    """How long to wait after so many attempts: doubled with each, a tenth more or less as `key` decides, never below
    `first`. The same arguments give the same answer."""
    doublings = min(max(attempts, 1) - 1, 16)  # far beyond the longest wait
    wait = min(first * (1 << doublings), longest)
    return max(wait * (1 + _JITTER * _spread(f"{key}/{attempts}")), first)


def format_mail_date(moment: datetime) -> str:
    """`Thu, 08 Jan 2026 08:00:00 +0900`: English names whatever the locale, with the offset of `moment`.

    For mail (RFC 5322 3.3), RSS and OPML. `email.utils.format_datetime` gives the same, in as much time as the rest of
    a splice, and brings half of `email` along.
    Raises ValueError for a naive datetime, whose `-0000` would say that nobody knows the time zone.
    """
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError(f"{moment!r} has no time zone")
    clock = f"{_TWO_DIGITS[moment.hour]}:{_TWO_DIGITS[moment.minute]}:{_TWO_DIGITS[moment.second]}"
    return f"{_write_day(moment.toordinal())} {clock} {_write_offset(offset)}"


@lru_cache(maxsize=16)
def _write_day(ordinal: int) -> str:
    day = date.fromordinal(ordinal)
    return f"{_DAYS[day.weekday()]}, {day.day:02} {_MONTHS[day.month - 1]} {day.year:04}"


@lru_cache(maxsize=16)
def _write_offset(offset: timedelta) -> str:
    minutes = int(abs(offset).total_seconds()) // 60
    return f"{'-' if offset < timedelta() else '+'}{minutes // 60:02}{minutes % 60:02}"


def read_http_date(text: str | None) -> datetime | None:
    """A date of HTTP (RFC 9110 5.6.7), in UTC where it names no zone; None for anything else."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - it takes longer to load than this module

    try:
        moment = parsedate_to_datetime(text) if text else None
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def read_retry_after(text: str, now: datetime) -> timedelta:
    """RFC 9110 10.2.3: seconds, or a date; nothing for what is neither."""
    if _SECONDS.fullmatch(text.strip()):
        return timedelta(seconds=int(text))
    moment = read_http_date(text)
    return moment - now if moment is not None else timedelta(0)


def parse_window(text: str) -> DailyWindow:
    """`07:00-22:00`.

    Raises ValueError.
    """
    match = _WINDOW.fullmatch(text.strip())
    try:
        window = DailyWindow(*(time.fromisoformat(part.zfill(5)) for part in match.groups())) if match else None
    except ValueError:
        window = None
    if window is None:
        raise ValueError(f"{text!r} is not a part of the day; write one such as 07:00-22:00")
    if window.start == window.end:
        raise ValueError(f"{text!r} begins when it ends; leave it out for the whole day")
    return window


def next_opening(window: DailyWindow, zone: ZoneInfo, now: datetime) -> datetime | None:
    """The instant (UTC) when `window` opens next, or None while it is open."""
    wall = _wall(now, zone)
    start, end, clock = window.start, window.end, wall.time()
    is_open = start <= clock < end if start < end else clock >= start or clock < end
    if is_open:
        return None
    day = wall.date() if clock < start else wall.date() + timedelta(days=1)
    # A start that the clock skips is when it jumps; one that it shows twice may be behind us the first time.
    first = _instant(datetime.combine(day, start), zone)
    return first if first > now else datetime.combine(day, start, zone).replace(fold=1).astimezone(UTC)


def check_cron(line: str) -> None:
    """Raises ValueError unless `line` is five cron fields (Sunday is 0 or 7; names are allowed)."""
    if len(line.split()) != 5:
        raise ValueError(f'{line!r} is not a cron line of five fields; for example "0 8 * * mon", or on-publish')
    try:
        next(CronSim(line, datetime(2026, 1, 1)))  # noqa: DTZ001 - a wall clock has no zone
    except CronSimError as error:
        raise ValueError(f"{line!r} is not a cron line: {error}") from None
    except AssertionError:  # cronsim 2.8: a step behind L or #
        raise ValueError(f"{line!r} is not a cron line: / cannot follow L or #") from None
    except StopIteration:
        raise ValueError(f"{line!r} never happens") from None


def next_occurrence(line: str, zone: ZoneInfo, after: datetime) -> Occurrence:
    """The first occurrence whose instant lies after `after`."""
    for candidate in CronSim(line, _wall(after, zone)):
        found = _occurrence(candidate, zone)
        if found.at > after:
            return found
    raise ValueError(f"{line!r} never happens")  # pragma: no cover - check_cron refuses such a line


def latest_occurrence(line: str, zone: ZoneInfo, now: datetime, since: datetime) -> Occurrence | None:
    """The newest occurrence in (since, now], or None. Older ones are not made up for: asleep for a week, one digest."""
    for found in _backwards(line, zone, now):
        if found.at <= since:
            return None
        if found.at <= now:
            return found
    return None


def _spread(text: str) -> float:
    """An even number in [-1, 1) that only `text` decides."""
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:6]) / 2**47 - 1


def _backwards(line: str, zone: ZoneInfo, now: datetime) -> Iterator[Occurrence]:
    start = _wall(now, zone) + timedelta(minutes=1)
    if now.astimezone(zone).fold:  # the clock has shown later minutes than this one already
        start += _LONGEST_REPEAT
    for candidate in CronSim(line, start, reverse=True):
        yield _occurrence(candidate, zone)


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _occurrence(wall: datetime, zone: ZoneInfo) -> Occurrence:
    return Occurrence(key=wall.strftime(_WALL_FORMAT), at=_instant(wall, zone))


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    # fold=0: the first of a repeated minute. Of a skipped one, the offset before the jump makes an instant behind it.
    after = wall.replace(tzinfo=zone).astimezone(UTC)
    if _wall(after, zone) == wall:
        return after
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    seconds = range((after - before) // timedelta(seconds=1))
    jump = bisect_left(seconds, True, key=lambda second: _wall(before + timedelta(seconds=second), zone) > wall)  # noqa: FBT003 - bisect's signature
    return before + timedelta(seconds=jump)
