"""A statement handed to the driver as it is: for the few that run with every message.

SQLAlchemy takes 40 µs to wrap one and its result, which is more than SQLite takes for many of them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError


def run(connection: Connection, statement: str, values: Sequence[object] = ()) -> int:
    """Execute `statement` in the transaction of `connection`; returns how many rows it changed.

    Raises DatabaseError as SQLAlchemy would, but sqlite3.IntegrityError as it is.
    """
    cursor = connection.connection.cursor()
    with _told(statement):
        cursor.execute(statement, values)
    return cursor.rowcount


def fetch(connection: Connection, statement: str, values: Sequence[object] = ()) -> Sequence[Any]:
    """The rows that `statement` gives, at once. Raises as `run` does."""
    cursor = connection.connection.cursor()
    with _told(statement):
        cursor.execute(statement, values)
        return cursor.fetchall()


@contextmanager
def _told(statement: str) -> Iterator[None]:
    """Another database may be at work in the same block, so an error of ours has to be known from one of its."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.DatabaseError as error:
        raise DatabaseError(statement, None, error, hide_parameters=True) from error
