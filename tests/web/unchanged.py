"""Proof that asking changes nothing: scanners open every link of every page and mail."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from publisher.app.context import Context


@contextmanager
def assert_database_unchanged(context: Context) -> Iterator[None]:
    """The whole database is the same, row by row, behind the block as it was before."""
    before = dump(context.database.path)
    assert len(before) > 20, "a dump of nothing proves nothing"
    yield
    assert dump(context.database.path) == before


def dump(path: Path) -> list[str]:
    """Every table and row as SQL, by a connection of its own."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return list(connection.iterdump())
