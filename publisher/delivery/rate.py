"""How much may be handed over at this moment: by the second, hour and day, at a pace that answers set. Pure.

A second is a bucket that fills steadily and holds one second's worth (GCRA, ITU-T I.371). Hours and days are counted in
slots that fall out one by one, so that no hour and no 24 hours, wherever they begin, hold more than their limit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from publisher.model.delivery import FailureClass
from publisher.model.meter import Meter

_Number = TypeVar("_Number", int, float)

_SECOND = timedelta(seconds=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_HOUR_SLOT = timedelta(minutes=5)
_DAY_SLOT = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# A domain without a limit of its own that asks us to go slower is taken to have had this many a second.
ASSUMED_PER_SECOND = 10.0
_SLOWEST = 1 / 64
_DOUBLES_IN = timedelta(minutes=15)
# What was on its way when we slowed down is refused, too, and is no news.
_SAME_COMPLAINT = timedelta(seconds=30)
_REFUSALS_TO_CLOSE = 3
_FIRST_CLOSURE = timedelta(hours=1)
_LONGEST_CLOSURE = timedelta(hours=12)
_WARM = 10_000_000  # a day; nobody's reputation needs more care


@dataclass(frozen=True, slots=True)
class Limits:
    """None: as many as there are. `concurrency` is messages at once, in one process."""

    per_second: float | None = None
    per_hour: int | None = None
    per_day: int | None = None
    concurrency: int | None = None

    def stricter(self, other: Limits) -> Limits:
        """What keeps both."""
        return Limits(
            _least(self.per_second, other.per_second),
            _least(self.per_hour, other.per_hour),
            _least(self.per_day, other.per_day),
            _least(self.concurrency, other.concurrency),
        )


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class WarmUp:
    """A new sender begins with `first` a day and multiplies them by `factor` each day."""

    start: date
    first: int
    factor: float

    def limit_on(self, day: date) -> int | None:
        """Messages on this day; those before the start are as the first. None: warm."""
        days = max(0, (day - self.start).days)
        number = self.first * self.factor ** min(days, 400)
        return None if number >= _WARM else int(number)


@dataclass(frozen=True, slots=True)
class Draw:
    """`granted` messages may go. With none, `not_before` says when to ask again."""

    meter: Meter
    granted: int
    not_before: datetime | None = None


def draw(meter: Meter, limits: Limits, now: datetime, want: int) -> Draw:
    """Take up to `want` from what is free at `now` (UTC)."""
    meter = as_of(meter, now)
    if meter.closed_until is not None and meter.closed_until > now:
        return Draw(meter, 0, meter.closed_until)
    rate = effective_rate(meter, limits, now)
    free: list[tuple[int, datetime]] = [(want, now)]
    base = max(meter.next_at or now, now)
    if rate is not None:
        burst = max(1.0, rate)
        rounding = 1e-6 * max(1.0, rate)  # moments have microseconds and no more
        free.append(
            (math.floor(burst - (base - now).total_seconds() * rate + rounding), base - (burst - 1) / rate * _SECOND)
        )
    if limits.per_hour is not None:
        free.append(_left(meter.hour, limits.per_hour, now, _HOUR_SLOT, _HOUR))
    if limits.per_day is not None:
        free.append(_left(meter.day, limits.per_day, now, _DAY_SLOT, _DAY))
    granted = max(0, min(number for number, _ in free))
    if granted == 0:
        blocking = [at for number, at in free if number <= 0]
        return Draw(meter, 0, max([*blocking, now + timedelta(milliseconds=1)]))
    return Draw(
        replace(
            meter,
            next_at=base + granted / rate * _SECOND if rate is not None else None,
            hour=_count(meter.hour, granted, now, _HOUR_SLOT, _HOUR) if limits.per_hour is not None else (),
            day=_count(meter.day, granted, now, _DAY_SLOT, _DAY) if limits.per_day is not None else (),
            used_at=now,
        ),
        granted,
    )


def as_of(meter: Meter, now: datetime) -> Meter:
    """After a clock was put back, what was counted by it has just been: nobody waits for moments that it made."""
    if meter.used_at is None or meter.used_at <= now:
        return meter
    ahead = meter.used_at - now
    return replace(
        meter,
        next_at=meter.next_at - ahead if meter.next_at is not None else None,
        hour=_bring_back(meter.hour, _slot(now, _HOUR_SLOT)),
        day=_bring_back(meter.day, _slot(now, _DAY_SLOT)),
        paced_at=min(meter.paced_at, now) if meter.paced_at is not None else None,
        closed_until=min(meter.closed_until, now + _LONGEST_CLOSURE) if meter.closed_until is not None else None,
        used_at=now,
    )


def put_back(meter: Meter, number: int) -> Meter:
    """What was drawn and not used counts neither in its hour nor in its day."""
    return replace(meter, hour=_uncount(meter.hour, number), day=_uncount(meter.day, number))


def effective_rate(meter: Meter, limits: Limits, now: datetime) -> float | None:
    """Messages a second at the pace of this moment; None: no limit."""
    pace = pace_at(meter, now)
    if limits.per_second is None:
        return ASSUMED_PER_SECOND * pace if pace < 1 else None
    return limits.per_second * pace


def pace_at(meter: Meter, now: datetime) -> float:
    """1 is full speed. A pace that was halved doubles in a quarter of an hour."""
    if meter.paced_at is None:
        return 1.0
    passed = max(0.0, (now - meter.paced_at) / _DOUBLES_IN)
    return min(1.0, meter.pace * math.exp2(min(passed, 20.0)))


def note_answer(meter: Meter, reason: FailureClass | None, now: datetime) -> Meter:
    """What an answer of this provider changes: None is an accepted message. The same Meter when nothing does.

    BUSY and POLICY halve the pace. POLICY three times without an accepted message between them closes it for an hour,
    the next time for two, and so on up to twelve.
    """
    meter = as_of(meter, now)
    if reason is None:
        return replace(meter, refusals=0, closures=0) if meter.refusals or meter.closures else meter
    if reason not in {FailureClass.BUSY, FailureClass.POLICY}:
        return meter
    if meter.paced_at is None or now - meter.paced_at >= _SAME_COMPLAINT:
        meter = replace(meter, pace=max(_SLOWEST, pace_at(meter, now) / 2), paced_at=now, used_at=now)
    if reason is FailureClass.POLICY and (meter.closed_until is None or meter.closed_until <= now):
        meter = replace(meter, refusals=meter.refusals + 1, used_at=now)
        if meter.refusals >= _REFUSALS_TO_CLOSE:
            length = min(_FIRST_CLOSURE * 2 ** min(meter.closures, 10), _LONGEST_CLOSURE)
            meter = replace(meter, refusals=0, closures=meter.closures + 1, closed_until=now + length)
    return meter


def _least(one: _Number | None, other: _Number | None) -> _Number | None:
    present = [value for value in (one, other) if value is not None]
    return min(present) if present else None


def _slot(now: datetime, length: timedelta) -> int:
    return (now - _EPOCH) // length


def _left(
    slots: tuple[tuple[int, int], ...], limit: int, now: datetime, length: timedelta, span: timedelta
) -> tuple[int, datetime]:
    """How many are free, and when more will be."""
    counted = [(slot, number) for slot, number in slots if _falls_out(slot, length, span) > now]
    free = limit - sum(number for _, number in counted)
    return free, _falls_out(counted[0][0], length, span) if counted else now + length


def _falls_out(slot: int, length: timedelta, span: timedelta) -> datetime:
    return _EPOCH + (slot + 1) * length + span


def _count(
    slots: tuple[tuple[int, int], ...], number: int, now: datetime, length: timedelta, span: timedelta
) -> tuple[tuple[int, int], ...]:
    mine = _slot(now, length)
    kept = {slot: counted for slot, counted in slots if _falls_out(slot, length, span) > now}
    kept[mine] = kept.get(mine, 0) + number
    return tuple(sorted(kept.items()))


def _bring_back(slots: tuple[tuple[int, int], ...], latest: int) -> tuple[tuple[int, int], ...]:
    kept: dict[int, int] = {}
    for slot, counted in slots:
        kept[min(slot, latest)] = kept.get(min(slot, latest), 0) + counted
    return tuple(sorted(kept.items()))


def _uncount(slots: tuple[tuple[int, int], ...], number: int) -> tuple[tuple[int, int], ...]:
    """The latest first."""
    left: list[tuple[int, int]] = []
    for slot, counted in reversed(slots):
        taken = min(number, counted)
        number -= taken
        if counted > taken:
            left.append((slot, counted - taken))
    return tuple(reversed(left))
