"""The verb `scan`: the folder of articles -> the index, and what is new in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.app.context import Context
from publisher.app.folders import (
    OpenFolder,
    decision_fact,
    load_decisions,
    open_folders,
    shown_problems,
    write_decision,
)
from publisher.app.indexing import Found, Index, save_found
from publisher.config import Config
from publisher.errors import Problem, UsageError
from publisher.feeds.adopt import read_ids
from publisher.files import show_path
from publisher.interning import Interner
from publisher.model.article import Article
from publisher.model.source import SourceFile
from publisher.sources.changes import Changes, find_changes
from publisher.sources.outcome import ReadFile
from publisher.storage import articles as rows
from publisher.storage.database import Database

if TYPE_CHECKING:
    from publisher.app.fetching import Arrival

_RULES_FACT = "reading rules"  # and the source they are of
_PIECE = 100  # files that one process reads at a time
_MANY = 1_500  # files
_SUSPICIOUS = 10  # files that do not all go at once by intention


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


def scan(context: Context) -> ScanReport:
    """Bring the index up to date; unchanged files are not opened. Closes the history of newsletters new here.

    Raises UsageError when a folder is missing.
    """
    config = context.config
    arrivals = _fetch(context)
    # The index first: a file that another process adds while we walk must not look vanished.
    known, facts = _load_index(context.database, config)
    folders = open_folders(config, load_decisions(config, facts))
    found = _look(context, folders, known, facts)
    found.arrivals = arrivals
    # Only a database that knows nothing believes old feeds: later they are our own.
    adopted = {} if known else read_ids(config.output_dir)
    count = len(found.read)
    return _report(context, folders, count, save_found(context, found, known, adopted))


def look(context: Context) -> list[ReadFile]:
    """The files that a scan would read now, new and changed ones, read and not saved.

    Raises UsageError when a folder is missing.
    """
    known, facts = _load_index(context.database, context.config)
    return _look(context, open_folders(context.config, load_decisions(context.config, facts)), known, facts).read


def _fetch(context: Context) -> list[Arrival]:
    if not context.config.feed_sources:
        return []
    from publisher.app.fetching import fetch_feeds  # noqa: PLC0415 - most sites have no feeds, and need none of it

    return fetch_feeds(context)


def _load_index(database: Database, config: Config) -> tuple[dict[str, rows.Fingerprint], dict[str, str]]:
    names = [name for source in config.folders for name in (_fact_of(source.key), decision_fact(source.key))]
    with database.read() as connection:
        facts = {name: value for name in names if (value := rows.get_fact(connection, name)) is not None}
        return rows.load_fingerprints(connection), facts


def _fact_of(source: str) -> str:
    return f"{_RULES_FACT} of {source}"


def _look(
    context: Context,
    folders: Sequence[OpenFolder],
    known: Mapping[str, rows.Fingerprint],
    facts: Mapping[str, str],
) -> Found:
    found = Found()
    by_source = _group_by_source(context.config, known)
    found.vanished += by_source.pop("", {})
    for folder in folders:
        source = folder.rules.source
        known_here = by_source.get(source, {})
        _refuse_emptiness(folder, known_here)
        now = {_fact_of(source): folder.rules.key, decision_fact(source): write_decision(folder.decision)}
        same_rules = facts.get(_fact_of(source)) == folder.rules.key
        changes = find_changes(folder.listing.files, known_here, everything=not same_rules)
        found.read += _read_all(context, folder, changes)
        found.vanished += changes.vanished
        found.facts.update((name, value) for name, value in now.items() if facts.get(name) != value)
    return found


def _group_by_source(config: Config, known: Mapping[str, rows.Fingerprint]) -> dict[str, dict[str, SourceFile]]:
    """Files of the index by the source they are of; those of a folder that is gone go to the first, others to ""."""
    first = config.folders[0].key if config.folders else ""
    sources = {source.key for source in config.articles}
    groups: dict[str, dict[str, SourceFile]] = {}
    for path, (file, source) in known.items():
        heir = "" if "://" in path else first  # an item of a feed is no file of a folder
        groups.setdefault(source if source in sources else heir, {})[path] = file
    return groups


def _read_all(context: Context, folder: OpenFolder, changes: Changes) -> list[ReadFile]:
    files = changes.to_read
    if not files:
        return []
    from publisher.sources.read import read_files  # noqa: PLC0415 - brings all of Markdown along

    result: list[ReadFile] = []
    names = Interner()
    if len(files) >= _MANY:
        context.pool.start()  # before a bar has its thread
    pieces = [(folder.directory, files[start : start + _PIECE], folder.rules) for start in range(0, len(files), _PIECE)]
    with context.reporter.bar("Reading articles", len(files)) as advance:
        # Below that, processes take longer to come than the work would. One that is killed, as for want of memory,
        # costs time and no article: what is left is read here.
        if len(files) >= _MANY:
            from concurrent.futures import BrokenExecutor  # noqa: PLC0415 - as above

            with suppress(BrokenExecutor):
                for read in context.pool.map(read_files, pieces):
                    names.intern(item.article for item in read)
                    result += read
                    advance(len(read))
        for piece in pieces[len(result) // _PIECE :] if len(result) < len(files) else ():
            read = read_files(piece)
            result += read
            advance(len(read))
    return result


def _refuse_emptiness(folder: OpenFolder, known: Mapping[str, SourceFile]) -> None:
    """A disk that is not mounted leaves an empty folder behind, and readers must not see a blog emptied."""
    if not folder.listing.files and len(known) >= _SUSPICIOUS:
        raise UsageError(
            f"{show_path(folder.directory)}: is empty, and {len(known)} files were there before; is the disk mounted? "
            "If it is meant, leave one article in it"
        )


def _report(context: Context, folders: Sequence[OpenFolder], read: int, saved: Index) -> ScanReport:
    found = [item.problem for item in saved.remarked if item.problem is not None]
    found += [problem for folder in folders for problem in folder.listing.problems]
    found += saved.problems
    notes = [note for item in saved.remarked for note in item.notes if item.problem is None]
    notes += saved.notes
    return ScanReport(
        articles=saved.articles,
        problems=_in_order(shown_problems(context.config, found)),
        notes=_in_order(shown_problems(context.config, notes)),
        files=sum(len(folder.listing.files) for folder in folders),
        read=read,
        first_seen=saved.first_seen,
        asked=saved.asked,
        fetched=saved.fetched,
    )


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.file, problem.line or 0)))
