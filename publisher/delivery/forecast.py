"""When the last of what waits will have gone out, by the rules that the gate keeps. Pure.

The rules are played through in steps of some minutes, with the functions that the gate asks. How fast a relay answers
is not known: without a limit nothing can be foretold, and with one the end is the earliest that it allows.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from publisher.delivery.gate import ALL_MAIL, Rules
from publisher.delivery.rate import NO_LIMITS, Limits, draw, effective_rate
from publisher.model.meter import Meter

HORIZON = timedelta(days=60)
OTHERS = ""  # in place of a provider: all those without a limit

_STEP = timedelta(minutes=5)
_LONG_STEP = timedelta(minutes=30)
_NEAR = timedelta(days=2)  # so far ahead in short steps
_NO_TIME = timedelta(seconds=1)

_WINDOW = "delivery.window"
_WARM_UP = "delivery.warmup"
_RATE = "delivery.rate"
_RELAY = "delivery.transport.rate"
_PROVIDER = "delivery.domains."


@dataclass(frozen=True, slots=True)
class Forecast:
    """`ends_at` (UTC): None when it is further away than `HORIZON`. `decided_by` is the rule that most of it waits for,
    as it is written in config.yaml; or a provider that wants it slower, as `answers of gmail.com`.
    """

    ends_at: datetime | None
    decided_by: str


@dataclass(frozen=True, slots=True)
class Used:
    """What is used up: meters of all mail (`gate.ALL_MAIL`) and of providers; limits and meter of each relay."""

    meters: Mapping[str, Meter] = field(default_factory=dict)
    relays: Sequence[tuple[Limits, Meter]] = ()


def limited_providers(rules: Rules, used: Used) -> dict[str, Limits]:
    """Those of the config, of two limits the stricter one, and those that have asked us to go slower."""
    return {name: NO_LIMITS for name in used.meters if name != ALL_MAIL} | rules.limits_by_provider()


def foretell(waiting: Mapping[str, int], rules: Rules, used: Used, now: datetime) -> Forecast | None:
    """The end of what waits, so many messages by provider (or OTHERS); None when no rule delays it."""
    now = now.astimezone(UTC)
    course = _Course(waiting, rules, used)
    coarseness = 1 + len(waiting) // 10  # of as many as there can be, it takes no longer than a second or two
    at = now
    while course.is_under_way:
        if at - now > HORIZON:
            return Forecast(None, course.slowest)
        at = course.step(at, (_STEP if at - now < _NEAR else _LONG_STEP) * coarseness)
    return Forecast(course.ended_at, course.slowest) if course.slowest and course.ended_at - now > _NO_TIME else None


class _Flow:
    """What one set of limits lets through."""

    def __init__(self, name: str, limits: Limits, meter: Meter) -> None:
        self.limits = limits
        self.free_from = datetime.min.replace(tzinfo=UTC)  # by the second
        self.label = ""  # what bounds it
        self._name = name
        self._paced = meter
        self._counted = replace(meter, next_at=None, paced_at=None)  # by the hour and the day

    def offer(self, at: datetime, span: timedelta, want: int) -> tuple[int, datetime]:
        """How many of `want` may go in this time; with none, when there may be some."""
        by_second, base = want, max(self.free_from, at)
        rate = effective_rate(self._paced, self.limits, at)
        if rate is not None:
            by_second = min(want, max(0, math.ceil((at + span - base).total_seconds() * rate)))
        found = self._draw(self.limits, at, want)
        if by_second <= found[0]:
            self.label = f"{self._name}.per_second" if self.limits.per_second else self._answers
            return by_second, base
        self.label = self._find_tightest(at, want, found[0])
        return found

    def use(self, at: datetime, number: int) -> None:
        rate = effective_rate(self._paced, self.limits, at)
        if rate is not None:
            self.free_from = max(self.free_from, at) + timedelta(seconds=number / rate)
        if number:
            self._counted = draw(self._counted, replace(self.limits, per_second=None), at, number).meter

    def _draw(self, limits: Limits, at: datetime, want: int) -> tuple[int, datetime]:
        found = draw(self._counted, replace(limits, per_second=None), at, want)
        return found.granted, found.not_before or at

    def _find_tightest(self, at: datetime, want: int, granted: int) -> str:
        if self._counted.closed_until is not None and self._counted.closed_until > at:
            return self._answers
        by_day, _ = self._draw(Limits(per_day=self.limits.per_day), at, want)
        return f"{self._name}.{'per_day' if by_day <= granted else 'per_hour'}"

    @property
    def _answers(self) -> str:
        return f"answers of {self._name.removeprefix(_PROVIDER)}"


class _Course:
    """What goes out step by step, and what it waits for."""

    def __init__(self, waiting: Mapping[str, int], rules: Rules, used: Used) -> None:
        limited = limited_providers(rules, used)
        self._rules = rules
        self._left = {group: number for group, number in waiting.items() if number > 0}
        self._total = _Flow(_RATE, NO_LIMITS, used.meters.get(ALL_MAIL, Meter()))
        self._providers = {
            group: _Flow(_PROVIDER + group, limited[group], used.meters.get(group, Meter()))
            for group in self._left
            if group in limited
        }
        has_room = not used.relays or any(limits == NO_LIMITS for limits, _ in used.relays)
        self._relays = [] if has_room else [_Flow(_RELAY, limits, meter) for limits, meter in used.relays]
        self._waited: Counter[str] = Counter()  # seconds
        self.ended_at = datetime.min.replace(tzinfo=UTC)

    @property
    def is_under_way(self) -> bool:
        return bool(self._left)

    @property
    def slowest(self) -> str:
        return self._waited.most_common(1)[0][0] if self._waited else ""

    def step(self, at: datetime, span: timedelta) -> datetime:
        """Let go what may go from `at` on; returns when to look again."""
        opens = self._rules.opens_at(at)
        if opens is not None:
            self._waited[_WINDOW] += int((opens - at).total_seconds())
            return opens
        before = sum(self._left.values())
        waits = list(self._let_go(at, span))
        if not self._left:
            self._end(at)
            return at
        moved = sum(self._left.values()) < before
        after = at + span if moved else max(min(moment for moment, _ in waits), at + _NO_TIME)
        for _, label in waits:
            self._waited[label] += int((after - at).total_seconds())
        return after

    def _let_go(self, at: datetime, span: timedelta) -> Iterator[tuple[datetime, str]]:
        """What holds up the rest, each with the moment when it may hold up no longer."""
        want = sum(self._left.values())
        self._total.limits = self._rules.total_at(at)
        room, moment = self._total.offer(at, span, want)
        if room < want:
            yield moment, self._label_of_all()
        offers = [relay.offer(at, span, want) for relay in self._relays]
        if offers and sum(number for number, _ in offers) < room:
            room = sum(number for number, _ in offers)
            yield min(moment for _, moment in offers), self._relays[0].label
        went = 0
        for group in sorted(self._left, key=lambda name: name not in self._providers):  # the slow ones first
            flow, number = self._providers.get(group), min(self._left[group], room - went)
            if flow is not None:
                wanted = number
                number, moment = flow.offer(at, span, wanted)
                flow.use(at, number)
                if number < wanted:
                    yield moment, flow.label
            went += number
            self._left[group] -= number
        self._left = {group: number for group, number in self._left.items() if number}
        self._use(at, went, [number for number, _ in offers])

    def _use(self, at: datetime, number: int, offers: Sequence[int]) -> None:
        self._total.use(at, number)
        for relay, most in zip(self._relays, offers, strict=True):
            relay.use(at, min(number, most))
            number -= min(number, most)

    def _label_of_all(self) -> str:
        """A day of the warm-up is counted as any other day."""
        is_warming = self._total.limits.per_day != self._rules.total.per_day
        is_by_day = self._total.label == f"{_RATE}.per_day"
        return _WARM_UP if is_warming and is_by_day else self._total.label

    def _end(self, at: datetime) -> None:
        """What goes by the second takes until then."""
        last = max((self._total, *self._relays, *self._providers.values()), key=lambda flow: flow.free_from)
        self.ended_at = max(at, last.free_from)
        if last.free_from > at:
            self._waited[last.label] += math.ceil((last.free_from - at).total_seconds())
