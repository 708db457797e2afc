"""Dates as feeds write them. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone, tzinfo

from publisher.timing import format_mail_date

_MINUTE = timedelta(minutes=1)


def move_to_zone(moment: datetime, zone: tzinfo) -> datetime:
    """The same instant on the clocks of `zone`."""
    try:
        return moment.astimezone(zone)
    except OverflowError:  # 0001-01-01, some tools' word for "no date": there is no day before it to move to
        return moment


def trim_moment(moment: datetime) -> datetime:
    """Whole seconds, and an offset of whole minutes.

    RFC 3339 and RFC 5322 cannot write an offset of +09:18:59, which is what Tokyo had before 1888 and others as late
    as 1972. It is rounded up, and on the wall clock, because the first day of the year 1 has nothing before it.
    """
    moment = moment.replace(microsecond=0)
    offset = moment.utcoffset() or timedelta()
    if offset % _MINUTE:
        whole = -(-offset // _MINUTE) * _MINUTE
        moment = moment.replace(tzinfo=timezone(whole)) + (whole - offset)
    return moment


def format_rfc3339(moment: datetime) -> str:
    """For Atom and JSON Feed."""
    return trim_moment(moment).isoformat()


def format_rfc2822(moment: datetime) -> str:
    """For RSS and OPML: English names whatever the process's locale, and a numeric zone."""
    return format_mail_date(trim_moment(moment))
