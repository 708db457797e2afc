"""Rows of suppressions: addresses that must not be written to, whoever has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from publisher.addresses import identity_key, normalise
from publisher.model import SubscriberState, Suppression, SuppressionReason
from publisher.storage.schema import subscribers, suppressions

_PAGE = 1000


def add(connection: Connection, items: Sequence[Suppression]) -> int:
    """Add those that are not there; what is there keeps its reason and its day. Returns how many were added."""
    rows = [
        {
            "email_key": identity_key(item.email),
            "email": normalise(item.email),
            "reason": item.reason,
            "since": item.since,
            "source": item.source,
        }
        for item in items
    ]
    return connection.execute(upsert(suppressions).on_conflict_do_nothing(), rows).rowcount if rows else 0


def find_holders(connection: Connection, keys: Sequence[str]) -> list[int]:
    """Ids of those who have one of these addresses, at most a thousand, by their keys, and are not suppressed."""
    query = select(subscribers.c.id).where(
        subscribers.c.email_key.in_(keys), subscribers.c.state != SubscriberState.SUPPRESSED
    )
    return list(connection.execute(query).scalars())


def remove(connection: Connection, email: str) -> bool:
    """False when the address was not there."""
    statement = delete(suppressions).where(suppressions.c.email_key == identity_key(email))
    return connection.execute(statement).rowcount == 1


def find(connection: Connection, email: str) -> Suppression | None:
    query = select(suppressions).where(suppressions.c.email_key == identity_key(email))
    row = connection.execute(query).one_or_none()
    return _to_suppression(row) if row is not None else None


def find_many(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Those keys of addresses, of some thousands, that stand here."""
    if not keys:
        return set()
    query = select(suppressions.c.email_key).where(suppressions.c.email_key.in_(keys))
    return set(connection.execute(query).scalars())


def iterate(connection: Connection) -> Iterator[Suppression]:
    """All of them by address, a page at a time."""
    last = ""
    while True:
        query = select(suppressions).where(suppressions.c.email_key > last).order_by(suppressions.c.email_key)
        page = connection.execute(query.limit(_PAGE)).all()
        if not page:
            return
        yield from map(_to_suppression, page)
        last = page[-1].email_key


def count_by_reason(connection: Connection) -> dict[str, int]:
    query = select(suppressions.c.reason, func.count()).group_by(suppressions.c.reason)
    return {reason: number for reason, number in connection.execute(query)}  # noqa: C416 - rows are no pairs for mypy


def _to_suppression(row: object) -> Suppression:
    return Suppression(row.email, SuppressionReason(row.reason), row.since, row.source)  # type: ignore[attr-defined] # a row
