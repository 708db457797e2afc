"""Rows of the entries that feeds are put together from, so that one change does not render their neighbours again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from operator import attrgetter

from publisher.storage.connection import Connection
from publisher.storage.statements import AMONG, list_of, select, upsert


@dataclass(frozen=True, slots=True)
class Rendering:
    """`key` stands for everything that `content` was made from; `format` tells a full text from a summary too."""

    article_id: str
    format: str
    key: str
    content: bytes


_COLUMNS = Rendering.__slots__
_LOAD = select("renderings", _COLUMNS, f"WHERE article_id {AMONG}")
_LOAD_KEYS = select("renderings", ["article_id", "format", "key"], f"WHERE article_id {AMONG}")
_SAVE = upsert("renderings", _COLUMNS, ["article_id", "format"])


def load_keys(connection: Connection, ids: Sequence[str]) -> dict[tuple[str, str], str]:
    """Article id and format -> key, without the content."""
    return {(id_, name): key for id_, name, key in connection.fetch(_LOAD_KEYS, [list_of(ids)])}


def load_renderings(connection: Connection, ids: Sequence[str]) -> list[Rendering]:
    """Contents and all, so for no more articles than one feed holds."""
    return [Rendering(*row) for row in connection.fetch(_LOAD, [list_of(ids)])]


def save_renderings(connection: Connection, made: Sequence[Rendering]) -> None:
    connection.run_many(_SAVE, map(attrgetter(*_COLUMNS), made))


def forget_renderings(connection: Connection, shown: Collection[tuple[str, str]]) -> None:
    """Keep those of the articles, by id, in the formats in which feeds still show them, and no others."""
    kept = connection.fetch("SELECT article_id, format FROM renderings")
    gone = [row for row in kept if row not in shown]
    connection.run_many("DELETE FROM renderings WHERE article_id = ? AND format = ?", gone)
