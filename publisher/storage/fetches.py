"""Rows of the feeds that are read as sources: what the last answer said, and when to ask again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from publisher.storage.connection import Connection
from publisher.storage.schema import fetches


@dataclass(frozen=True, slots=True)
class Fetch:
    """Where we stand with one feed.

    `url` is asked: the address in the config, or where it has moved for good. `etag` and `last_modified` are the
    server's own words. `fetched_at` is the last time that all was well, None before the first. `gone`: the server said
    410 and is not asked again. `failures` counts those since then, `problem` says what the last one was. `note` is what
    is worth a look in what was last read.
    """

    source: str
    url: str
    etag: str | None = None
    last_modified: str | None = None
    fetched_at: datetime | None = None
    next_at: datetime | None = None
    gone: bool = False
    failures: int = 0
    problem: str | None = None
    note: str | None = None
    rules: str = ""


def load_fetches(connection: Connection) -> dict[str, Fetch]:
    """By source."""
    found = (Fetch(*row) for row in connection.execute(select(*(fetches.c[name] for name in Fetch.__slots__))))
    return {fetch.source: fetch for fetch in map(_with_truth, found)}


def save_fetch(connection: Connection, fetch: Fetch) -> None:
    statement = insert(fetches).values(**asdict(fetch) | {"gone": int(fetch.gone)})
    columns = [name for name in Fetch.__slots__ if name != "source"]
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[fetches.c.source], set_={name: statement.excluded[name] for name in columns}
        )
    )


def forget_other_fetches(connection: Connection, sources: Collection[str]) -> None:
    """Whoever is taken out of the config and put in again starts anew."""
    connection.execute(delete(fetches).where(fetches.c.source.not_in(list(sources))))


def _with_truth(fetch: Fetch) -> Fetch:
    return Fetch(**asdict(fetch) | {"gone": bool(fetch.gone)})
