"""A look into a database that changes nothing, not even its version."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote


def peek_facts(path: Path, names: Iterable[str]) -> dict[str, str]:
    """The facts of these names; none where there is no database, or one that cannot be read just now."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
            query = "SELECT value FROM facts WHERE name = ?"
            found = {name: connection.execute(query, (name,)).fetchone() for name in names}
    except sqlite3.Error:
        return {}
    return {name: row[0] for name, row in found.items() if row}
