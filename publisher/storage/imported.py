"""Rows of the ids that a former feed gave to articles which have not been seen here yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from publisher.storage.connection import Connection
from publisher.storage.instants import read_instant, write_instant
from publisher.storage.statements import select, upsert


@dataclass(frozen=True, slots=True)
class Imported:
    """An id, and what its article is to be known by: the address it has at the site of today, title and date."""

    id: str
    url: str
    title: str
    published: datetime | None = None


_COLUMNS = Imported.__slots__
_LOAD = select("imported", _COLUMNS, "ORDER BY number")
_SAVE = upsert("imported", _COLUMNS, ["id"])


def load_imported(connection: Connection) -> list[Imported]:
    """In the order in which they came."""
    return [Imported(id_, url, title, read_instant(day)) for id_, url, title, day in connection.fetch(_LOAD)]


def save_imported(connection: Connection, found: Iterable[Imported]) -> None:
    connection.run_many(_SAVE, ((one.id, one.url, one.title, write_instant(one.published)) for one in found))


def forget_imported(connection: Connection, ids: Iterable[str]) -> None:
    """Their articles are here, and an id is given once."""
    connection.run_many("DELETE FROM imported WHERE id = ?", ((id_,) for id_ in ids))
