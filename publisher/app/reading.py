"""The verb `scan`: the folder of articles -> the index, and what is new in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from publisher.app.context import Context
from publisher.config import Config
from publisher.errors import Problem, UsageError
from publisher.feeds.adopt import read_ids
from publisher.files import show_path
from publisher.model import Article, SourceFile
from publisher.sources.changes import Changes, find_changes
from publisher.sources.identity import assign_ids
from publisher.sources.read import ReadFile, ReadingRules, read_file
from publisher.sources.walk import Listing, walk
from publisher.storage import articles as rows
from publisher.storage import newsletters
from publisher.storage.database import Connection, Database

_RULES_FACT = "reading rules"
_SUSPICIOUS = 10  # files that do not all go at once by intention
_NEVER = -1  # a time of change that no file has


@dataclass(frozen=True, slots=True)
class ScanReport:
    """`articles`: all that are in order, drafts and future ones included. `first_seen`: public since this scan."""

    articles: tuple[Article, ...]
    problems: tuple[Problem, ...]
    files: int
    read: int
    first_seen: tuple[Article, ...]


def scan(context: Context) -> ScanReport:
    """Bring the index up to date; unchanged files are not opened. Closes the history of newsletters new here.

    Raises UsageError when the folder is missing.
    """
    config = context.config
    rules = reading_rules(config)
    # The index first: a file that another process adds while we walk must not look vanished.
    known, same_rules = _load_index(context.database, rules)
    listing = walk(config.articles_dir)
    _refuse_emptiness(context, listing, known)
    changes = find_changes(listing.files, known, everything=not same_rules)
    read = _read_all(context, changes, rules)
    # Only a database that knows nothing believes old feeds: later they are our own.
    adopted = {} if known else read_ids(config.output_dir)
    first_seen = _save(context, read, changes, known, adopted, rules)
    return _report(context, listing, len(read), set(first_seen))


def reading_rules(config: Config) -> ReadingRules:
    return ReadingRules(config.site.url, config.articles.url, config.site.language, config.site.timezone)


def problem_path(context: Context, problem: Problem) -> Problem:
    """The problem with its file as a person would type it, from the folder they stand in."""
    return replace(problem, file=f"{context.config.articles.path}/{problem.file}")


def _load_index(database: Database, rules: ReadingRules) -> tuple[dict[str, SourceFile], bool]:
    with database.read() as connection:
        known = {path: known.file for path, known in rows.load_files(connection).items()}
        return known, rows.get_fact(connection, _RULES_FACT) == rules.key


def _read_all(context: Context, changes: Changes, rules: ReadingRules) -> list[ReadFile]:
    result: list[ReadFile] = []
    with context.reporter.bar("Reading articles", len(changes.to_read)) as advance:
        for file in changes.to_read:
            result.append(read_file(context.config.articles_dir, file, rules))
            advance(1)
    return result


def _refuse_emptiness(context: Context, listing: Listing, known: Mapping[str, SourceFile]) -> None:
    """A disk that is not mounted leaves an empty folder behind, and readers must not see a blog emptied."""
    if not listing.files and len(known) >= _SUSPICIOUS:
        folder = show_path(context.config.articles_dir)
        raise UsageError(
            f"{folder}: is empty, and {len(known)} files were there before; is the disk mounted? "
            "If it is meant, leave one article in it"
        )


def _save(
    context: Context,
    read: Sequence[ReadFile],
    changes: Changes,
    known: Mapping[str, SourceFile],
    adopted: Mapping[str, str],
    rules: ReadingRules,
) -> list[str]:
    """Returns the ids of the articles that are public for the first time."""
    now = context.clock()
    with context.database.write() as connection:
        if read or changes.vanished:
            current = {path: item.file for path, item in rows.load_files(connection).items()}
            # What another process has read meanwhile is newer than ours; the next scan looks again.
            fresh = [item for item in read if current.get(item.file.path) == known.get(item.file.path)]
            rows.forget_files(connection, [path for path in changes.vanished if current.get(path) == known[path]])
            none_of_ours = [item.file.path for item in fresh if item.article is None and item.problem is None]
            rows.detach_articles(connection, none_of_ours)
            _save_settled(connection, fresh, adopted, context.config.site.host)
            rows.set_fact(connection, _RULES_FACT, rules.key)
        first_seen = _number_public(connection, now)
        _note_newsletters(connection, context.config, now)
    return first_seen


def _save_settled(connection: Connection, fresh: Sequence[ReadFile], adopted: Mapping[str, str], host: str) -> None:
    known = rows.load_known(connection)
    settled = assign_ids(fresh, known, adopted, host)
    ids, by_path = {article.id for article in known}, {article.path: article.id for article in known}
    for item in settled:
        old = by_path.get(item.file.path)
        if item.article is not None and item.has_own_id and old is not None and item.article.id not in ids:
            rows.rename_article(connection, old, item.article.id)  # the article it was, with a name of its own now
    stored = [
        rows.StoredArticle(item.article, item.sha256, item.markdown) for item in settled if item.article is not None
    ]
    rows.save_articles(connection, stored)
    rows.save_files(connection, [rows.KnownFile(_fingerprint(item), item.problem) for item in settled])


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


def _report(context: Context, listing: Listing, read: int, first_seen: Collection[str]) -> ScanReport:
    with context.database.read() as connection:
        articles = rows.load_articles(connection)
        known = rows.load_files(connection)
    found = [item.problem for item in known.values() if item.problem is not None]
    problems = [problem_path(context, problem) for problem in (*found, *listing.problems)]
    return ScanReport(
        articles=tuple(articles),
        problems=tuple(sorted(problems, key=lambda problem: problem.file)),
        files=len(listing.files),
        read=read,
        first_seen=tuple(article for article in articles if article.id in first_seen),
    )
