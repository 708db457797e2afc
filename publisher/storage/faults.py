"""Rows of the feed files that could not be replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from publisher.storage.connection import Connection
from publisher.storage.instants import read_instant, write_instant
from publisher.storage.statements import insert, select


@dataclass(frozen=True, slots=True)
class FeedFault:
    """`path` is below the output folder; `since` is when it failed first without having been written again."""

    path: str
    reason: str
    since: datetime


_COLUMNS = FeedFault.__slots__
_LOAD = select("feed_faults", _COLUMNS, "ORDER BY path")
_ADD = insert("feed_faults", _COLUMNS)


def load_faults(connection: Connection) -> list[FeedFault]:
    """By path."""
    return [FeedFault(path, reason, read_instant(since)) for path, reason, since in connection.fetch(_LOAD)]


def replace_faults(connection: Connection, failed: Mapping[str, str], now: datetime) -> None:
    """These files and reasons are all that is wrong now; what was wrong before keeps its `since`."""
    since = {fault.path: fault.since for fault in load_faults(connection)}
    connection.run("DELETE FROM feed_faults")
    rows = [(path, reason, write_instant(since.get(path, now))) for path, reason in failed.items()]
    connection.run_many(_ADD, rows)
