"""When a reader's next mail is due, on the clock of their wall. Pure.

Each rhythm is a cron line of the reader's own, so that days on which clocks change are dealt with in one place (see
`timing`): an hour that is skipped comes when the clock jumps over it, one that is repeated comes once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from publisher.config.values import Quiet
from publisher.model.preferences import Rhythm
from publisher.timing import latest_occurrence, next_occurrence

_LOOKING_BACK = timedelta(days=2)  # both ends of every night lie in it


@dataclass(frozen=True, slots=True)
class Wall:
    """What decides when a reader is written to: their zone and hour (0 to 23), the weekday of a weekly mail."""

    zone: ZoneInfo
    hour: int
    weekday: str = "mon"
    quiet: Quiet | None = None


def next_time(rhythm: Rhythm, wall: Wall, after: datetime) -> datetime | None:
    """The first moment after `after`; None for a mail that comes with its article. Monthly is the first of a month."""
    if rhythm is Rhythm.EACH:
        return None
    day = {Rhythm.DAILY: "* * *", Rhythm.WEEKLY: f"* * {wall.weekday}", Rhythm.MONTHLY: "1 * *"}[rhythm]
    return out_of_quiet(_next(f"0 {wall.hour} {day}", wall.zone, after), wall)


def next_hour(wall: Wall, now: datetime) -> datetime:
    """`now` where the wall shows that hour, else when it next does."""
    line = f"* {wall.hour} * * *"
    running = latest_occurrence(line, wall.zone, now, now - timedelta(minutes=1))
    return out_of_quiet(now if running is not None else _next(f"0 {wall.hour} * * *", wall.zone, now), wall)


def out_of_quiet(moment: datetime, wall: Wall) -> datetime:
    """`moment`, or the end of the quiet hours it lies in."""
    if wall.quiet is None:
        return moment
    begin, end = _line(wall.quiet.start), _line(wall.quiet.end)
    since = moment - _LOOKING_BACK
    begun = latest_occurrence(begin, wall.zone, moment, since)
    ended = latest_occurrence(end, wall.zone, moment, since)
    if begun is None or (ended is not None and ended.at >= begun.at):
        return moment
    return _next(end, wall.zone, moment)


def _line(time: str) -> str:
    hour, minute = time.split(":")
    return f"{int(minute)} {int(hour)} * * *"


@lru_cache(maxsize=4096)  # readers of a zone share it
def _next(line: str, zone: ZoneInfo, after: datetime) -> datetime:
    return next_occurrence(line, zone, after).at
