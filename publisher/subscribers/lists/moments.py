"""Dates as lists have them. Pure."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime, tzinfo

_DATE = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[T ]*(\d{1,2})[:時](\d{1,2})(?:[:分](\d{1,2})秒?|分)?)?"
)


def read_moment(text: str, zone: tzinfo) -> datetime:
    """ISO 8601, `2026/1/31 9:05`, `2026年1月31日`; without an offset on the clock of `zone`.

    Raises ValueError for anything else: 01/02/2026 is January to some and February to others.
    """
    try:
        moment = datetime.fromisoformat(text.removesuffix(" UTC") + "+00:00" if text.endswith(" UTC") else text)
    except ValueError:
        moment = _read_loosely(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _read_loosely(text: str) -> datetime:
    match = _DATE.fullmatch(text)
    if match is not None:
        year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
        with suppress(ValueError):  # the 31st of February
            return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the caller knows its zone
    raise ValueError(f"{text[:40]!r} is no date; write one such as 2026-01-31 or 2026-01-31 09:05") from None
