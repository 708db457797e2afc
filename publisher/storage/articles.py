"""Rows of articles and of the files they come from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    LargeBinary,
    String,
    Text,
    bindparam,
    cast,
    delete,
    func,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects.sqlite import insert

from publisher.errors import Problem
from publisher.interning import Interner
from publisher.model.article import Article
from publisher.model.source import SourceFile
from publisher.storage.bulk import among, execute_rows
from publisher.storage.schema import archives, articles, facts, files, issue_articles, renderings

_CHUNK = 500  # rows that the driver makes at a time
_WRONG = select(files.c.path).where(files.c.problem.is_not(None))  # these files hide the articles they had


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
    own = files.c
    query = select(own.path, own.size, own.mtime_ns, own.source)
    if paths is not None:
        query = query.where(among(own.path, paths))
    return {
        path: Fingerprint(SourceFile(path, size, mtime_ns), source)
        for path, size, mtime_ns, source in connection.execute(query)
    }


def load_remarked_files(connection: Connection) -> list[KnownFile]:
    """Files that are no article because something is wrong with them, or whose article lacks a field, by path."""
    own = files.c
    query = select(own.path, own.size, own.mtime_ns, own.problem, own.source, own.notes)
    query = query.where(or_(own.problem.is_not(None), own.notes.is_not(None))).order_by(own.path)
    return [
        KnownFile(
            SourceFile(path, size, mtime_ns),
            Problem(**problem) if problem else None,
            source,
            tuple(Problem(**note) for note in notes) if notes else (),
        )
        for path, size, mtime_ns, problem, source, notes in connection.execute(query)
    ]


def load_known(connection: Connection) -> list[KnownArticle]:
    """Every article ever seen, those whose file is gone included."""
    return _load_known(connection)


def load_all_known(connection: Connection, at_hand: Iterable[tuple[Article, str]]) -> list[KnownArticle]:
    """As `load_known`, when what `load_hashed` gives is at hand, which need not be read again."""
    known = [
        KnownArticle(one.id, one.path, sha256, one.title, one.published, one.seq, one.url, one.draft)
        for one, sha256 in at_hand
    ]
    path = articles.c.path
    known += _load_known(connection, or_(path.is_(None), path.in_(_WRONG)))
    known.sort(key=attrgetter("id"))
    return known


def load_articles(connection: Connection) -> list[Article]:
    """Every article whose file is there and in order, by path, drafts and those not yet due included."""
    return [article for article, _ in load_hashed(connection)]


def list_languages(connection: Connection) -> list[str]:
    """Those that articles are in which `load_articles` gives, the most frequent first."""
    language = func.json_extract(articles.c.data, "$.language", type_=String)
    query = select(language).where(articles.c.path.is_not(None), articles.c.path.not_in(_WRONG))
    query = query.group_by(language).order_by(func.count().desc(), language)
    return [found for found in connection.execute(query).scalars() if found]


def load_hashed(connection: Connection, paths: Sequence[str] | None = None) -> list[tuple[Article, str]]:
    """What `load_articles` gives, or those of `paths`, each with the hash of its file."""
    own = articles.c
    # Bytes, because the decoder wants UTF-8: as text, SQLite's driver would decode it and msgspec encode it again.
    data, seen_at = cast(own.data, LargeBinary), type_coerce(own.seen_at, String)
    query = select(own.id, own.path, own.seq, seen_at, data, own.sha256)
    query = query.where(own.path.is_not(None), own.path.not_in(_WRONG))
    if paths is not None:
        query = query.where(among(own.path, paths))
    decode = msgspec.json.Decoder(Article).decode
    found: list[tuple[Article, str]] = []
    # A value that nobody has seen yet; `replace` would take longer than all the rest.
    put = object.__setattr__
    names = Interner()
    for chunk in connection.execute(query).partitions(_CHUNK):
        for id_, path, seq, seen, data, sha256 in chunk:
            article = decode(data)
            put(article, "id", id_)
            put(article, "path", path)
            put(article, "seq", seq)
            put(article, "seen_at", seen and _read_moment(seen))
            found.append((article, sha256))
        names.intern(article for article, _ in found[-len(chunk) :])
    found.sort(key=lambda pair: pair[0].path)  # sorting in SQL would fetch them in that order, one here and one there
    return found


def load_paths(connection: Connection) -> list[str]:
    """The paths of what `load_articles` gives."""
    path = articles.c.path
    return list(connection.execute(select(path).where(path.is_not(None), path.not_in(_WRONG)).order_by(path)).scalars())


def load_markdown(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """Bodies by article id."""
    query = select(articles.c.id, articles.c.markdown).where(among(articles.c.id, list(ids)))
    return {row.id: row.markdown for row in connection.execute(query)}


def load_revisions(connection: Connection, ids: Sequence[str]) -> dict[str, Revision]:
    """By article id."""
    own = articles.c
    query = select(own.id, own.sha256, own.title, own.seq, own.sketch, own.revised_at).where(among(own.id, ids))
    return {id_: Revision(*rest) for id_, *rest in connection.execute(query)}


def save_articles(connection: Connection, stored: Sequence[StoredArticle]) -> None:
    """Insert or update by id; `seq` and `seen_at` of a known article stay as they are."""
    if not stored:
        return
    # Paths are freed first: two files may have swapped their names.
    is_meant = among(articles.c.id, [item.article.id for item in stored])
    is_in_the_way = among(articles.c.path, [item.article.path for item in stored])
    connection.execute(update(articles).where(is_meant | is_in_the_way).values(path=None))
    # Columns hold what changes by itself; the rest of an article is written and read as a whole.
    columns = ("path", "sha256", "title", "published", "markdown", "sketch", "revised_at", "data")
    statement = insert(articles).values(data=bindparam("the_data", type_=Text))
    statement = statement.on_conflict_do_update(
        index_elements=[articles.c.id], set_={name: statement.excluded[name] for name in columns}
    )
    execute_rows(connection, statement, ("id", *columns[:-1], "the_data"), [_to_row(item) for item in stored])


def save_files(connection: Connection, known: Iterable[KnownFile]) -> None:
    rows = [
        (
            *item.file,
            asdict(item.problem) if item.problem else None,
            item.source,
            [asdict(one) for one in item.notes] or None,
        )
        for item in known
    ]
    columns = ("size", "mtime_ns", "problem", "source", "notes")
    statement = insert(files)
    statement = statement.on_conflict_do_update(
        index_elements=[files.c.path], set_={name: statement.excluded[name] for name in columns}
    )
    execute_rows(connection, statement, ("path", *columns), rows)


def forget_files(connection: Connection, paths: Sequence[str]) -> None:
    """The files are gone; their articles keep their identity and lose their place."""
    if paths:
        rows = [{"the_path": path} for path in paths]
        connection.execute(delete(files).where(files.c.path == bindparam("the_path")), rows)
        detach_articles(connection, paths)


def detach_articles(connection: Connection, paths: Sequence[str]) -> None:
    """These files hold no article any more."""
    if paths:
        rows = [{"the_path": path} for path in paths]
        connection.execute(update(articles).where(articles.c.path == bindparam("the_path")).values(path=None), rows)


def rename_article(connection: Connection, old: str, new: str) -> None:
    """The same article under another id: its number, what was sent of it and its place in archives stay."""
    connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    connection.execute(update(issue_articles).where(issue_articles.c.article_id == old).values(article_id=new))
    connection.execute(update(archives).where(archives.c.article_id == old).values(article_id=new))
    connection.execute(delete(renderings).where(renderings.c.article_id == old))  # the id is part of each
    connection.execute(update(articles).where(articles.c.id == old).values(id=new))


def number_new(connection: Connection, ids: Sequence[str], now: datetime) -> None:
    """Give these articles, in this order, the next sequence numbers: from `now` on they count as seen."""
    last = last_seq(connection)
    _number(connection, ids, last + 1, now)


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
    first = min(0, int(connection.execute(select(func.coalesce(func.min(articles.c.seq), 0))).scalar_one()))
    _number(connection, ids, first - len(ids), now)


def last_seq(connection: Connection) -> int:
    """The highest number given; 0 where there are none, or none but those of history."""
    return max(0, int(connection.execute(select(func.coalesce(func.max(articles.c.seq), 0))).scalar_one()))


def get_fact(connection: Connection, name: str) -> str | None:
    return connection.execute(select(facts.c.value).where(facts.c.name == name)).scalar_one_or_none()


def set_fact(connection: Connection, name: str, value: str) -> None:
    statement = insert(facts).values(name=name, value=value)
    connection.execute(statement.on_conflict_do_update(index_elements=[facts.c.name], set_={"value": value}))


def _number(connection: Connection, ids: Sequence[str], first: int, now: datetime) -> None:
    statement = update(articles).where(articles.c.id == bindparam("the_id"), articles.c.seq.is_(None))
    statement = statement.values(seq=bindparam("the_seq"), seen_at=bindparam("the_moment"))
    rows = [(id_, number, now) for number, id_ in enumerate(ids, start=first)]
    execute_rows(connection, statement, ("the_id", "the_seq", "the_moment"), rows)


def _load_known(connection: Connection, *conditions: ColumnElement[bool]) -> list[KnownArticle]:
    own = articles.c
    url, draft = own.data["url"].as_string(), own.data["draft"].as_boolean()
    columns = (own.id, own.path, own.sha256, own.title, own.published, own.seq, url, draft)
    query = select(*columns).where(*conditions).order_by(own.id)
    return [KnownArticle(*row) for row in connection.execute(query)]


@lru_cache(maxsize=1024)
def _read_moment(text: str) -> datetime:
    """As Instant does; articles that came in one scan have one moment."""
    return datetime.fromisoformat(text)


def _to_row(item: StoredArticle) -> tuple[Any, ...]:
    article = item.article
    return (
        article.id,
        article.path,
        item.sha256,
        article.title,
        article.published,
        item.markdown,
        item.sketch,
        item.revised_at,
        msgspec.json.encode(article).decode(),
    )
