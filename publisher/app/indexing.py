"""What a scan brought home -> the index: identities settled, rows written, articles that are public numbered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from publisher.app.claiming import claim_imported, forget_claimed
from publisher.app.context import Context
from publisher.app.fetching import Arrival, FeedRemarks, load_remarks, save_arrivals
from publisher.app.revisions import date_changes
from publisher.config import Config
from publisher.model import Article, SourceFile
from publisher.sources.duplicates import set_duplicates_aside
from publisher.sources.identity import assign_ids
from publisher.sources.read import ReadFile
from publisher.storage import articles as rows
from publisher.storage import newsletters
from publisher.storage.database import Connection

_NEVER = -1  # a time of change that no file has
_BATCH = 500  # rows that are in memory twice at a time


@dataclass(slots=True)
class Found:
    """What a scan brings home from all its sources; `facts` are true once it is saved."""

    read: list[ReadFile] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    arrivals: list[Arrival] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Index:
    """What is known after a scan. `articles`: all that are in order. `first_seen`: those public since this scan.

    `asked` counts the feeds that were asked, `fetched` those that gave something new; `remarks` are about them.
    """

    articles: tuple[Article, ...]
    files: Mapping[str, rows.KnownFile]
    first_seen: tuple[Article, ...]
    remarks: FeedRemarks
    asked: int
    fetched: int


def save_found(
    context: Context, found: Found, known: Mapping[str, rows.KnownFile], adopted: Mapping[str, str]
) -> Index:
    """One transaction. `known` is the index as the scan saw it.

    `found` is empty afterwards: what was read is not held any longer than it takes.
    """
    now = context.clock()
    with context.database.write() as connection:
        has_news = bool(found.read or found.vanished or found.facts)
        if has_news:
            _save(connection, _settle(connection, found, known, adopted, context.config), now)
            for name, value in found.facts.items():
                rows.set_fact(connection, name, value)
        fetched = save_arrivals(connection, context.config, found.arrivals, now)
        before = rows.load_articles(connection)
        articles = _number_public(connection, before, now)
        _note_newsletters(connection, context.config, now)
        files = rows.load_files(connection) if has_news or fetched else known
        remarks = load_remarks(connection, context.config)
    fresh = (now for was, now in zip(before, articles, strict=True) if was is not now)
    return Index(tuple(articles), files, tuple(fresh), remarks, len(found.arrivals), fetched)


def _settle(
    connection: Connection,
    found: Found,
    known: Mapping[str, rows.KnownFile],
    adopted: Mapping[str, str],
    config: Config,
) -> list[ReadFile]:
    current = rows.load_files(connection)
    # What another process has read meanwhile is newer than ours; the next scan looks again.
    fresh = [item for item in found.read if _same(current, known, item.file.path)]
    rows.forget_files(connection, [path for path in found.vanished if _same(current, known, path)])
    none_of_ours = [item.file.path for item in fresh if item.article is None and item.problem is None]
    rows.detach_articles(connection, none_of_ours)
    found.read.clear()
    if not fresh:
        return []
    articles = rows.load_known(connection)
    fresh = set_duplicates_aside(fresh, articles)
    ids_by_url = {**adopted, **claim_imported(connection, fresh, articles, config)}
    settled = assign_ids(fresh, articles, ids_by_url, config.site.host)
    forget_claimed(connection, settled)
    ids, by_path = {article.id for article in articles}, {article.path: article.id for article in articles}
    for item in settled:
        old = by_path.get(item.file.path)
        if item.article is not None and item.has_own_id and old is not None and item.article.id not in ids:
            rows.rename_article(connection, old, item.article.id)  # the article it was, with a name of its own now
    return settled


def _same(current: Mapping[str, rows.KnownFile], known: Mapping[str, rows.KnownFile], path: str) -> bool:
    now, before = current.get(path), known.get(path)
    return (now and now.file) == (before and before.file)


def _save(connection: Connection, settled: list[ReadFile], now: datetime) -> None:
    """Empties the list as it goes."""
    while settled:
        batch = settled[-_BATCH:]
        del settled[-_BATCH:]
        rows.save_articles(connection, date_changes(connection, batch, now))
        files = [rows.KnownFile(_fingerprint(item), item.problem, item.source, item.notes) for item in batch]
        rows.save_files(connection, files)


def _fingerprint(item: ReadFile) -> SourceFile:
    """What the next scan compares with; one that never matches for an outcome that may change by itself."""
    return item.file if item.is_settled else replace(item.file, mtime_ns=_NEVER)


def _note_newsletters(connection: Connection, config: Config, now: datetime) -> None:
    states = newsletters.load_states(connection)
    fresh = [name for name in config.newsletters if name not in states]
    newsletters.close_history(connection, fresh, rows.last_seq(connection), now)
    for name, newsletter in config.newsletters.items():
        schedule = f"{newsletter.schedule or ''} {config.zone_of(newsletter).key}"
        if name not in states or states[name].schedule != schedule:
            newsletters.note_schedule(connection, name, schedule, now)


def _number_public(connection: Connection, articles: Sequence[Article], now: datetime) -> list[Article]:
    """Articles that are public for the first time get the next numbers, in the order of their dates. Returns all."""
    unseen = [article for article in articles if article.seq is None and article.is_public(now)]
    unseen.sort(key=lambda article: (article.published, article.path))
    last = rows.last_seq(connection)
    rows.number_new(connection, [article.id for article in unseen], now)
    numbers = {article.id: last + place for place, article in enumerate(unseen, start=1)}
    return [
        replace(article, seq=numbers[article.id], seen_at=now) if article.id in numbers else article
        for article in articles
    ]
