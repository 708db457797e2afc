"""What a row of a list means for who is here already. Pure.

A list can take people out, and it can bring new ones in. It never brings back who left, and never confirms for
somebody who was asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from publisher.model import LONG_AGO, Enrolment, ListEntry, Standing, SubscriberState

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
    """What is to be done: columns that change, newsletters that begin and that end (with when)."""

    outcome: Outcome
    reason: str = ""
    changes: Mapping[str, object] = field(default_factory=dict)
    begin: Sequence[Enrolment] = ()
    end: Sequence[tuple[str, datetime]] = ()


def plan_new(entry: ListEntry, enrolments: Sequence[Enrolment], now: datetime) -> Step:
    """For somebody who is not here."""
    if entry.status not in _GONE:
        return Step(Outcome.ADDED, begin=tuple(enrolments))
    left = entry.left_at or now
    ended = [Enrolment(item.newsletter, item.since, item.ended_at or left) for item in enrolments]
    return Step(Outcome.GONE, _say_gone(entry), begin=ended)


def plan_known(entry: ListEntry, standing: Standing, enrolments: Sequence[Enrolment], now: datetime) -> Step:
    """For somebody who is here."""
    if entry.status in _GONE:
        return _take_out(entry, standing, enrolments, now)
    if standing.state not in {SubscriberState.ACTIVE, SubscriberState.PENDING}:
        return Step(Outcome.LEFT, f"is {standing.state} here, and stays so")
    changes = _changes(entry, standing)
    known = standing.running.keys() | standing.ended
    begin = tuple(item for item in enrolments if item.newsletter not in known)
    end = _ends(entry, standing, [item for item in enrolments if item.ended_at is not None], now)
    if changes or begin or end:
        return Step(Outcome.UPDATED, changes=changes, begin=begin, end=end)
    wanted = {item.newsletter for item in enrolments if item.ended_at is None}
    if wanted and wanted <= standing.ended:
        return Step(Outcome.UNCHANGED, "had left these newsletters, and stays away from them")
    return Step(Outcome.UNCHANGED)


def _take_out(entry: ListEntry, standing: Standing, enrolments: Sequence[Enrolment], now: datetime) -> Step:
    if standing.state in _GONE and not (
        entry.status is SubscriberState.SUPPRESSED and standing.state is SubscriberState.UNSUBSCRIBED
    ):
        return Step(Outcome.UNCHANGED, f"is {standing.state} here already")
    if entry.status is SubscriberState.SUPPRESSED:  # an address that fails does so for all of them
        enrolments = [*enrolments, *(Enrolment(name) for name in standing.running)]
    end = _ends(entry, standing, enrolments, now)
    rest = standing.running.keys() - {name for name, _ in end}
    known = standing.running.keys() | standing.ended
    begin = [
        Enrolment(item.newsletter, item.since, item.ended_at or entry.left_at or now)
        for item in enrolments
        if item.newsletter not in known
    ]
    if rest and not end and not begin:
        return Step(Outcome.UNCHANGED, "joined here after they left there")
    changes = {} if rest else {"state": entry.status}
    return Step(Outcome.GONE, _say_gone(entry), changes=changes, begin=begin, end=end)


def _ends(
    entry: ListEntry, standing: Standing, enrolments: Sequence[Enrolment], now: datetime
) -> list[tuple[str, datetime]]:
    """Who joined here after they left there wants to be here."""
    found = []
    for item in enrolments:
        since = standing.running.get(item.newsletter)
        left = entry.left_at if item.ended_at in {None, LONG_AGO} else item.ended_at
        if since is not None and (left is None or left >= since):
            found.append((item.newsletter, left or now))
    return list(dict(found).items())


def _changes(entry: ListEntry, standing: Standing) -> dict[str, object]:
    """What the list says and that differs; an empty cell says nothing."""
    changes: dict[str, object] = {}
    for name in ("name", "language", "timezone"):
        value = getattr(entry, name)
        if value and value != getattr(standing, name):
            changes[name] = value
    if entry.hour is not None and entry.hour != standing.hour:
        changes["hour"] = entry.hour
    merged = {**standing.fields, **entry.fields}
    if merged != standing.fields:
        changes["fields"] = merged
    return changes


def _say_gone(entry: ListEntry) -> str:
    return "left" if entry.status is SubscriberState.UNSUBSCRIBED else "must not be written to"
