"""A look into a database that changes nothing, not even its version."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from publisher.storage.faults import FeedFault


def peek_facts(path: Path, names: Iterable[str]) -> dict[str, str]:
    """The facts of these names; none where there is no database, or one that cannot be read just now."""
    try:
        with closing(_open(path)) as connection:
            query = "SELECT value FROM facts WHERE name = ?"
            found = {name: connection.execute(query, (name,)).fetchone() for name in names}
    except sqlite3.Error:
        return {}
    return {name: row[0] for name, row in found.items() if row}


def peek_faults(path: Path) -> list[FeedFault]:
    """The feed files that could not be replaced; none where that cannot be read, or the database is an older one."""
    try:
        with closing(_open(path)) as connection:
            rows = connection.execute("SELECT path, reason, since FROM feed_faults ORDER BY path").fetchall()
    except sqlite3.Error:
        return []
    return [FeedFault(path, reason, datetime.fromisoformat(since)) for path, reason, since in rows]


def _open(path: Path) -> sqlite3.Connection:
    # With a log beside it somebody has it open, or had; without one even reading would leave an empty log behind.
    mode = "mode=ro" if path.with_name(path.name + "-wal").exists() else "mode=ro&immutable=1"
    return sqlite3.connect(f"file:{quote(str(path))}?{mode}", uri=True)
