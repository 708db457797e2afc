"""Rows of how many read each feed on each day: numbers alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.sqlite import insert

from publisher.storage.connection import Connection
from publisher.storage.schema import readers

ALL_CLIENTS = ""  # stands where a service's name does, for those who fetch for themselves
KEPT = timedelta(days=400)  # a year and a month, to compare with the year before


@dataclass(frozen=True, slots=True)
class ReaderCount:
    """`service` is one that fetches for many, or ALL_CLIENTS."""

    day: date
    path: str
    service: str
    number: int


def save_counts(connection: Connection, counts: Sequence[ReaderCount], today: date) -> None:
    """The larger number stays: a server that was started anew knows only a part of its day."""
    if counts:
        statement = insert(readers)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=[readers.c.day, readers.c.path, readers.c.service],
                set_={"number": func.max(readers.c.number, statement.excluded.number)},
            ),
            [
                {"day": count.day.isoformat(), "path": count.path, "service": count.service, "number": count.number}
                for count in counts
            ],
        )
    connection.execute(delete(readers).where(readers.c.day < (today - KEPT).isoformat()))


def load_counts(connection: Connection, since: date, until: date) -> list[ReaderCount]:
    """Of the days from `since` to `until`, both included; by day."""
    own = readers.c
    query = select(own.day, own.path, own.service, own.number).order_by(own.day, own.path, own.service)
    found = connection.execute(query.where(own.day.between(since.isoformat(), until.isoformat())))
    return [ReaderCount(date.fromisoformat(day), path, service, number) for day, path, service, number in found]
