"""A look into a database that changes nothing, not even its version."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from publisher.model.rendered import RenderedIssue
from publisher.storage.faults import FeedFault

_MOST_VARIANTS = 20


def peek_facts(path: Path, names: Iterable[str]) -> dict[str, str]:
    """The facts of these names; none where there is no database, or one that cannot be read just now."""
    try:
        with closing(open_as_it_is(path)) as connection:
            query = "SELECT value FROM facts WHERE name = ?"
            found = {name: connection.execute(query, (name,)).fetchone() for name in names}
    except sqlite3.Error:
        return {}
    return {name: row[0] for name, row in found.items() if row}


def peek_faults(path: Path) -> list[FeedFault]:
    """The feed files that could not be replaced; none where that cannot be read, or the database is an older one."""
    try:
        with closing(open_as_it_is(path)) as connection:
            rows = connection.execute("SELECT path, reason, since FROM feed_faults ORDER BY path").fetchall()
    except sqlite3.Error:
        return []
    return [FeedFault(path, reason, datetime.fromisoformat(since)) for path, reason, since in rows]


@dataclass(frozen=True, slots=True)
class Standing:
    """What newsletters have dealt with.

    `articles`: id, number (None before its day) and first sight (ISO 8601) by path. `passed`: the number up to which
    articles are no news, by newsletter; `sent`: ids that stand in an issue of it.
    """

    articles: Mapping[str, tuple[str, int | None, str | None]] = field(default_factory=dict)
    passed: Mapping[str, int] = field(default_factory=dict)
    sent: Mapping[str, frozenset[str]] = field(default_factory=dict)


def peek_standing(path: Path) -> Standing:
    """Nothing where there is no database, or one that cannot be read just now."""
    try:
        with closing(open_as_it_is(path)) as connection:
            rows = connection.execute("SELECT path, id, seq, seen_at FROM articles WHERE path IS NOT NULL").fetchall()
            passed = dict(connection.execute("SELECT name, last_seq FROM newsletters").fetchall())
            query = "SELECT newsletter, article_id FROM issue_articles JOIN issues ON issues.id = issue_id"
            pairs = connection.execute(f"{query} WHERE audience = ''").fetchall()
    except sqlite3.Error:
        return Standing()
    sent = {name: frozenset(article for other, article in pairs if other == name) for name in passed}
    return Standing({row[0]: (row[1], row[2], row[3]) for row in rows}, passed, sent)


def peek_pictures(path: Path, urls: Iterable[str]) -> dict[str, tuple[str, int | None]]:
    """Kind and bytes of pictures that mails have shown; none where that cannot be read, or the database is older."""
    query = "SELECT kind, size FROM pictures WHERE url = ?"
    try:
        with closing(open_as_it_is(path)) as connection:
            found = {url: connection.execute(query, (url,)).fetchone() for url in urls}
    except sqlite3.Error:
        return {}
    return {url: (row[0], row[1]) for url, row in found.items() if row}


@dataclass(frozen=True, slots=True)
class MadeIssue:
    """An issue as it is stored: `articles` are ids in its order, `variants` what its readers get."""

    newsletter: str
    template: str
    articles: tuple[str, ...]
    variants: tuple[RenderedIssue, ...]


def peek_issue(path: Path, issue_id: int) -> MadeIssue | None:
    """None when there is none of this number, or that cannot be read just now."""
    try:
        with closing(open_as_it_is(path)) as connection:
            query = "SELECT newsletter, template FROM issues WHERE id = ?"
            row = connection.execute(query, (issue_id,)).fetchone()
            if row is None:
                return None
            query = "SELECT article_id FROM issue_articles WHERE issue_id = ? ORDER BY position"
            articles = connection.execute(query, (issue_id,)).fetchall()
            columns = "subject, text, html, language, marker, fields"
            query = f"SELECT {columns} FROM variants WHERE issue_id = ? ORDER BY key LIMIT ?"  # noqa: S608 - our names
            variants = connection.execute(query, (issue_id, _MOST_VARIANTS)).fetchall()
    except sqlite3.Error:
        return None
    return MadeIssue(row[0], row[1], tuple(article for (article,) in articles), tuple(map(_to_rendered, variants)))


def _to_rendered(row: tuple[str, bytes, bytes, str, str, str]) -> RenderedIssue:
    subject, text, html, language, marker, fields = row
    return RenderedIssue(
        subject=subject,
        text=zlib.decompress(text).decode("utf-8"),
        html=zlib.decompress(html).decode("utf-8"),
        language=language,
        marker=marker,
        fields=tuple((name, fallback) for name, fallback in json.loads(fields)),
    )


def open_as_it_is(path: Path) -> sqlite3.Connection:
    """For reading alone; leaves nothing behind."""
    # With a log beside it somebody has it open, or had; without one even reading would leave an empty log behind.
    mode = "mode=ro" if path.with_name(path.name + "-wal").exists() else "mode=ro&immutable=1"
    return sqlite3.connect(f"file:{quote(str(path))}?{mode}", uri=True)
