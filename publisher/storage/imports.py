"""Many people at once: who of a list is here, new ones, and how far an import is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, MetaData, Select, String, Table, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from publisher.model.consent import RequestKind
from publisher.model.lists import Known
from publisher.model.subscriber import SubscriberState
from publisher.storage.connection import Connection
from publisher.storage.instants import write_instant
from publisher.storage.schema import imports, requests, subscribers, subscriptions

# Addresses that a dry run has met; only the connection that makes it sees it.
_met = Table("met", MetaData(), Column("email_key", String, primary_key=True), prefixes=["TEMPORARY"])


_own = subscribers.c
_KNOWN = (
    _own.email_key,
    _own.id,
    _own.state,
    _own.name,
    _own.language,
    _own.timezone,
    _own.hour,
    _own.paused_until,
    _own.fields,
)


@dataclass(frozen=True, slots=True)
class Progress:
    """Of an import that was cut off: rows that are done, and what became of them."""

    rows: int
    counts: Mapping[str, int]


def find_known(connection: Connection, keys: Sequence[str], now: datetime) -> dict[str, Known]:
    """By key, those who are here."""
    people = connection.execute(select(*_KNOWN).where(subscribers.c.email_key.in_(_each(keys)))).all()
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
    connection.exec_driver_sql(_ADD, [_values_of_person(person) for person in people])
    found = select(subscribers.c.email_key, subscribers.c.id)
    keys = _each([person["email_key"] for person in people])
    return {key: id_ for key, id_ in connection.execute(found.where(subscribers.c.email_key.in_(keys)))}  # noqa: C416 - rows are no pairs for mypy


def save_subscriptions(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows of `subscriptions`: new ones, or the end of those that run. What has ended stays so.

    Topics, rhythm and the own next mail may be left out.
    """
    if rows:
        connection.exec_driver_sql(_SAVE, [_values_of_subscription(row) for row in rows])


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
    _met.drop(connection.core, checkfirst=True)
    _met.create(connection.core)


def meet(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Those of `keys` that have been met before; from now on all have."""
    before = set(connection.execute(select(_met.c.email_key).where(_met.c.email_key.in_(_each(keys)))).scalars())
    if keys:
        connection.execute(upsert(_met).from_select(["email_key"], _each(keys)).prefix_with("OR IGNORE"))
    return before


# Written for the driver: to put a row into the parameters of a statement costs SQLAlchemy more than SQLite to keep it.
_PERSON = ("email", "email_key", "name", "language", "state", "source", "timezone", "hour")
_SUBSCRIPTION = ("subscriber_id", "newsletter", "last_seq", "ahead")
_ADD = f"""
INSERT INTO subscribers ({", ".join(_PERSON)}, created_at, paused_until, fields)
VALUES ({", ".join("?" for _ in _PERSON)}, ?, ?, ?)
"""  # noqa: S608 - our names
_SAVE = f"""
INSERT INTO subscriptions ({", ".join(_SUBSCRIPTION)}, since, ended_at, topics, rhythm, next_at)
VALUES ({", ".join("?" for _ in _SUBSCRIPTION)}, ?, ?, ?, ?, ?)
ON CONFLICT (subscriber_id, newsletter) DO UPDATE SET ended_at = excluded.ended_at
WHERE subscriptions.ended_at IS NULL AND excluded.ended_at IS NOT NULL
"""  # noqa: S608 - our names
_encode = json.JSONEncoder(ensure_ascii=False).encode  # json.dumps makes one for each row
_of_person = itemgetter(*_PERSON)
_of_subscription = itemgetter(*_SUBSCRIPTION)


def _values_of_person(row: Mapping[str, Any]) -> tuple[Any, ...]:
    moments = write_instant(row["created_at"]), write_instant(row["paused_until"])
    return (*_of_person(row), *moments, _encode(row["fields"]))


def _values_of_subscription(row: Mapping[str, Any]) -> tuple[Any, ...]:
    moments = write_instant(row["since"]), write_instant(row["ended_at"])
    get = row.get
    return (*_of_subscription(row), *moments, get("topics", ""), get("rhythm", ""), write_instant(get("next_at")))


def _each(keys: Sequence[str]) -> Select[tuple[str]]:
    """As one value, however many they are."""
    each = func.json_each(json.dumps(list(keys))).table_valued("value")
    return select(each.c.value)
