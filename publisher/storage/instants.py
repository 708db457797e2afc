"""Moments as the database keeps them: fixed-width UTC text, so that text order is time order on every engine. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import overload

_OFFSET = len("+00:00")


@overload
def write_instant(value: datetime) -> str: ...


@overload
def write_instant(value: datetime | None) -> str | None: ...


def write_instant(value: datetime | None) -> str | None:
    """Raises ValueError without a time zone.

    Dates at either end of the calendar (`0001-01-01`, which some programs write for "none") may lie beyond it in UTC;
    they are kept as its first or last moment.
    """
    if value is None:
        return None
    if value.tzinfo is UTC:  # as nearly all are
        return f"{value.isoformat(timespec='microseconds')[:26]}Z"
    if value.tzinfo is None:
        raise ValueError(f"{value} has no time zone")
    try:
        moment = value.astimezone(UTC)
    except OverflowError:
        moment = datetime.min.replace(tzinfo=UTC) if value.year == 1 else datetime.max.replace(tzinfo=UTC)
    return moment.isoformat(timespec="microseconds")[:-_OFFSET] + "Z"


@overload
def read_instant(text: str) -> datetime: ...


@overload
def read_instant(text: str | None) -> datetime | None: ...


def read_instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
