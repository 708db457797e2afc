"""Rows of the entries that feeds are put together from, so that one change does not render their neighbours again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from publisher.storage.bulk import among, execute_rows
from publisher.storage.connection import Connection
from publisher.storage.schema import renderings


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
    query = select(own.article_id, own.format, own.key).where(among(own.article_id, ids))
    return {(id_, name): key for id_, name, key in connection.execute(query)}


def load_renderings(connection: Connection, ids: Sequence[str]) -> list[Rendering]:
    """Contents and all, so for no more articles than one feed holds."""
    columns = [renderings.c[name] for name in Rendering.__slots__]
    query = select(*columns).where(among(renderings.c.article_id, ids))
    return [Rendering(*row) for row in connection.execute(query)]


def save_renderings(connection: Connection, made: Sequence[Rendering]) -> None:
    statement = insert(renderings)
    statement = statement.on_conflict_do_update(
        index_elements=[renderings.c.article_id, renderings.c.format],
        set_={name: statement.excluded[name] for name in ("key", "content")},
    )
    rows = [(item.article_id, item.format, item.key, item.content) for item in made]
    execute_rows(connection, statement, Rendering.__slots__, rows)


def forget_renderings(connection: Connection, shown: Collection[tuple[str, str]]) -> None:
    """Keep those of the articles, by id, in the formats in which feeds still show them, and no others."""
    own = renderings.c
    kept = connection.execute(select(own.article_id, own.format))
    gone = [{"the_id": id_, "the_format": name} for id_, name in kept if (id_, name) not in shown]
    if gone:
        statement = delete(renderings)
        statement = statement.where(own.article_id == bindparam("the_id"), own.format == bindparam("the_format"))
        connection.execute(statement, gone)
