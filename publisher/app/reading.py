"""The verb `scan`: the folder of articles -> the index, and what is new in it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from publisher.app.context import Context
from publisher.app.fetching import Arrival, fetch_feeds, load_remarks, save_arrivals
from publisher.app.folders import OpenFolder, open_folders, shown_problems
from publisher.config import Config
from publisher.errors import Problem, UsageError
from publisher.feeds.adopt import read_ids
from publisher.files import show_path
from publisher.model import Article, SourceFile
from publisher.sources.changes import Changes, find_changes
from publisher.sources.duplicates import set_duplicates_aside
from publisher.sources.identity import assign_ids
from publisher.sources.read import ReadFile, read_file
from publisher.storage import articles as rows
from publisher.storage import newsletters
from publisher.storage.database import Connection, Database

_RULES_FACT = "reading rules"  # and the source they are of
_SUSPICIOUS = 10  # files that do not all go at once by intention
_NEVER = -1  # a time of change that no file has


@dataclass(frozen=True, slots=True)
class ScanReport:
    """`articles`: all that are in order, drafts and future ones included. `first_seen`: public since this scan.

    `problems` cost an article, or are of a feed that could not be read; `notes` cost a field. `asked` feeds gave
    `fetched` items that are new or changed.
    """

    articles: tuple[Article, ...]
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]
    files: int
    read: int
    first_seen: tuple[Article, ...]
    asked: int = 0
    fetched: int = 0


@dataclass(slots=True)
class _Found:
    """What a scan brings home from all its sources; `facts` are true once it is saved."""

    read: list[ReadFile] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    arrivals: list[Arrival] = field(default_factory=list)
    fetched: int = 0


def scan(context: Context) -> ScanReport:
    """Bring the index up to date; unchanged files are not opened. Closes the history of newsletters new here.

    Raises UsageError when a folder is missing.
    """
    config = context.config
    arrivals = fetch_feeds(context)
    # The index first: a file that another process adds while we walk must not look vanished.
    known, facts = _load_index(context.database, config)
    folders = open_folders(config)
    found = _look(context, folders, known, facts)
    found.arrivals = arrivals
    # Only a database that knows nothing believes old feeds: later they are our own.
    adopted = {} if known else read_ids(config.output_dir)
    first_seen = _save(context, found, known, adopted)
    return _report(context, folders, found, set(first_seen))


def _load_index(database: Database, config: Config) -> tuple[dict[str, rows.KnownFile], dict[str, str | None]]:
    with database.read() as connection:
        facts = {source.key: rows.get_fact(connection, _fact_of(source.key)) for source in config.folders}
        return rows.load_files(connection), facts


def _fact_of(source: str) -> str:
    return f"{_RULES_FACT} of {source}"


def _look(
    context: Context,
    folders: Sequence[OpenFolder],
    known: Mapping[str, rows.KnownFile],
    facts: Mapping[str, str | None],
) -> _Found:
    found = _Found()
    by_source = _group_by_source(context.config, known)
    found.vanished += by_source.pop("", {})
    for folder in folders:
        known_here = by_source.get(folder.rules.source, {})
        _refuse_emptiness(folder, known_here)
        same_rules = facts[folder.rules.source] == folder.rules.key
        changes = find_changes(folder.listing.files, known_here, everything=not same_rules)
        found.read += _read_all(context, folder, changes)
        found.vanished += changes.vanished
        if not same_rules:
            found.facts[_fact_of(folder.rules.source)] = folder.rules.key
    return found


def _group_by_source(config: Config, known: Mapping[str, rows.KnownFile]) -> dict[str, dict[str, SourceFile]]:
    """Files of the index by the source they are of; those of a folder that is gone go to the first, others to ""."""
    first = config.folders[0].key if config.folders else ""
    sources = {source.key for source in config.articles}
    groups: dict[str, dict[str, SourceFile]] = {}
    for path, item in known.items():
        heir = "" if "://" in path else first  # an item of a feed is no file of a folder
        groups.setdefault(item.source if item.source in sources else heir, {})[path] = item.file
    return groups


def _read_all(context: Context, folder: OpenFolder, changes: Changes) -> list[ReadFile]:
    result: list[ReadFile] = []
    with context.reporter.bar("Reading articles", len(changes.to_read)) as advance:
        for file in changes.to_read:
            result.append(read_file(folder.directory, file, folder.rules))
            advance(1)
    return result


def _refuse_emptiness(folder: OpenFolder, known: Mapping[str, SourceFile]) -> None:
    """A disk that is not mounted leaves an empty folder behind, and readers must not see a blog emptied."""
    if not folder.listing.files and len(known) >= _SUSPICIOUS:
        raise UsageError(
            f"{show_path(folder.directory)}: is empty, and {len(known)} files were there before; is the disk mounted? "
            "If it is meant, leave one article in it"
        )


def _save(
    context: Context, found: _Found, known: Mapping[str, rows.KnownFile], adopted: Mapping[str, str]
) -> list[str]:
    """Returns the ids of the articles that are public for the first time."""
    now = context.clock()
    with context.database.write() as connection:
        if found.read or found.vanished or found.facts:
            current = rows.load_files(connection)
            # What another process has read meanwhile is newer than ours; the next scan looks again.
            fresh = [item for item in found.read if _same(current, known, item.file.path)]
            rows.forget_files(connection, [path for path in found.vanished if _same(current, known, path)])
            none_of_ours = [item.file.path for item in fresh if item.article is None and item.problem is None]
            rows.detach_articles(connection, none_of_ours)
            _save_settled(connection, fresh, adopted, context.config.site.host)
            for name, value in found.facts.items():
                rows.set_fact(connection, name, value)
        found.fetched = save_arrivals(connection, context.config, found.arrivals, now)
        first_seen = _number_public(connection, now)
        _note_newsletters(connection, context.config, now)
    return first_seen


def _same(current: Mapping[str, rows.KnownFile], known: Mapping[str, rows.KnownFile], path: str) -> bool:
    now, before = current.get(path), known.get(path)
    return (now and now.file) == (before and before.file)


def _save_settled(connection: Connection, fresh: Sequence[ReadFile], adopted: Mapping[str, str], host: str) -> None:
    known = rows.load_known(connection)
    settled = assign_ids(set_duplicates_aside(fresh, known), known, adopted, host)
    ids, by_path = {article.id for article in known}, {article.path: article.id for article in known}
    for item in settled:
        old = by_path.get(item.file.path)
        if item.article is not None and item.has_own_id and old is not None and item.article.id not in ids:
            rows.rename_article(connection, old, item.article.id)  # the article it was, with a name of its own now
    stored = [
        rows.StoredArticle(item.article, item.sha256, item.markdown) for item in settled if item.article is not None
    ]
    rows.save_articles(connection, stored)
    rows.save_files(
        connection, [rows.KnownFile(_fingerprint(item), item.problem, item.source, item.notes) for item in settled]
    )


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


def _number_public(connection: Connection, now: datetime) -> list[str]:
    """Articles that are public for the first time get the next numbers, in the order of their dates."""
    unseen = [article for article in rows.load_articles(connection, unseen_only=True) if article.is_public(now)]
    unseen.sort(key=lambda article: (article.published, article.path))
    ids = [article.id for article in unseen]
    rows.number_new(connection, ids, now)
    return ids


def _report(context: Context, folders: Sequence[OpenFolder], done: _Found, first_seen: Collection[str]) -> ScanReport:
    with context.database.read() as connection:
        articles = rows.load_articles(connection)
        known = rows.load_files(connection)
        remarks = load_remarks(connection, context.config)
    found = [item.problem for item in known.values() if item.problem is not None]
    found += [problem for folder in folders for problem in folder.listing.problems]
    found += remarks.problems
    notes = [note for item in known.values() for note in item.notes if item.problem is None]
    notes += remarks.notes
    return ScanReport(
        articles=tuple(articles),
        problems=_in_order(shown_problems(context.config, found)),
        notes=_in_order(shown_problems(context.config, notes)),
        files=sum(len(folder.listing.files) for folder in folders),
        read=len(done.read),
        first_seen=tuple(article for article in articles if article.id in first_seen),
        asked=len(done.arrivals),
        fetched=done.fetched,
    )


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.file, problem.line or 0)))
