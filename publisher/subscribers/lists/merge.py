"""What a row of a list means for who is here already. Pure.

A list can take people out, and it can bring new ones in. It never brings back who left. What a step does to somebody's
consent is what `subscribers.consent` decides for the same event, for thousands at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from publisher.model.consent import ConsentEvent
from publisher.model.lists import LONG_AGO, Enrolment, Known, ListEntry
from publisher.model.subscriber import SubscriberState

_GONE = frozenset({SubscriberState.UNSUBSCRIBED, SubscriberState.SUPPRESSED})


class Outcome(StrEnum):
    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    LEFT = "left"  # had left, or must not be written to: stays so
    GONE = "gone"  # the list says so: noted, so that no other list brings them in
    SKIPPED = "skipped"  # the row cannot be used


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done: columns that change, newsletters that begin and that end (with when).

    `events`: what happens to their consent, and which newsletters it is about (see `subscribers.consent.decide`).
    """

    outcome: Outcome
    reason: str = ""
    changes: Mapping[str, object] = field(default_factory=dict)
    begin: Sequence[Enrolment] = ()
    end: Sequence[tuple[str, datetime]] = ()
    events: Sequence[tuple[ConsentEvent, tuple[str, ...]]] = ()


def plan_new(entry: ListEntry, enrolments: Sequence[Enrolment], now: datetime) -> Step:
    """For somebody who is not here."""
    if entry.status not in _GONE:
        names = _running(enrolments) if entry.status is SubscriberState.ACTIVE else ()
        return Step(Outcome.ADDED, begin=tuple(enrolments), events=((ConsentEvent.IMPORTED, names),))
    left = entry.left_at or now
    ended = [replace(item, ended_at=item.ended_at or left) for item in enrolments]
    events = ((_event(entry), tuple(item.newsletter for item in ended)),)
    return Step(Outcome.GONE, _say_gone(entry), begin=ended, events=events)


def plan_known(entry: ListEntry, known: Known, enrolments: Sequence[Enrolment], now: datetime) -> Step:
    """For somebody who is here."""
    if entry.status in _GONE:
        return _take_out(entry, known, enrolments, now)
    if known.state not in {SubscriberState.ACTIVE, SubscriberState.PENDING}:
        return Step(Outcome.LEFT, f"is {known.state} here, and stays so")
    changes = _changes(entry, known)
    had = known.running.keys() | known.ended
    begin = tuple(item for item in enrolments if item.newsletter not in had)
    end = _ends(entry, known, [item for item in enrolments if item.ended_at is not None], now)
    started = _running(begin)
    if entry.status is SubscriberState.PENDING:  # they were asked there, and have not said yes
        begin, started = () if known.state is SubscriberState.ACTIVE else begin, ()
    if entry.status is SubscriberState.ACTIVE and known.state is SubscriberState.PENDING:
        started = tuple(name for name in _running(enrolments) if name not in known.ended)
        changes |= {"state": SubscriberState.ACTIVE} if started else {}
    if changes or begin or end:
        events = [(ConsentEvent.IMPORTED, started), (ConsentEvent.LEFT, tuple(name for name, _ in end))]
        events = [(event, names) for event, names in events if names]
        return Step(Outcome.UPDATED, changes=changes, begin=begin, end=end, events=events)
    wanted = {item.newsletter for item in enrolments if item.ended_at is None}
    if wanted and wanted <= known.ended:
        return Step(Outcome.UNCHANGED, "had left these newsletters, and stays away from them")
    return Step(Outcome.UNCHANGED)


def _take_out(entry: ListEntry, known: Known, enrolments: Sequence[Enrolment], now: datetime) -> Step:
    is_dead = entry.status is SubscriberState.SUPPRESSED
    asked = _taken_back(entry, known, enrolments)
    if known.state in _GONE and not asked and not (is_dead and known.state is SubscriberState.UNSUBSCRIBED):
        return Step(Outcome.UNCHANGED, f"is {known.state} here already")
    if is_dead:  # an address that fails does so for all of them
        enrolments = [*enrolments, *(Enrolment(name) for name in known.running)]
    end = _ends(entry, known, enrolments, now)
    rest = known.running.keys() - {name for name, _ in end}
    had = known.running.keys() | known.ended
    begin = [
        replace(item, ended_at=item.ended_at or entry.left_at or now)
        for item in enrolments
        if item.newsletter not in had
    ]
    if rest and not (end or begin or asked):
        return Step(Outcome.UNCHANGED, "joined here after they left there")
    changes = {} if rest else {"state": entry.status}
    names = dict.fromkeys([*(name for name, _ in end), *asked]) or dict.fromkeys(item.newsletter for item in begin)
    events = ((_event(entry), tuple(names)),) if names or is_dead else ()
    return Step(Outcome.GONE, _say_gone(entry), changes=changes, begin=begin, end=end, events=events)


def _taken_back(entry: ListEntry, known: Known, enrolments: Sequence[Enrolment]) -> list[str]:
    """What somebody was asked for before they left there, or while nothing reaches them."""
    if entry.status is SubscriberState.SUPPRESSED:
        return list(known.asked)
    names = {item.newsletter for item in enrolments}
    return [
        name for name, at in known.asked.items() if name in names and (entry.left_at is None or entry.left_at >= at)
    ]


def _ends(entry: ListEntry, known: Known, enrolments: Sequence[Enrolment], now: datetime) -> list[tuple[str, datetime]]:
    """Who joined here after they left there wants to be here."""
    found = []
    for item in enrolments:
        since = known.running.get(item.newsletter)
        left = entry.left_at if item.ended_at in {None, LONG_AGO} else item.ended_at
        if since is not None and (left is None or left >= since):
            found.append((item.newsletter, left or now))
    return list(dict(found).items())


def _changes(entry: ListEntry, known: Known) -> dict[str, object]:
    """What the list says and that differs; an empty cell says nothing."""
    changes: dict[str, object] = {}
    for name in ("name", "language", "timezone"):
        value = getattr(entry, name)
        if value and value != getattr(known, name):
            changes[name] = value
    for name in ("hour", "paused_until"):
        value = getattr(entry, name)
        if value is not None and value != getattr(known, name):
            changes[name] = value
    merged = {**known.fields, **entry.fields}
    if merged != known.fields:
        changes["fields"] = merged
    return changes


def _running(enrolments: Iterable[Enrolment]) -> tuple[str, ...]:
    return tuple(item.newsletter for item in enrolments if item.ended_at is None)


def _event(entry: ListEntry) -> ConsentEvent:
    """Of a list that says no more than that an address cannot be written to."""
    return ConsentEvent.LEFT if entry.status is SubscriberState.UNSUBSCRIBED else ConsentEvent.BOUNCED


def _say_gone(entry: ListEntry) -> str:
    return "left" if entry.status is SubscriberState.UNSUBSCRIBED else "must not be written to"
