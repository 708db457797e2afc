"""May a message to this domain go now? The limits, and what providers have said, for all threads of a process.

What is shared with other processes stands in the database and is drawn from there a second's worth at a time, so that a
thousand messages a second cost no thousand transactions. A domain without a limit that has not complained costs none.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from publisher.delivery.providers import provider_of
from publisher.delivery.rate import (
    NO_LIMITS,
    Draw,
    Limits,
    WarmUp,
    draw,
    effective_rate,
    note_answer,
    pace_at,
    put_back,
)
from publisher.model.delivery import FailureClass
from publisher.model.meter import Meter
from publisher.storage import rates
from publisher.storage.database import Connection, Database
from publisher.timing import DailyWindow, next_opening

_Result = TypeVar("_Result")

ALL_MAIL = "*"
RELAY = "relay "  # stands before the name of one; no domain begins with it

_FRESH = timedelta(seconds=1)
_MOST_DRAWN = 50
_BUSY_WAIT = timedelta(seconds=5)  # for a connection of one's own to that provider
# Those that must wait are told moments one after the other, as they would be their turn, up to this far ahead.
_FARTHEST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Granted:
    """It may go. `Gate.finish` is to hear when it is over."""


_GRANTED = Granted()


@dataclass(frozen=True, slots=True)
class NotBefore:
    """It must wait until `at` (UTC). Others may go on, unless it is `for_all`."""

    at: datetime
    for_all: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """`total` is of all mail, `domains` of single receiving domains, the others of the provider included."""

    total: Limits = NO_LIMITS
    domains: Mapping[str, Limits] = field(default_factory=dict)
    warmup: WarmUp | None = None
    window: DailyWindow | None = None
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    def total_at(self, now: datetime) -> Limits:
        """With what is left of the warm-up on this day."""
        if self.warmup is None:
            return self.total
        return self.total.stricter(Limits(per_day=self.warmup.limit_on(now.astimezone(self.zone).date())))

    def limits_by_provider(self) -> dict[str, Limits]:
        """Of two limits the stricter one, where two domains are of one provider."""
        found: dict[str, Limits] = {}
        for domain, limits in self.domains.items():
            group = provider_of(domain)
            found[group] = limits.stricter(found.get(group, NO_LIMITS))
        return found

    def opens_at(self, now: datetime) -> datetime | None:
        """When mail may go out again; None: now."""
        return next_opening(self.window, self.zone, now) if self.window is not None else None


@dataclass(slots=True)
class _Drawn:
    """So many of what was drawn `at` that moment are left; `later`: there was nothing, and will not be before."""

    left: int
    at: datetime
    later: datetime | None = None


class Write(Protocol):
    """Does some work in a transaction and returns its result."""

    def __call__(self, work: Callable[[Connection], _Result]) -> _Result: ...


class Gate:
    """Asked before each message is started, told of each answer. Safe between threads and between processes."""

    def __init__(self, database: Database, rules: Rules) -> None:
        self._database = database
        self._write: Write = self._write_alone
        self._rules = rules
        self._limits = rules.limits_by_provider()
        self._is_unlimited = not self._limits and rules.total == NO_LIMITS and rules.warmup is None
        self._lock = threading.Lock()
        self._drawn: dict[str, _Drawn] = {}
        self._at_work: dict[str, int] = {}
        self._promised: dict[str, datetime] = {}
        self._troubled: dict[str, Meter] = {}
        self._looked_at: datetime | None = None

    def write_through(self, write: Write | None) -> None:
        """Have this write, so that we do not wait for a transaction of our own process; None: write alone again."""
        self._write = write or self._write_alone

    def is_open(self, now: datetime) -> bool:
        """Nothing is limited and nobody has complained: what `take` would grant to every domain."""
        if not self._is_unlimited or self._rules.window is not None:
            return False
        with self._lock:
            self._look(now.astimezone(UTC))
        return not self._troubled

    def take(self, domain: str, now: datetime, previous: str | None = None) -> Granted | NotBefore:
        """Room for one message to `domain`, of all mail and of its provider; or when there may be some.

        `previous` is the domain of a message that is at work still, and will be over before this one begins.
        """
        now = now.astimezone(UTC)
        opens = self._rules.opens_at(now)
        if opens is not None:
            return NotBefore(opens, for_all=True)
        group = provider_of(domain)
        with self._lock:
            self._look(now)
            if self._is_unlimited and group not in self._troubled:  # nearly all mail there is
                return _GRANTED
            limits = self._limits.get(group, NO_LIMITS)
            if limits.concurrency is not None:
                in_our_place = previous is not None and provider_of(previous) == group
                if self._at_work.get(group, 0) - in_our_place >= limits.concurrency:
                    return NotBefore(now + _BUSY_WAIT)
            needed = self._names(group, limits, now)
            for name, its in needed.items():
                later = self._fill(name, its, now)
                if later is not None and name == ALL_MAIL:
                    return NotBefore(later, for_all=True)
                if later is not None:
                    return NotBefore(self._promise(name, its, later, now))
            for name in needed:
                self._drawn[name].left -= 1
            self._at_work[group] = self._at_work.get(group, 0) + 1
        return _GRANTED

    def take_relay(self, name: str, limits: Limits, now: datetime) -> datetime | None:
        """Room for one message at a relay with limits of its own: None, or when there may be some."""
        if limits == NO_LIMITS:
            return None
        with self._lock:
            later = self._fill(RELAY + name, limits, now.astimezone(UTC))
            if later is None:
                self._drawn[RELAY + name].left -= 1
        return later

    def drop_relay(self, name: str) -> None:
        """What was taken there was not used."""
        with self._lock:
            if RELAY + name in self._drawn:
                self._drawn[RELAY + name].left += 1

    def finish(self, domain: str, reason: FailureClass | None, now: datetime) -> None:
        """The message that was granted is over: accepted (None), or `reason` stood in its way."""
        now, group = now.astimezone(UTC), provider_of(domain)
        with self._lock:
            self._leave(group)
            if reason is None and group not in self._troubled:
                return  # no news
            known = self._troubled.get(group, Meter())
            if note_answer(known, reason, now) is known:
                return
            drawn = self._drawn.pop(group, None)

            def note(connection: Connection) -> Meter:
                meter = put_back(rates.load_meter(connection, group), drawn.left if drawn is not None else 0)
                meter = note_answer(meter, reason, now)
                rates.save_meter(connection, group, meter)
                return meter

            self._troubled[group] = self._write(note)

    def drop(self, domain: str) -> None:
        """The message that was granted did not go out, and used up nothing."""
        group = provider_of(domain)
        with self._lock:
            self._leave(group)
            for name in (ALL_MAIL, group):
                if name in self._drawn:
                    self._drawn[name].left += 1

    def close(self) -> None:
        """Give back what was drawn and not used. The next `take` draws again."""
        with self._lock:
            unused = {name: drawn.left for name, drawn in self._drawn.items() if drawn.left}
            self._drawn.clear()
            if not unused:
                return

            def give_back(connection: Connection) -> None:
                for name, number in unused.items():
                    rates.save_meter(connection, name, put_back(rates.load_meter(connection, name), number))

            self._write(give_back)

    def _look(self, now: datetime) -> None:
        """What other processes have learned about providers, once a second."""
        if self._looked_at is not None and timedelta(0) <= now - self._looked_at < _FRESH:
            return
        if self._looked_at is None:
            self._write(lambda connection: rates.drop_idle(connection, now))
        with self._database.read() as connection:
            self._troubled = rates.load_troubled(connection)
        self._looked_at = now

    def _names(self, group: str, limits: Limits, now: datetime) -> dict[str, Limits]:
        """Where there must be room, and how much there is."""
        found: dict[str, Limits] = {}
        total = self._rules.total_at(now)
        if total != NO_LIMITS:
            found[ALL_MAIL] = total
        meter = self._troubled.get(group)
        is_troubled = meter is not None and (pace_at(meter, now) < 1 or (meter.closed_until or now) > now)
        if is_troubled or limits != Limits(concurrency=limits.concurrency):
            found[group] = limits
        return found

    def _fill(self, name: str, limits: Limits, now: datetime) -> datetime | None:
        """See to it that one is left of what was drawn; or the moment when more can be."""
        drawn = self._drawn.get(name)
        if drawn is not None and timedelta(0) <= now - drawn.at < _FRESH:
            if drawn.left > 0:
                return None
            if drawn.later is not None and now < drawn.later:
                return drawn.later
        unused = drawn.left if drawn is not None else 0

        def fill(connection: Connection) -> Draw:
            meter = rates.load_meter(connection, name)
            meter = put_back(meter, unused) if unused else meter
            rate = effective_rate(meter, limits, now)
            found = draw(meter, limits, now, _MOST_DRAWN if rate is None else max(1, int(rate)))
            if unused or found.granted:
                rates.save_meter(connection, name, found.meter)
            return found

        found = self._write(fill)
        self._drawn[name] = _Drawn(found.granted, now, found.not_before)
        return found.not_before

    def _promise(self, name: str, limits: Limits, later: datetime, now: datetime) -> datetime:
        """Not all at the same moment, or each of them would ask in vain again and again."""
        rate = effective_rate(self._troubled.get(name, Meter()), limits, now)
        interval = timedelta(seconds=1 / rate) if rate else timedelta(0)
        moment = max(later, min(self._promised.get(name, later), later + _FARTHEST))
        self._promised[name] = moment + interval
        return moment

    def _write_alone(self, work: Callable[[Connection], _Result]) -> _Result:
        with self._database.write() as connection:
            return work(connection)

    def _leave(self, group: str) -> None:
        left = self._at_work.get(group, 0) - 1
        if left > 0:
            self._at_work[group] = left
        else:
            self._at_work.pop(group, None)
