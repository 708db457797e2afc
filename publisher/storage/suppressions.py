"""Rows of suppressions: addresses that must not be written to, whoever has them.

Of somebody who was forgotten no address stays, but a keyed hash of it in the place of its key.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from publisher.addresses import identity_key, normalise
from publisher.model.subscriber import SubscriberState
from publisher.model.suppression import Suppression, SuppressionReason
from publisher.storage.connection import Connection
from publisher.storage.schema import subscribers, suppressions

_PAGE = 1000
_SLICE = 500  # values in one question
_HASHED = "hash:"  # before a hash; no key of an address is without an @


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


def remove(connection: Connection, email: str, hashes: Sequence[str] = ()) -> bool:
    """False when the address was not there, under none of its `hashes` either."""
    statement = delete(suppressions).where(suppressions.c.email_key.in_(_keys(email, hashes)))
    return connection.execute(statement).rowcount > 0


def find(connection: Connection, email: str, hashes: Sequence[str] = ()) -> Suppression | None:
    """By the address, or one of the `hashes` under which it may be kept; its address is empty then."""
    query = select(suppressions).where(suppressions.c.email_key.in_(_keys(email, hashes)))
    row = connection.execute(query.order_by(suppressions.c.email == "")).first()
    return _to_suppression(row) if row is not None else None


def reduce_to_hash(connection: Connection, email: str, hash_: str) -> bool:
    """Only reason and day stay, under the hash. False when the address was not there."""
    found = find(connection, email)
    if found is None:
        return False
    remove(connection, email)
    values = {"email_key": _HASHED + hash_, "email": "", "reason": found.reason, "since": found.since, "source": ""}
    connection.execute(upsert(suppressions).values(values).on_conflict_do_nothing())
    return True


def has_hashed(connection: Connection) -> bool:
    is_hashed = suppressions.c.email_key.between(_HASHED, _HASHED + "g")  # behind every hexadecimal digit
    return connection.execute(select(suppressions.c.email_key).where(is_hashed).limit(1)).first() is not None


def find_hashed(connection: Connection, hashes: Sequence[str]) -> set[str]:
    """Those of `hashes` that stand here."""
    found: set[str] = set()
    for start in range(0, len(hashes), _SLICE):
        keys = [_HASHED + hash_ for hash_ in hashes[start : start + _SLICE]]
        query = select(suppressions.c.email_key).where(suppressions.c.email_key.in_(keys))
        found.update(key.removeprefix(_HASHED) for key in connection.execute(query).scalars())
    return found


def find_many(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Those keys of addresses, of some thousands, that stand here."""
    if not keys:
        return set()
    each = func.json_each(json.dumps(list(keys))).table_valued("value")  # one value, however many they are
    query = select(suppressions.c.email_key).where(suppressions.c.email_key.in_(select(each.c.value)))
    return set(connection.execute(query).scalars())


def iterate(connection: Connection) -> Iterator[Suppression]:
    """All that have an address, by it, a page at a time."""
    last = ""
    while True:
        is_next = (suppressions.c.email_key > last) & (suppressions.c.email != "")
        query = select(suppressions).where(is_next).order_by(suppressions.c.email_key)
        page = connection.execute(query.limit(_PAGE)).all()
        if not page:
            return
        yield from map(_to_suppression, page)
        last = page[-1].email_key


def count_by_reason(connection: Connection) -> dict[str, int]:
    query = select(suppressions.c.reason, func.count()).group_by(suppressions.c.reason)
    return {reason: number for reason, number in connection.execute(query)}  # noqa: C416 - rows are no pairs for mypy


def _keys(email: str, hashes: Sequence[str]) -> list[str]:
    return [identity_key(email), *(_HASHED + hash_ for hash_ in hashes)]


def _to_suppression(row: object) -> Suppression:
    return Suppression(row.email, SuppressionReason(row.reason), row.since, row.source)  # type: ignore[attr-defined] # a row
