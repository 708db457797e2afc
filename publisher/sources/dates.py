"""Dates as people write them in front matter. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

_DATE = re.compile(
    r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"
    r"(?:[T\s]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{1,2}(?::?\d{2})?)?)?",
    re.IGNORECASE,
)


def parse_date(text: str, zone: tzinfo) -> datetime:
    """A moment in `zone`. A bare date means 00:00 there; a time without an offset is read there.

    Raises ValueError with words that say what is expected.
    """
    match = _DATE.fullmatch(text.strip())
    if not match:
        raise ValueError(f'{text!r} is not a date; write "2026-01-08" or "2026-01-08T09:30:00+09:00"')
    part = {name: int(value) for name, value in match.groupdict().items() if value and name not in {"zone", "fraction"}}
    micro = int((match["fraction"] or "0")[:6].ljust(6, "0"))
    try:
        moment = datetime(
            part["year"],
            part["month"],
            part["day"],
            part.get("hour", 0),
            part.get("minute", 0),
            part.get("second", 0),
            micro,
            tzinfo=_offset(match["zone"]) or zone,
        )
        return moment.astimezone(zone)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is a date that does not exist ({error})") from None


def _offset(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "")
    hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)
