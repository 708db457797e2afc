"""Rows of the entries that feeds are put together from, so that one change does not render their neighbours again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from publisher.storage.schema import renderings

_CHUNK = 500  # bound variables in one statement; SQLite's limit is 32,766


@dataclass(frozen=True, slots=True)
class Rendering:
    """`key` stands for everything that `content` was made from; `format` tells a full text from a summary too."""

    article_id: str
    format: str
    key: str
    content: bytes


def load_keys(connection: Connection, ids: Sequence[str]) -> dict[tuple[str, str], str]:
    """Article id and format -> key, without the content."""
    own = renderings.c
    found: dict[tuple[str, str], str] = {}
    for start in range(0, len(ids), _CHUNK):
        query = select(own.article_id, own.format, own.key).where(own.article_id.in_(ids[start : start + _CHUNK]))
        found.update(((id_, name), key) for id_, name, key in connection.execute(query))
    return found


def load_renderings(connection: Connection, ids: Sequence[str]) -> list[Rendering]:
    """Contents and all, so for no more articles than one feed holds."""
    columns = [renderings.c[name] for name in Rendering.__slots__]
    found: list[Rendering] = []
    for start in range(0, len(ids), _CHUNK):
        query = select(*columns).where(renderings.c.article_id.in_(ids[start : start + _CHUNK]))
        found += (Rendering(*row) for row in connection.execute(query))
    return found


def save_renderings(connection: Connection, made: Sequence[Rendering]) -> None:
    if not made:
        return
    statement = insert(renderings)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[renderings.c.article_id, renderings.c.format],
            set_={name: statement.excluded[name] for name in ("key", "content")},
        ),
        [{name: getattr(item, name) for name in Rendering.__slots__} for item in made],
    )


def forget_renderings(connection: Connection, shown: Collection[tuple[str, str]]) -> None:
    """Keep those of the articles, by id, in the formats in which feeds still show them, and no others."""
    own = renderings.c
    kept = connection.execute(select(own.article_id, own.format))
    gone = [{"the_id": id_, "the_format": name} for id_, name in kept if (id_, name) not in shown]
    if gone:
        statement = delete(renderings)
        statement = statement.where(own.article_id == bindparam("the_id"), own.format == bindparam("the_format"))
        connection.execute(statement, gone)
