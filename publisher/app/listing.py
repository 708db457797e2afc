"""What is decided of many people of a list, written down: themselves, what they receive, their log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from publisher.app.context import Context
from publisher.app.preferences import plan_next
from publisher.app.standing import Step as ConsentStep
from publisher.app.standing import change_standing
from publisher.issues.variants import to_topics
from publisher.model.consent import Circumstances, ConsentEntry, ConsentEvent
from publisher.model.lists import Enrolment, Known, ListEntry
from publisher.model.preferences import Choice, Preferences, Rhythm
from publisher.model.subscriber import SubscriberState
from publisher.storage import articles, consents
from publisher.storage import imports as rows
from publisher.storage import subscribers as people
from publisher.storage.audience import join_topics
from publisher.storage.database import Connection
from publisher.subscribers.lists.merge import Step


class Writing:
    """Of one batch, in which nobody is twice. `how` is noted in the log of each of them."""

    def __init__(self, context: Context, connection: Connection, how: str) -> None:
        self._context, self._connection = context, connection
        self._told = Circumstances(how)
        self._now = context.clock()
        self._reached: dict[str, tuple[int, str]] = {}

    def write(self, entries: Mapping[str, ListEntry], known: Mapping[str, Known], steps: Mapping[str, Step]) -> None:
        """By the keys of their addresses; who is not in `known` is new."""
        new = [self._person(key, entries[key]) for key in steps if key not in known]
        ids = {**{key: person.id for key, person in known.items()}, **rows.add_people(self._connection, new)}
        subscriptions: list[dict[str, Any]] = []
        for key, step in steps.items():
            subscriptions += self._subscriptions(ids[key], entries[key], known.get(key), step)
        rows.save_subscriptions(self._connection, subscriptions)
        asked = frozenset(key for key, person in known.items() if _has_been_asked(person))
        rows.change_people(self._connection, self._changes(ids, steps, asked))
        for entry, people_of in self._log(ids, steps).items():
            consents.record_many(self._connection, entry, people_of)
        for key in asked & steps.keys():
            self._settle(ids[key], steps[key])

    def _settle(self, id_: int, step: Step) -> None:
        """They are few, and there are questions to take back."""
        for event, names in step.events:
            person = people.find_by_id(self._connection, id_)
            if person is not None:
                change_standing(self._context, self._connection, person, ConsentStep(event, names, self._told))

    def _changes(
        self, ids: Mapping[str, int], steps: Mapping[str, Step], asked: frozenset[str]
    ) -> Iterator[tuple[int, Mapping[str, object]]]:
        for key, step in steps.items():
            changes = {name: value for name, value in step.changes.items() if name != "state" or key not in asked}
            if changes:
                yield ids[key], changes

    def _log(self, ids: Mapping[str, int], steps: Mapping[str, Step]) -> dict[ConsentEntry, list[int]]:
        """Most of a batch have the same line."""
        found: dict[tuple[ConsentEvent, tuple[str, ...]], list[int]] = {}
        for key, step in steps.items():
            for event in step.events:
                found.setdefault(event, []).append(ids[key])
        return {ConsentEntry(self._now, *event, self._told): people_of for event, people_of in found.items()}

    def _person(self, key: str, entry: ListEntry) -> dict[str, Any]:
        return {
            "email": entry.email,
            "email_key": key,
            "name": entry.name,
            "language": entry.language,
            "state": entry.status.value,
            "source": entry.source,
            "created_at": entry.joined or self._now,
            "fields": dict(entry.fields),
            "timezone": entry.timezone,
            "hour": entry.hour,
            "paused_until": entry.paused_until,
        }

    def _subscriptions(self, id_: int, entry: ListEntry, known: Known | None, step: Step) -> Iterator[dict[str, Any]]:
        joined = entry.joined if known is None else None
        wishes = None
        for item in step.begin:
            row = self._subscription(id_, item)
            row["since"] = item.since or joined or self._now
            if item.topics or item.rhythm:
                wishes = wishes or _wishes(entry, known)
                row |= self._choice(item, wishes)
            yield row
        for name, when in step.end:
            yield self._subscription(id_, Enrolment(name, ended_at=when))

    def _subscription(self, id_: int, item: Enrolment) -> dict[str, Any]:
        last_seq, ahead = self._how_far(item.newsletter)
        return {
            "subscriber_id": id_,
            "newsletter": item.newsletter,
            "since": self._now,
            "ended_at": item.ended_at,
            "last_seq": last_seq,
            "ahead": ahead,
        }

    def _choice(self, item: Enrolment, wishes: Preferences) -> dict[str, Any]:
        next_at = None
        if item.rhythm and item.ended_at is None:
            newsletter = self._context.config.newsletters[item.newsletter]
            choice = Choice(item.newsletter, rhythm=Rhythm(item.rhythm))
            next_at = plan_next(self._context, newsletter, choice, wishes, self._now)
        return {"topics": join_topics(to_topics(item.topics)), "rhythm": item.rhythm, "next_at": next_at}

    def _how_far(self, newsletter: str) -> tuple[int, str]:
        """As for everybody who joins: the next issue is for them, and nothing from before."""
        if newsletter not in self._reached:
            self._reached[newsletter] = people.how_far(self._connection, newsletter, self._seq)
        return self._reached[newsletter]

    @cached_property
    def _seq(self) -> int:
        return articles.last_seq(self._connection)


def _has_been_asked(person: Known) -> bool:
    return bool(person.asked) or person.state is SubscriberState.PENDING


def _wishes(entry: ListEntry, known: Known | None) -> Preferences:
    """By which their own time is told."""
    if known is None:
        return Preferences(timezone=entry.timezone, hour=entry.hour, paused_until=entry.paused_until)
    return Preferences(
        timezone=entry.timezone or known.timezone,
        hour=known.hour if entry.hour is None else entry.hour,
        paused_until=entry.paused_until or known.paused_until,
    )
