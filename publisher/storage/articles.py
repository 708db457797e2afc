"""Rows of articles and of the files they come from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from publisher.errors import Problem
from publisher.interning import Interner
from publisher.model.article import Article
from publisher.model.source import SourceFile
from publisher.storage.connection import Connection
from publisher.storage.instants import read_instant, write_instant
from publisher.storage.statements import AMONG, list_of, select, upsert

_PAGE = 500  # rows that the driver makes at a time
# A file with a problem hides the article it had.
_IS_RIGHT = "path IS NOT NULL AND path NOT IN (SELECT path FROM files WHERE problem IS NOT NULL)"
_LOAD_FILES = select("files", ["path", "size", "mtime_ns", "source"])
_LOAD_REMARKED = select(
    "files",
    ["path", "size", "mtime_ns", "problem", "source", "notes"],
    "WHERE problem IS NOT NULL OR notes IS NOT NULL ORDER BY path",
)
_SAVE_FILE = upsert("files", ["path", "size", "mtime_ns", "problem", "source", "notes"], ["path"])
# Bytes, because the decoder wants UTF-8: as text, SQLite's driver would decode it and msgspec encode it again.
_LOAD_RIGHT = select("articles", ["id", "path", "seq", "seen_at", "CAST(data AS BLOB)", "sha256"], f"WHERE {_IS_RIGHT}")
_LOAD_KNOWN = select(
    "articles",
    [
        "id",
        "path",
        "sha256",
        "title",
        "published",
        "seq",
        "json_extract(data, '$.url')",
        "json_extract(data, '$.draft')",
    ],
)
_COUNT_LANGUAGES = f"""
SELECT json_extract(data, '$.language') AS language FROM articles WHERE {_IS_RIGHT}
GROUP BY language ORDER BY count(*) DESC, language
"""  # noqa: S608 - words of ours
# Columns hold what changes by itself; the rest of an article is written and read as a whole.
_SAVE_ARTICLE = upsert(
    "articles",
    ["id", "path", "sha256", "title", "published", "markdown", "sketch", "revised_at", "data"],
    ["id"],
)
_SET_FACT = upsert("facts", ["name", "value"], ["name"])


class Fingerprint(NamedTuple):
    """What tells whether a file has changed, and which source it was read as part of."""

    file: SourceFile
    source: str


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file as the index remembers it."""

    file: SourceFile
    problem: Problem | None
    source: str = ""
    notes: tuple[Problem, ...] = ()


class KnownArticle(NamedTuple):
    """What telling a renamed file from a new one, or from a copy, takes. `path` is None while its file is gone."""

    id: str
    path: str | None
    sha256: str
    title: str
    published: datetime
    seq: int | None = None
    url: str = ""
    draft: bool = False


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article on its way into the index: its file's hash and its Markdown with it.

    `revised_at` is when its last change was seen that is more than a correction, `sketch` the text of that time.
    """

    article: Article
    sha256: str
    markdown: str
    sketch: bytes | None = None
    revised_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    """How the index knows the text of an article; `seq` is None while it was never public."""

    sha256: str
    title: str
    seq: int | None
    sketch: bytes | None
    revised_at: datetime | None


def load_fingerprints(connection: Connection, paths: Sequence[str] | None = None) -> dict[str, Fingerprint]:
    """Files of the last scan by their paths: all, or those of `paths` that there are."""
    if paths is None:
        rows = connection.fetch(_LOAD_FILES)
    else:
        rows = connection.fetch(f"{_LOAD_FILES} WHERE path {AMONG}", [list_of(paths)])
    return {path: Fingerprint(SourceFile(path, size, mtime_ns), source) for path, size, mtime_ns, source in rows}


def load_remarked_files(connection: Connection) -> list[KnownFile]:
    """Files that are no article because something is wrong with them, or whose article lacks a field, by path."""
    return [
        KnownFile(
            SourceFile(path, size, mtime_ns),
            Problem(**json.loads(problem)) if problem else None,
            source,
            tuple(Problem(**note) for note in json.loads(notes)) if notes else (),
        )
        for path, size, mtime_ns, problem, source, notes in connection.fetch(_LOAD_REMARKED)
    ]


def load_known(connection: Connection) -> list[KnownArticle]:
    """Every article ever seen, those whose file is gone included."""
    return _load_known(connection, "ORDER BY id")


def load_all_known(connection: Connection, at_hand: Iterable[tuple[Article, str]]) -> list[KnownArticle]:
    """As `load_known`, when what `load_hashed` gives is at hand, which need not be read again."""
    known = [
        KnownArticle(one.id, one.path, sha256, one.title, one.published, one.seq, one.url, one.draft)
        for one, sha256 in at_hand
    ]
    known += _load_known(connection, f"WHERE NOT ({_IS_RIGHT})")
    known.sort(key=attrgetter("id"))
    return known


def load_articles(connection: Connection) -> list[Article]:
    """Every article whose file is there and in order, by path, drafts and those not yet due included."""
    return [article for article, _ in load_hashed(connection)]


def list_languages(connection: Connection) -> list[str]:
    """Those that articles are in which `load_articles` gives, the most frequent first."""
    return [found for (found,) in connection.fetch(_COUNT_LANGUAGES) if found]


def load_hashed(connection: Connection, paths: Sequence[str] | None = None) -> list[tuple[Article, str]]:
    """What `load_articles` gives, or those of `paths`, each with the hash of its file."""
    query, values = (_LOAD_RIGHT, []) if paths is None else (f"{_LOAD_RIGHT} AND path {AMONG}", [list_of(paths)])
    decode = msgspec.json.Decoder(Article).decode
    found: list[tuple[Article, str]] = []
    # A value that nobody has seen yet; `replace` would take longer than all the rest.
    put = object.__setattr__
    names = Interner()
    for page in connection.fetch_pages(query, values, _PAGE):
        for id_, path, seq, seen, data, sha256 in page:
            article = decode(data)
            put(article, "id", id_)
            put(article, "path", path)
            put(article, "seq", seq)
            put(article, "seen_at", seen and _read_moment(seen))
            found.append((article, sha256))
        names.intern(article for article, _ in found[-len(page) :])
    found.sort(key=lambda pair: pair[0].path)  # sorting in SQL would fetch them in that order, one here and one there
    return found


def load_markdown(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """Bodies by article id."""
    return dict(connection.fetch(select("articles", ["id", "markdown"], f"WHERE id {AMONG}"), [list_of(ids)]))


def load_revisions(connection: Connection, ids: Sequence[str]) -> dict[str, Revision]:
    """By article id."""
    columns = ["id", "sha256", "title", "seq", "sketch", "revised_at"]
    rows = connection.fetch(select("articles", columns, f"WHERE id {AMONG}"), [list_of(ids)])
    return {
        id_: Revision(sha256, title, seq, sketch, read_instant(revised_at))
        for id_, sha256, title, seq, sketch, revised_at in rows
    }


def save_articles(connection: Connection, stored: Sequence[StoredArticle]) -> None:
    """Insert or update by id; `seq` and `seen_at` of a known article stay as they are."""
    if not stored:
        return
    # Paths are freed first: two files may have swapped their names.
    ids, paths = (item.article.id for item in stored), (item.article.path for item in stored)
    free = f"UPDATE articles SET path = NULL WHERE id {AMONG} OR path {AMONG}"  # noqa: S608 - words of ours
    connection.run(free, (list_of(ids), list_of(paths)))
    connection.run_many(_SAVE_ARTICLE, map(_to_row, stored))


def save_files(connection: Connection, known: Iterable[KnownFile]) -> None:
    rows = (
        (
            *item.file,
            json.dumps(asdict(item.problem)) if item.problem else None,
            item.source,
            json.dumps([asdict(one) for one in item.notes]) if item.notes else None,
        )
        for item in known
    )
    connection.run_many(_SAVE_FILE, rows)


def forget_files(connection: Connection, paths: Sequence[str]) -> None:
    """The files are gone; their articles keep their identity and lose their place."""
    connection.run_many("DELETE FROM files WHERE path = ?", ((path,) for path in paths))
    detach_articles(connection, paths)


def detach_articles(connection: Connection, paths: Sequence[str]) -> None:
    """These files hold no article any more."""
    connection.run_many("UPDATE articles SET path = NULL WHERE path = ?", ((path,) for path in paths))


def rename_article(connection: Connection, old: str, new: str) -> None:
    """The same article under another id: its number, what was sent of it and its place in archives stay."""
    connection.fetch("PRAGMA defer_foreign_keys=ON")
    connection.run("UPDATE issue_articles SET article_id = ? WHERE article_id = ?", (new, old))
    connection.run("UPDATE archives SET article_id = ? WHERE article_id = ?", (new, old))
    connection.run("DELETE FROM renderings WHERE article_id = ?", (old,))  # the id is part of each
    connection.run("UPDATE articles SET id = ? WHERE id = ?", (new, old))


def number_new(connection: Connection, ids: Sequence[str], now: datetime) -> None:
    """Give these articles, in this order, the next sequence numbers: from `now` on they count as seen."""
    _number(connection, ids, last_seq(connection) + 1, now)


def number_loaded(connection: Connection, loaded: Sequence[Article], now: datetime) -> None:
    """As `number_new`, for articles that were loaded a moment ago, and that nobody else has seen: they know it too."""
    last = last_seq(connection)
    number_new(connection, [article.id for article in loaded], now)
    for number, article in enumerate(loaded, start=last + 1):
        # `replace` makes another article, which takes as long as loading it did.
        object.__setattr__(article, "seq", number)
        object.__setattr__(article, "seen_at", now)


def number_history(connection: Connection, ids: Sequence[str], now: datetime) -> None:
    """Give these articles, in this order, numbers below all others: seen from `now` on, and new for no newsletter."""
    ((lowest,),) = connection.fetch("SELECT min(seq) FROM articles")
    _number(connection, ids, min(0, lowest or 0) - len(ids), now)


def last_seq(connection: Connection) -> int:
    """The highest number given; 0 where there are none, or none but those of history."""
    ((highest,),) = connection.fetch("SELECT max(seq) FROM articles")
    return max(0, highest or 0)


def get_fact(connection: Connection, name: str) -> str | None:
    rows = connection.fetch("SELECT value FROM facts WHERE name = ?", (name,))
    return rows[0][0] if rows else None


def set_fact(connection: Connection, name: str, value: str) -> None:
    connection.run(_SET_FACT, (name, value))


def _number(connection: Connection, ids: Sequence[str], first: int, now: datetime) -> None:
    moment = write_instant(now)
    rows = ((number, moment, id_) for number, id_ in enumerate(ids, start=first))
    connection.run_many("UPDATE articles SET seq = ?, seen_at = ? WHERE id = ? AND seq IS NULL", rows)


def _load_known(connection: Connection, rest: str) -> list[KnownArticle]:
    return [
        KnownArticle(id_, path, sha256, title, read_instant(published), seq, url, bool(draft))
        for id_, path, sha256, title, published, seq, url, draft in connection.fetch(f"{_LOAD_KNOWN} {rest}")
    ]


@lru_cache(maxsize=1024)
def _read_moment(text: str) -> datetime:
    """Articles that came in one scan have one moment."""
    return read_instant(text)


def _to_row(item: StoredArticle) -> tuple[Any, ...]:
    article = item.article
    return (
        article.id,
        article.path,
        item.sha256,
        article.title,
        write_instant(article.published),
        item.markdown,
        item.sketch,
        write_instant(item.revised_at),
        msgspec.json.encode(article).decode(),
    )
