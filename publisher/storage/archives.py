"""Rows of what feeds have shown: places in their archives, and what became of the articles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.sqlite import insert

from publisher.storage.connection import Connection
from publisher.storage.schema import archives, articles, files


@dataclass(frozen=True, slots=True)
class Shown:
    """An article that a feed of ours has shown.

    `gone_at` is when it was noticed to be gone. `is_hidden`: its file is there and cannot be read at the moment.
    """

    gone_at: datetime | None
    is_hidden: bool


def load_parts(connection: Connection) -> dict[str, dict[str, int]]:
    """Feed id -> article id -> part."""
    found: dict[str, dict[str, int]] = {}
    for feed_id, article_id, part in connection.execute(select(archives)):
        found.setdefault(feed_id, {})[article_id] = part
    return found


def save_parts(connection: Connection, feed_id: str, parts: Mapping[str, int]) -> None:
    """A place that an article has already stays as it is."""
    rows = [{"feed_id": feed_id, "article_id": id_, "part": part} for id_, part in parts.items()]
    if rows:
        connection.execute(insert(archives).on_conflict_do_nothing(), rows)


def load_shown(connection: Connection) -> dict[str, Shown]:
    """By article id."""
    own = articles.c
    query = select(own.id, own.gone_at, files.c.problem.is_not(None)).where(own.shown_at.is_not(None))
    rows = connection.execute(query.outerjoin(files, files.c.path == own.path))
    return {id_: Shown(gone_at, bool(is_hidden)) for id_, gone_at, is_hidden in rows}


def load_gone(connection: Connection, since: datetime, most: int) -> list[tuple[str, datetime, tuple[str, ...]]]:
    """Id, moment, and categories and tags of what went since then, the last first."""
    own = articles.c
    query = select(own.id, own.gone_at, own.data).where(own.gone_at > since)
    rows = connection.execute(query.order_by(own.gone_at.desc(), own.id).limit(most))
    return [(id_, gone_at, (*data["categories"], *data["tags"])) for id_, gone_at, data in rows]


def mark_shown(connection: Connection, ids: Iterable[str], now: datetime) -> None:
    """A feed of ours is about to show them."""
    _set(connection, ids, {"shown_at": now})


def mark_gone(connection: Connection, ids: Iterable[str], now: datetime) -> None:
    _set(connection, ids, {"gone_at": now})


def mark_returned(connection: Connection, ids: Iterable[str]) -> None:
    _set(connection, ids, {"gone_at": None})


def _set(connection: Connection, ids: Iterable[str], values: Mapping[str, Any]) -> None:
    rows = [{"the_id": id_} for id_ in ids]
    if rows:
        connection.execute(update(articles).where(articles.c.id == bindparam("the_id")).values(values), rows)
