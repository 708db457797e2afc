"""Dates as people and their tools write them in front matter. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache

_LONGEST = 100  # characters; what JavaScript prints has 60
_ZONE = r"\s*(?P<zone>(?:GMT|UTC|Z)?[+-]\d{1,2}(?::?\d{2})?|Z|UTC|GMT|JST)?(?:\s*\([^()]*\))?"
_TIME = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?(?:\s*(?P<half>[ap]m))?"
    + _ZONE
)
_WEEKDAY = r"(?:(?:sun|mon|tue|wed|thu|fri|sat)[a-z]*\.?,?\s+)?"
_MONTH = r"(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_FORMS = (
    # 2026-01-08, 2026/1/8 9:05, 2026-01-08T09:05:07.123+09:00
    rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}})(?:[T\s]+{_TIME})?",
    # 20260108, as in file names
    r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})",
    # January 8, 2026 9:05 am; Wed Jan 08 2026 09:05:07 GMT+0900 (Japan Standard Time)
    rf"{_WEEKDAY}{_MONTH}\s+{_DAY},?\s+(?P<year>\d{{4}})(?:,?\s+(?:at\s+)?{_TIME})?",
    # Thu, 8 Jan 2026 09:05:07 +0900 (RFC 5322, section 3.3)
    rf"{_WEEKDAY}{_DAY}\s+{_MONTH},?\s+(?P<year>\d{{4}})(?:,?\s+{_TIME})?",
    # 2026年1月8日 星期四 13:41:35, 令和8年1月8日(木) 13時41分
    r"(?P<era>令和|平成|昭和)?\s*(?P<year>\d{1,4}|元)年\s*(?P<month>\d{1,2})月\s*(?P<day>\d{1,2})日"
    r"\s*(?:[（(]?(?:星期|周|週)?[日月火水木金土一二三四五六天](?:曜日?)?[）)]?)?"
    rf"(?:\s*(?:{_TIME}|(?P<hour_ja>\d{{1,2}})時(?:(?P<minute_ja>\d{{1,2}})分)?(?:(?P<second_ja>\d{{1,2}})秒)?))?",
)
_EPOCH = re.compile(r"(\d{10})(\d{3})?")  # seconds or milliseconds since 1970
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED_ZONES = {"JST": timezone(timedelta(hours=9))}


def parse_date(text: str, zone: tzinfo) -> datetime:
    """A moment in `zone`. A bare date means 00:00 there; a time without an offset is read there.

    Raises ValueError with words that say what is expected.
    """
    plain = unicodedata.normalize("NFKC", text).strip() if len(text) <= _LONGEST else ""
    try:
        moment = _read(plain, zone)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is a date that does not exist ({error})") from None
    if moment is None:
        shown = text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
        raise ValueError(f'{shown!r} is not a date; write "2026-01-08" or "2026-01-08T09:30:00+09:00"')
    return moment


def _read(text: str, zone: tzinfo) -> datetime | None:
    """None for what has none of the forms. Raises ValueError or OverflowError for what no calendar has."""
    plain = _read_plain(text, zone)
    if plain:
        return plain
    epoch = _EPOCH.fullmatch(text)
    if epoch:
        moment = datetime.fromtimestamp(int(epoch[1]), UTC) + timedelta(milliseconds=int(epoch[2] or 0))
        return moment.astimezone(zone)
    for form in _FORMS:
        match = _compile(form).fullmatch(text)
        if match:
            parts = {name: value for name, value in match.groupdict().items() if value}
            return _to_moment(parts, zone).astimezone(zone)
    return None


def _read_plain(text: str, zone: tzinfo) -> datetime | None:
    """`2026-01-08`, as nearly all are written; None for all others, and for a day that does not exist."""
    if len(text) != 10 or not text[4] == text[7] == "-":
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError:
        return None


@cache
def _compile(form: str) -> re.Pattern[str]:
    return re.compile(form, re.IGNORECASE)  # at first need: a site has one or two of them


def _to_moment(part: dict[str, str], zone: tzinfo) -> datetime:
    """Raises ValueError for what no calendar or clock has."""
    year = 1 if part["year"] == "元" else int(part["year"])
    month = _MONTHS.index(part["name"].lower()) + 1 if "name" in part else int(part["month"])
    hour, minute, second = (int(part.get(name, part.get(name + "_ja", 0))) for name in ("hour", "minute", "second"))
    if "half" in part:
        if not 1 <= hour <= 12:
            raise ValueError("hour must be in 1..12 before am or pm")
        hour = hour % 12 + (12 if part["half"].lower() == "pm" else 0)
    return datetime(
        year + _ERAS.get(part.get("era", ""), 0),
        month,
        int(part["day"]),
        hour,
        minute,
        second,
        int(part.get("fraction", "0")[:6].ljust(6, "0")),
        tzinfo=_offset(part.get("zone")) or zone,
    )


def _offset(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    text = text.upper()
    sign = max(text.find("+"), text.find("-"))
    if sign < 0:
        return _NAMED_ZONES.get(text, UTC)
    digits = text[sign + 1 :].replace(":", "")
    hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[sign] == "-" else offset)
