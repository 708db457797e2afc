"""Rows of the feed files we wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from publisher.storage.connection import Connection
from publisher.storage.statements import select, upsert


@dataclass(frozen=True, slots=True)
class Output:
    """`signature` stands for everything that went into the file; size and mtime are as it lay on disk afterwards."""

    path: str
    signature: str
    size: int
    mtime_ns: int
    sha256: str = ""


_COLUMNS = Output.__slots__
_LOAD = select("outputs", _COLUMNS)
_SAVE = upsert("outputs", _COLUMNS, ["path"])


def load_outputs(connection: Connection) -> dict[str, Output]:
    return {row[0]: Output(*row) for row in connection.fetch(_LOAD)}


def load_digests(connection: Connection) -> dict[str, str]:
    """By path, the SHA-256 of each file."""
    return dict(connection.fetch("SELECT path, sha256 FROM outputs"))


def save_outputs(connection: Connection, written: Sequence[Output]) -> None:
    connection.run_many(_SAVE, map(attrgetter(*_COLUMNS), written))


def forget_outputs(connection: Connection, paths: Sequence[str]) -> None:
    connection.run_many("DELETE FROM outputs WHERE path = ?", [(path,) for path in paths])
