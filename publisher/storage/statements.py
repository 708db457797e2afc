"""Statements as text, for rooms that a build needs (see storage.connection). Pure.

Tables and columns are names of ours, values are parameters. What they say is understood by SQLite and PostgreSQL
alike, but for the placeholder and `AMONG`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

AMONG = "IN (SELECT value FROM json_each(?))"  # one parameter, so that the statement is the same however many they are


def list_of(values: Iterable[str]) -> str:
    """The parameter of `AMONG`."""
    return json.dumps(list(values))


def select(table: str, columns: Sequence[str], rest: str = "") -> str:
    """`rest`: conditions and order."""
    return f"SELECT {', '.join(columns)} FROM {table} {rest}"  # noqa: S608 - names of ours


def insert(table: str, columns: Sequence[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - names of ours


def upsert(table: str, columns: Sequence[str], key: Sequence[str], change: Sequence[str] | None = None) -> str:
    """Insert; of the row that has this key already, `change` all columns that are no part of it, or those named."""
    names = [name for name in columns if name not in key] if change is None else change
    changes = ", ".join(f"{name} = excluded.{name}" for name in names)
    return f"{insert(table, columns)} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"
