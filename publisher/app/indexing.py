"""What a scan brought home -> the index: identities settled, rows written, articles that are public numbered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING

from publisher.app.claiming import claim_imported, forget_claimed
from publisher.app.context import Context
from publisher.app.revisions import date_changes
from publisher.config import Config
from publisher.errors import Problem
from publisher.model.article import Article
from publisher.model.source import SourceFile
from publisher.sources.duplicates import set_duplicates_aside
from publisher.sources.identity import assign_ids
from publisher.sources.nearby import find_nearby
from publisher.sources.outcome import ReadFile
from publisher.storage import articles as rows
from publisher.storage import fetches, newsletters
from publisher.storage.database import Connection
from publisher.storage.imported import load_imported

if TYPE_CHECKING:
    from publisher.app.fetching import Arrival

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

    `remarked` are the files that something is to be said of. `asked` counts the feeds that were asked, `fetched` the
    items that are new; `problems` and `notes` are about feeds.
    """

    articles: tuple[Article, ...]
    remarked: Sequence[rows.KnownFile]
    first_seen: tuple[Article, ...]
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]
    asked: int
    fetched: int


def save_found(
    context: Context, found: Found, known: Mapping[str, rows.Fingerprint], adopted: Mapping[str, str]
) -> Index:
    """One transaction. `known` is the index as the scan saw it.

    `found` is empty afterwards: what was read is not held any longer than it takes.
    """
    now = context.clock()
    with context.database.write() as connection:
        fresh = _take_fresh(connection, found, known)
        at_hand = rows.load_hashed(connection)
        if fresh:
            articles = _save_fresh(context, connection, fresh, at_hand, adopted)
        else:
            articles = [article for article, _ in at_hand]
        for name, value in found.facts.items():
            rows.set_fact(connection, name, value)
        fetched, problems, notes = _save_arrivals(connection, context.config, found.arrivals, now)
        if fetched:
            articles = rows.load_articles(connection)
        first_seen = _number_public(connection, articles, now)
        _note_newsletters(connection, context.config, now)
        remarked = rows.load_remarked_files(connection)
    return Index(tuple(articles), remarked, tuple(first_seen), problems, notes, len(found.arrivals), fetched)


def _take_fresh(connection: Connection, found: Found, known: Mapping[str, rows.Fingerprint]) -> list[ReadFile]:
    """Forget what is gone; what was read, less what another process has read meanwhile: the next scan looks again."""
    current = rows.load_fingerprints(connection, [*(item.file.path for item in found.read), *found.vanished])
    fresh = [item for item in found.read if _same(current, known, item.file.path)]
    rows.forget_files(connection, [path for path in found.vanished if _same(current, known, path)])
    none_of_ours = [item.file.path for item in fresh if item.article is None and item.problem is None]
    rows.detach_articles(connection, none_of_ours)
    found.read.clear()
    return fresh


def _same(current: Mapping[str, rows.Fingerprint], known: Mapping[str, rows.Fingerprint], path: str) -> bool:
    now, before = current.get(path), known.get(path)
    return (now and now.file) == (before and before.file)


def _save_fresh(
    context: Context,
    connection: Connection,
    fresh: list[ReadFile],
    at_hand: list[tuple[Article, str]],
    adopted: Mapping[str, str],
) -> list[Article]:
    """Returns what `load_articles` gives now; `at_hand` is what `load_hashed` gave before.

    Both lists are empty afterwards.
    """
    settled = _settle(connection, fresh, at_hand, adopted, context.config)
    fresh.clear()
    ids, paths = {item.article.id for item in settled if item.article is not None}, {item.file.path for item in settled}
    kept = [one for one, _ in at_hand if one.id not in ids and one.path not in paths]
    at_hand.clear()
    _save(connection, settled, context.clock())
    if not kept:
        return rows.load_articles(connection)
    # Most scans find little that is new, and loading ten thousand articles a second time takes as long as the first.
    # What is saved touches the files that were read and the articles that they are, and nothing else.
    kept += [one for one, _ in rows.load_hashed(connection, sorted(paths))]
    kept.sort(key=attrgetter("path"))
    return kept


def _settle(
    connection: Connection,
    fresh: Sequence[ReadFile],
    at_hand: Sequence[tuple[Article, str]],
    adopted: Mapping[str, str],
    config: Config,
) -> list[ReadFile]:
    if load_imported(connection):
        articles = rows.load_all_known(connection, at_hand)
    else:
        articles = find_nearby(fresh, at_hand, rows.load_all_known(connection, []), config.site.host)
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


def _save_arrivals(
    connection: Connection, config: Config, arrivals: Sequence[Arrival], now: datetime
) -> tuple[int, tuple[Problem, ...], tuple[Problem, ...]]:
    if not config.feed_sources:
        fetches.forget_other_fetches(connection, [])
        return 0, (), ()
    from publisher.app.fetching import load_remarks, save_arrivals  # noqa: PLC0415 - most sites have no feeds

    fetched = save_arrivals(connection, config, arrivals, now)
    remarks = load_remarks(connection, config)
    return fetched, remarks.problems, remarks.notes


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
    return item.file if item.is_settled else item.file._replace(mtime_ns=_NEVER)


def _note_newsletters(connection: Connection, config: Config, now: datetime) -> None:
    states = newsletters.load_states(connection)
    fresh = [name for name in config.newsletters if name not in states]
    newsletters.close_history(connection, fresh, rows.last_seq(connection), now)
    for name, newsletter in config.newsletters.items():
        schedule = f"{newsletter.schedule or ''} {config.zone_of(newsletter).key}"
        if name not in states or states[name].schedule != schedule:
            newsletters.note_schedule(connection, name, schedule, now)


def _number_public(connection: Connection, articles: Sequence[Article], now: datetime) -> list[Article]:
    """Articles that are public for the first time get the next numbers, in the order of their dates. Returns these.

    `articles` were loaded a moment ago, and nobody else has seen them.
    """
    unseen = [article for article in articles if article.seq is None and article.is_public(now)]
    unseen.sort(key=lambda article: (article.published, article.path))
    rows.number_loaded(connection, unseen, now)
    return unseen
