"""Rows of the ids that a former feed gave to articles which have not been seen here yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from publisher.storage.connection import Connection
from publisher.storage.schema import imported


@dataclass(frozen=True, slots=True)
class Imported:
    """An id, and what its article is to be known by: the address it has at the site of today, title and date."""

    id: str
    url: str
    title: str
    published: datetime | None = None


def load_imported(connection: Connection) -> list[Imported]:
    """In the order in which they came."""
    query = select(*(imported.c[name] for name in Imported.__slots__)).order_by(imported.c.number)
    return [Imported(*row) for row in connection.execute(query)]


def save_imported(connection: Connection, found: Iterable[Imported]) -> None:
    rows = [{name: getattr(one, name) for name in Imported.__slots__} for one in found]
    if rows:
        statement = insert(imported)
        changed = {name: statement.excluded[name] for name in ("url", "title", "published")}
        connection.execute(statement.on_conflict_do_update(index_elements=[imported.c.id], set_=changed), rows)


def forget_imported(connection: Connection, ids: Iterable[str]) -> None:
    """Their articles are here, and an id is given once."""
    rows = [{"the_id": id_} for id_ in ids]
    if rows:
        connection.execute(delete(imported).where(imported.c.id == bindparam("the_id")), rows)
