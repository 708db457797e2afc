"""Rows of proofs of work that were used, so that each counts once: after a restart, and in two servers, too."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.sqlite import insert

from publisher.storage.connection import Connection
from publisher.storage.schema import used_proofs


def take_proof(connection: Connection, challenge: str, until: datetime, now: datetime, most: int = 50_000) -> bool:
    """Whether it comes for the first time. Kept `until` its challenge ends; beyond `most` the oldest are forgotten."""
    connection.execute(delete(used_proofs).where(used_proofs.c.until <= now))
    statement = insert(used_proofs).values(challenge=challenge, until=until).on_conflict_do_nothing()
    taken = connection.execute(statement.returning(used_proofs.c.id)).scalar_one_or_none()
    if taken is None:
        return False
    connection.execute(delete(used_proofs).where(used_proofs.c.id <= taken - most))
    return True
