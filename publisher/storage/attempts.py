"""Rows of sign-ups of late: how often, by keyed hash of what they have in common."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, func, insert, select

from publisher.storage.connection import Connection
from publisher.storage.schema import sign_up_attempts


def note_attempt(connection: Connection, hashes: Iterable[str], now: datetime) -> None:
    rows = [{"hash": hash_, "at": now} for hash_ in hashes]
    if rows:
        connection.execute(insert(sign_up_attempts), rows)


def count_attempts(connection: Connection, hash_: str, since: datetime) -> int:
    """Those after `since`."""
    query = select(func.count()).where(sign_up_attempts.c.hash == hash_, sign_up_attempts.c.at > since)
    return int(connection.execute(query).scalar_one())


def last_attempt(connection: Connection, hash_: str) -> datetime | None:
    query = select(func.max(sign_up_attempts.c.at)).where(sign_up_attempts.c.hash == hash_)
    return connection.execute(query).scalar_one_or_none()


def list_attempts(connection: Connection, hashes: Iterable[str]) -> list[datetime]:
    """When, oldest first."""
    query = select(sign_up_attempts.c.at).where(sign_up_attempts.c.hash.in_(list(hashes)))
    return list(connection.execute(query.order_by(sign_up_attempts.c.at)).scalars())


def forget_attempts(connection: Connection, before: datetime) -> None:
    """Those that count no more."""
    connection.execute(delete(sign_up_attempts).where(sign_up_attempts.c.at <= before))
