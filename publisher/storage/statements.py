"""A statement handed to the driver as it is: for the few that run with every message.

SQLAlchemy takes 40 µs to wrap one and its result, which is more than SQLite takes for many of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import Connection


class Result(Protocol):
    """What a cursor of DB-API 2.0 (PEP 249) has of a statement that was executed."""

    @property
    def rowcount(self) -> int: ...

    def fetchall(self) -> Sequence[Any]: ...


def run(connection: Connection, statement: str, values: Sequence[object] = ()) -> Result:
    """Execute `statement` in the transaction of `connection`. Raises the errors of the driver; see `Database`."""
    cursor = connection.connection.cursor()
    cursor.execute(statement, values)
    return cursor
