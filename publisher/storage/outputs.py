"""Rows of the feed files we wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from publisher.storage.connection import Connection
from publisher.storage.schema import outputs


@dataclass(frozen=True, slots=True)
class Output:
    """`signature` stands for everything that went into the file; size and mtime are as it lay on disk afterwards."""

    path: str
    signature: str
    size: int
    mtime_ns: int
    sha256: str = ""


def load_outputs(connection: Connection) -> dict[str, Output]:
    columns = (outputs.c[name] for name in Output.__slots__)
    return {row.path: Output(*row) for row in connection.execute(select(*columns))}


def load_digests(connection: Connection) -> dict[str, str]:
    """By path, the SHA-256 of each file."""
    return {row[0]: row[1] for row in connection.execute(select(outputs.c.path, outputs.c.sha256))}


def save_outputs(connection: Connection, written: Sequence[Output]) -> None:
    if not written:
        return
    statement = insert(outputs)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[outputs.c.path],
            set_={name: statement.excluded[name] for name in Output.__slots__},
        ),
        [{name: getattr(item, name) for name in Output.__slots__} for item in written],
    )


def forget_outputs(connection: Connection, paths: Sequence[str]) -> None:
    if paths:
        statement = delete(outputs).where(outputs.c.path == bindparam("the_path"))
        connection.execute(statement, [{"the_path": path} for path in paths])
