"""Many people at once: who of a list is here, new ones, and how far an import is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, MetaData, String, Table, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from publisher.model import Known, RequestKind, SubscriberState
from publisher.storage.schema import imports, requests, subscribers, subscriptions

# Addresses that a dry run has met; only the connection that makes it sees it.
_met = Table("met", MetaData(), Column("email_key", String, primary_key=True), prefixes=["TEMPORARY"])


@dataclass(frozen=True, slots=True)
class Progress:
    """Of an import that was cut off: rows that are done, and what became of them."""

    rows: int
    counts: Mapping[str, int]


def find_known(connection: Connection, keys: Sequence[str], now: datetime) -> dict[str, Known]:
    """By key, those who are here."""
    people = connection.execute(select(subscribers).where(subscribers.c.email_key.in_(keys))).all()
    if not people:
        return {}
    running: dict[int, dict[str, datetime]] = {row.id: {} for row in people}
    ended: dict[int, set[str]] = {row.id: set() for row in people}
    table = subscriptions.c
    found = select(table.subscriber_id, table.newsletter, table.since, table.ended_at)
    for row in connection.execute(found.where(table.subscriber_id.in_(list(running)))):
        if row.ended_at is None:
            running[row.subscriber_id][row.newsletter] = row.since
        else:
            ended[row.subscriber_id].add(row.newsletter)
    asked = _find_asked(connection, list(running), now)
    return {
        row.email_key: Known(
            id=row.id,
            state=SubscriberState(row.state),
            name=row.name,
            language=row.language,
            timezone=row.timezone,
            hour=row.hour,
            paused_until=row.paused_until,
            fields=row.fields,
            running=running[row.id],
            ended=frozenset(ended[row.id]),
            asked=asked.get(row.id, {}),
        )
        for row in people
    }


def _find_asked(connection: Connection, ids: Sequence[int], now: datetime) -> dict[int, dict[str, datetime]]:
    """Of those who have been asked by mail and can still answer."""
    table = requests.c
    query = select(table.subscriber_id, table.newsletters, table.asked_at).where(
        table.subscriber_id.in_(ids),
        table.kind == RequestKind.SUBSCRIBE,
        table.done_at.is_(None),
        table.expires_at > now,
    )
    found: dict[int, dict[str, datetime]] = {}
    for row in connection.execute(query.order_by(table.id)):
        found.setdefault(row.subscriber_id, {}).update(dict.fromkeys(row.newsletters, row.asked_at))
    return found


def add_people(connection: Connection, people: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Rows of `subscribers` without their ids, of nobody who is here; returns the ids by `email_key`."""
    if not people:
        return {}
    connection.execute(insert(subscribers), list(people))
    query = select(subscribers.c.email_key, subscribers.c.id)
    found = connection.execute(query.where(subscribers.c.email_key.in_([person["email_key"] for person in people])))
    return {key: id_ for key, id_ in found}  # noqa: C416 - rows are no pairs for mypy


def save_subscriptions(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows of `subscriptions`: new ones, or the end of those that run. What has ended stays so."""
    if not rows:
        return
    statement = upsert(subscriptions)
    statement = statement.on_conflict_do_update(
        index_elements=["subscriber_id", "newsletter"],
        set_={"ended_at": statement.excluded.ended_at},
        where=subscriptions.c.ended_at.is_(None) & statement.excluded.ended_at.is_not(None),
    )
    # Rows of one statement have the same columns; most lists say nothing of what the schema has a default for.
    for with_choices in (False, True):
        some = [row for row in rows if ("topics" in row) is with_choices]
        if some:
            connection.execute(statement, some)


def change_people(connection: Connection, changes: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
    """Set columns of subscribers by their ids."""
    for id_, values in changes:
        connection.execute(update(subscribers).where(subscribers.c.id == id_).values(**values))


def load_progress(connection: Connection, key: str) -> Progress | None:
    row = connection.execute(select(imports.c.rows, imports.c.counts).where(imports.c.key == key)).one_or_none()
    return Progress(row.rows, row.counts) if row is not None else None


def save_progress(connection: Connection, key: str, progress: Progress, now: datetime) -> None:
    statement = upsert(imports).values(key=key, rows=progress.rows, counts=dict(progress.counts), at=now)
    changed = {name: statement.excluded[name] for name in ("rows", "counts", "at")}
    connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=changed))


def end_progress(connection: Connection, key: str) -> None:
    connection.execute(delete(imports).where(imports.c.key == key))


def begin_meeting(connection: Connection) -> None:
    """A dry run remembers whom it has met in a table that goes with its transaction."""
    _met.drop(connection, checkfirst=True)
    _met.create(connection)


def meet(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Those of `keys` that have been met before; from now on all have."""
    before = set(connection.execute(select(_met.c.email_key).where(_met.c.email_key.in_(keys))).scalars())
    if keys:
        statement = upsert(_met).on_conflict_do_nothing()
        connection.execute(statement, [{"email_key": key} for key in keys])
    return before
