"""How fast an issue goes out, and when it will be done. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=5)  # of the ledger that is looked at

_FEWEST = 10  # deliveries from which a speed can be told
_IDLE = timedelta(minutes=1)  # without an outcome, nobody is sending
_LONGEST = 365 * 86400.0  # seconds; an end beyond that is none


@dataclass(frozen=True, slots=True)
class Pace:
    """Deliveries in a second, and the moment when those that wait now would be done at this speed."""

    per_second: float
    ends_at: datetime


def tell_pace(waiting: int, handled: int, first: datetime, last: datetime, now: datetime) -> Pace | None:
    """From the `handled` outcomes since the beginning of the window, from `first` to `last`.

    None when they are too few to tell, when nobody is sending just now, and when nothing waits.
    """
    if handled < _FEWEST or not waiting or now - last > _IDLE or last <= first:
        return None
    # The first of them ended something that began before: so many intervals less one.
    per_second = (handled - 1) / (last - first).total_seconds()
    return Pace(per_second, now + timedelta(seconds=min(waiting / per_second, _LONGEST)))
