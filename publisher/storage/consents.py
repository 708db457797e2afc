"""Rows about consent: the log of its changes, requests that wait to be confirmed, hashes of the forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import JSON, Row, delete, func, insert, literal, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from publisher.model.consent import Circumstances, ConsentEntry, ConsentEvent, Request, RequestKind
from publisher.storage.connection import Connection
from publisher.storage.schema import Instant, consents, forgotten, requests

_SLICE = 500  # values in one question


def record(connection: Connection, subscriber_id: int, entry: ConsentEntry) -> None:
    """One more line in somebody's log."""
    record_many(connection, entry, [subscriber_id])


def record_many(connection: Connection, entry: ConsentEntry, subscriber_ids: Sequence[int]) -> None:
    """The same line in the logs of many: one statement, with their ids as JSON."""
    told = entry.circumstances
    values = {
        "at": literal(entry.at, Instant),
        "event": literal(entry.event.value),
        "newsletters": literal(list(entry.newsletters), JSON),
        "how": literal(told.how),
        "wording": literal(told.wording),
        "page": literal(told.page),
        "network": literal(told.network),
        "reason": literal(told.reason),
    }
    each = func.json_each(json.dumps(list(subscriber_ids))).table_valued("value")
    rows = select(each.c.value, *values.values())
    connection.execute(insert(consents).from_select(["subscriber_id", *values], rows))


def load_log(connection: Connection, subscriber_id: int) -> list[ConsentEntry]:
    """Oldest first."""
    query = select(consents).where(consents.c.subscriber_id == subscriber_id).order_by(consents.c.id)
    return [
        ConsentEntry(
            at=row.at,
            event=ConsentEvent(row.event),
            newsletters=tuple(row.newsletters),
            circumstances=Circumstances(row.how, row.wording, row.page, row.network, row.reason),
        )
        for row in connection.execute(query)
    ]


# ---------------------------------------------------------------------------------------------------- requests


def add_request(connection: Connection, request: Request) -> int:
    """Returns its id; `request.id` is not used. No id is ever given twice, so no old link confirms a new request."""
    values = {**asdict(request), "newsletters": list(request.newsletters)}
    del values["id"]
    return int(connection.execute(insert(requests).values(**values).returning(requests.c.id)).scalar_one())


def find_request(connection: Connection, request_id: int) -> Request | None:
    row = connection.execute(select(requests).where(requests.c.id == request_id)).one_or_none()
    return _request(row) if row else None


def open_requests(connection: Connection, subscriber_id: int, now: datetime) -> list[Request]:
    """Those of this person that can still be confirmed, oldest first."""
    query = select(requests).where(
        requests.c.subscriber_id == subscriber_id, requests.c.done_at.is_(None), requests.c.expires_at > now
    )
    return [_request(row) for row in connection.execute(query.order_by(requests.c.id))]


def list_requests(connection: Connection, subscriber_id: int) -> list[Request]:
    """All of this person that are still kept, oldest first."""
    query = select(requests).where(requests.c.subscriber_id == subscriber_id).order_by(requests.c.id)
    return [_request(row) for row in connection.execute(query)]


def end_request(connection: Connection, request_id: int, now: datetime) -> bool:
    """False when it had been confirmed before."""
    statement = update(requests).where(requests.c.id == request_id, requests.c.done_at.is_(None)).values(done_at=now)
    return connection.execute(statement).rowcount == 1


def narrow_request(connection: Connection, request_id: int, newsletters: Sequence[str]) -> None:
    """It is only about these from now on."""
    connection.execute(update(requests).where(requests.c.id == request_id).values(newsletters=list(newsletters)))


def drop_request(connection: Connection, request_id: int) -> None:
    connection.execute(delete(requests).where(requests.c.id == request_id))


def expire_requests(connection: Connection, before: datetime, limit: int) -> list[int]:
    """Delete up to `limit` requests that were over by then; returns the ids of their people."""
    old = select(requests.c.id).where(requests.c.expires_at <= before).limit(limit)
    statement = delete(requests).where(requests.c.id.in_(old)).returning(requests.c.subscriber_id)
    return sorted(set(connection.execute(statement).scalars()))


# ---------------------------------------------------------------------------------------------------- forgotten


def bar(connection: Connection, hash_: str, now: datetime) -> bool:
    """False when it was barred before."""
    return connection.execute(upsert(forgotten).values(hash=hash_, at=now).on_conflict_do_nothing()).rowcount == 1


def unbar(connection: Connection, hashes: Iterable[str]) -> None:
    connection.execute(delete(forgotten).where(forgotten.c.hash.in_(list(hashes))))


def has_barred(connection: Connection) -> bool:
    return connection.execute(select(forgotten.c.hash).limit(1)).first() is not None


def find_barred(connection: Connection, hashes: Sequence[str]) -> set[str]:
    """Those of `hashes` that no file brings back."""
    found: set[str] = set()
    for start in range(0, len(hashes), _SLICE):
        query = select(forgotten.c.hash).where(forgotten.c.hash.in_(hashes[start : start + _SLICE]))
        found.update(connection.execute(query).scalars())
    return found


def _request(row: Row[tuple[object, ...]]) -> Request:
    values = {**row._mapping, "newsletters": tuple(row.newsletters), "kind": RequestKind(row.kind)}  # noqa: SLF001 - SQLAlchemy's name for it
    return Request(**values)
