"""Rows of the feeds that are read as sources: what the last answer said, and when to ask again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from publisher.storage.connection import Connection
from publisher.storage.instants import read_instant, write_instant
from publisher.storage.statements import AMONG, list_of, select, upsert


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


_COLUMNS = Fetch.__slots__
_LOAD = select("fetches", _COLUMNS)
_SAVE = upsert("fetches", _COLUMNS, ["source"])


def load_fetches(connection: Connection) -> dict[str, Fetch]:
    """By source."""
    return {row[0]: _to_fetch(dict(zip(_COLUMNS, row, strict=True))) for row in connection.fetch(_LOAD)}


def save_fetch(connection: Connection, fetch: Fetch) -> None:
    row = asdict(fetch) | {"gone": int(fetch.gone)}
    moments = {name: write_instant(row[name]) for name in ("fetched_at", "next_at")}
    connection.run(_SAVE, [*(row | moments).values()])


def forget_other_fetches(connection: Connection, sources: Collection[str]) -> None:
    """Whoever is taken out of the config and put in again starts anew."""
    connection.run(f"DELETE FROM fetches WHERE source NOT {AMONG}", [list_of(sources)])  # noqa: S608 - words of ours


def _to_fetch(row: Mapping[str, Any]) -> Fetch:
    moments = {name: read_instant(row[name]) for name in ("fetched_at", "next_at")}
    return Fetch(**{**row, **moments, "gone": bool(row["gone"])})
