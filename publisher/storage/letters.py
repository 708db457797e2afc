"""Rows of what a person wrote for one issue: letters by hand, and introductions above articles."""

from __future__ import annotations

import zlib

from sqlalchemy import func, insert, select

from publisher.model.issue import OneOff
from publisher.storage.connection import Connection
from publisher.storage.schema import introductions, issues, letters


def add_letter(connection: Connection, issue_id: int, one_off: OneOff, markdown: str) -> None:
    connection.execute(
        insert(letters).values(
            issue_id=issue_id,
            file=one_off.file,
            sha256=one_off.sha256,
            markdown=zlib.compress(markdown.encode("utf-8")),
        )
    )


def find_letter(connection: Connection, newsletter: str, sha256: str) -> int | None:
    """The newest issue of this newsletter that was made of a file with these bytes, whatever became of it."""
    query = (
        select(func.max(issues.c.id))
        .join(letters, letters.c.issue_id == issues.c.id)
        .where(letters.c.sha256 == sha256, issues.c.newsletter == newsletter)
    )
    return connection.execute(query).scalar_one_or_none()


def load_markdown(connection: Connection, issue_id: int) -> str | None:
    """What the letter said; None for an issue of articles."""
    found = connection.execute(select(letters.c.markdown).where(letters.c.issue_id == issue_id)).scalar_one_or_none()
    return None if found is None else zlib.decompress(found).decode("utf-8")


def add_introduction(connection: Connection, issue_id: int, markdown: str) -> None:
    packed = zlib.compress(markdown.encode("utf-8"))
    connection.execute(insert(introductions).values(issue_id=issue_id, markdown=packed))


def load_introduction(connection: Connection, issue_id: int) -> str:
    """Markdown; empty for an issue that has none."""
    own = introductions.c
    found = connection.execute(select(own.markdown).where(own.issue_id == issue_id)).scalar_one_or_none()
    return "" if found is None else zlib.decompress(found).decode("utf-8")
