"""Rows of the feed files that could not be replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from publisher.storage.connection import Connection
from publisher.storage.schema import feed_faults


@dataclass(frozen=True, slots=True)
class FeedFault:
    """`path` is below the output folder; `since` is when it failed first without having been written again."""

    path: str
    reason: str
    since: datetime


def load_faults(connection: Connection) -> list[FeedFault]:
    """By path."""
    columns = (feed_faults.c[name] for name in FeedFault.__slots__)
    return [FeedFault(*row) for row in connection.execute(select(*columns).order_by(feed_faults.c.path))]


def replace_faults(connection: Connection, failed: Mapping[str, str], now: datetime) -> None:
    """These files and reasons are all that is wrong now; what was wrong before keeps its `since`."""
    since = {fault.path: fault.since for fault in load_faults(connection)}
    connection.execute(delete(feed_faults))
    if failed:
        rows = [{"path": path, "reason": reason, "since": since.get(path, now)} for path, reason in failed.items()]
        connection.execute(insert(feed_faults), rows)
