"""Rows of what feeds have shown: places in their archives, and what became of the articles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from publisher.storage.connection import Connection
from publisher.storage.instants import read_instant, write_instant


@dataclass(frozen=True, slots=True)
class Shown:
    """An article that a feed of ours has shown.

    `gone_at` is when it was noticed to be gone. `is_hidden`: its file is there and cannot be read at the moment.
    """

    gone_at: datetime | None
    is_hidden: bool


_ADD = "INSERT INTO archives (feed_id, article_id, part) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_LOAD_SHOWN = """
SELECT articles.id, articles.gone_at, files.problem IS NOT NULL
FROM articles LEFT JOIN files ON files.path = articles.path WHERE articles.shown_at IS NOT NULL
"""
_LOAD_GONE = "SELECT id, gone_at, data FROM articles WHERE gone_at > ? ORDER BY gone_at DESC, id LIMIT ?"


class _Subjects(msgspec.Struct):
    """What a tombstone takes from an article."""

    categories: tuple[str, ...]
    tags: tuple[str, ...]


def load_parts(connection: Connection) -> dict[str, dict[str, int]]:
    """Feed id -> article id -> part."""
    found: dict[str, dict[str, int]] = {}
    for feed_id, article_id, part in connection.fetch("SELECT feed_id, article_id, part FROM archives"):
        found.setdefault(feed_id, {})[article_id] = part
    return found


def save_parts(connection: Connection, feed_id: str, parts: Mapping[str, int]) -> None:
    """A place that an article has already stays as it is."""
    connection.run_many(_ADD, [(feed_id, id_, part) for id_, part in parts.items()])


def load_shown(connection: Connection) -> dict[str, Shown]:
    """By article id."""
    rows = connection.fetch(_LOAD_SHOWN)
    return {id_: Shown(read_instant(gone_at), bool(is_hidden)) for id_, gone_at, is_hidden in rows}


def load_gone(connection: Connection, since: datetime, most: int) -> list[tuple[str, datetime, tuple[str, ...]]]:
    """Id, moment, and categories and tags of what went since then, the last first."""
    rows = connection.fetch(_LOAD_GONE, (write_instant(since), most))
    subjects = msgspec.json.Decoder(_Subjects).decode
    return [
        (id_, read_instant(gone_at), (*found.categories, *found.tags))
        for id_, gone_at, data in rows
        for found in (subjects(data),)
    ]


def mark_shown(connection: Connection, ids: Iterable[str], now: datetime) -> None:
    """A feed of ours is about to show them."""
    moment = write_instant(now)
    connection.run_many("UPDATE articles SET shown_at = ? WHERE id = ?", ((moment, id_) for id_ in ids))


def mark_gone(connection: Connection, ids: Iterable[str], now: datetime) -> None:
    moment = write_instant(now)
    connection.run_many("UPDATE articles SET gone_at = ? WHERE id = ?", ((moment, id_) for id_ in ids))


def mark_returned(connection: Connection, ids: Iterable[str]) -> None:
    connection.run_many("UPDATE articles SET gone_at = NULL WHERE id = ?", ((id_,) for id_ in ids))
