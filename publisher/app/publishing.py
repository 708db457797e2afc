"""The verb `publish_feeds`: articles in the index -> feed files, each replaced as a whole or left alone."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from publisher.app.bodies import make_finder
from publisher.app.context import Context, Progress
from publisher.app.copies import COPIES_MARK, ENDINGS, make_copies
from publisher.app.entries import Entries, Made
from publisher.config import Config
from publisher.errors import FeedError
from publisher.feeds.check import check_ids, name_feed
from publisher.feeds.opml import write_opml
from publisher.feeds.select import FeedPlan, plan_feeds
from publisher.feeds.signature import Signer
from publisher.feeds.splice import splice, write_shell
from publisher.files import Written, remove_copies, write_files
from publisher.model import Article, FeedFormat, FeedSpec
from publisher.storage import outputs
from publisher.storage.outputs import Output

# Changes when rendering does, so that feeds written by an older program are written anew.
HTML_VERSION = "2"
_SAVE_EVERY = 600  # files; what was written before a crash need not be written again
_OPML = "feeds.opml"


@dataclass(slots=True)
class PublishReport:
    """`failed`: file and reason; the last good file is still in place."""

    feeds: int = 0
    written: list[str] = field(default_factory=list)
    unchanged: int = 0
    removed: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)


def publish_feeds(context: Context, articles: Sequence[Article]) -> PublishReport:
    """Write every feed that is not on disk as it should be; remove those we wrote and need no more."""
    plan = plan_feeds(articles, context.config, context.clock())
    job = _Job(context, plan, _find_links(articles, context.clock()))
    stale = [spec for spec in plan.specs if job.is_stale(spec)]
    job.write_all(stale)
    job.remove_others()
    job.report.feeds = len(plan.specs)
    job.report.unchanged = len(plan.specs) - len(stale)
    return job.report


class _Job:
    """One run: what is on disk, what was written, what is still to be noted in the database."""

    def __init__(self, context: Context, plan: FeedPlan, links: Mapping[str, Mapping[str, str]]) -> None:
        self._context = context
        self._config: Config = context.config
        self._plan = plan
        feeds = self._config.feeds
        rendering = _name_rendering(self._config)
        signer = Signer(feeds.formats, feeds.content, rendering, category_urls=plan.category_urls, links=links)
        self._mark = COPIES_MARK if self._config.makes_copies else ""
        self._signatures = {spec.folder: signer.sign(spec) + self._mark for spec in plan.specs}
        self._entries = Entries(context, signer, plan.category_urls, links)
        self._top = str(self._config.output_dir)
        self._under_way: dict[Path, tuple[str, str]] = {}  # path below the output folder, and signature
        self._written: list[Output] = []
        self.report = PublishReport()
        with context.database.read() as connection:
            self._known = outputs.load_outputs(connection)

    def is_stale(self, spec: FeedSpec) -> bool:
        return not all(self._is_fresh(path, self._signatures[spec.folder]) for path in self._files(spec))

    def write_all(self, stale: Sequence[FeedSpec]) -> None:
        """The feeds, and the list of all feeds if it is another one now."""
        with self._context.reporter.bar("Writing feeds", len(stale)) as advance:
            for written in write_files(self._documents(stale, advance), make_copies if self._mark else None):
                self._note(written)
        self._entries.save()
        if stale:
            self._entries.forget_others(self._plan.specs)
        self._save()
        self.report.written.sort()
        self.report.failed.sort()

    def remove_others(self) -> None:
        """A feed of a tag nobody uses any more would go on showing articles that were withdrawn."""
        wanted = {path for spec in self._plan.specs for path in self._files(spec)} | {_OPML}
        gone = sorted(path for path in self._known if path not in wanted)
        forgotten: list[str] = []
        for path in gone:
            target = self._config.output_dir / path
            try:
                # By its bytes, since copying and checking out change times; else a person put their own there.
                if target.is_file() and _digest(target.read_bytes()) == self._known[path].sha256:
                    target.unlink()
                    self._remove_copies(path)
                    _remove_empty(target.parent, self._config.output_dir)
                    self.report.removed.append(path)
            except OSError as error:
                self.report.failed.append((path, f"cannot be removed: {error.strerror}"))
                continue
            forgotten.append(path)
        if forgotten:
            with self._context.database.write() as connection:
                outputs.forget_outputs(connection, forgotten)

    def _documents(self, stale: Sequence[FeedSpec], advance: Progress) -> Iterator[tuple[Path, bytes]]:
        for spec in self._entries.ready(stale):
            made = self._entries.take(spec.articles)
            for feed_format in self._config.feeds.formats:
                path = _join(spec.folder, feed_format.filename)
                try:
                    content = _write_document(spec, feed_format, made)
                except FeedError as error:
                    self.report.failed.append((path, str(error)))
                else:
                    yield self._target(path, self._signatures[spec.folder]), content
            advance(1)
        listing = write_opml(self._plan.specs, self._config.feeds.formats, self._config.site.title)
        sign = _digest(listing) + self._mark
        if not self._is_fresh(_OPML, sign):
            yield self._target(_OPML, sign), listing

    def _target(self, path: str, sign: str) -> Path:
        target = self._config.output_dir / path
        self._under_way[target] = (path, sign)
        return target

    def _note(self, written: Written) -> None:
        path, sign = self._under_way.pop(written.path)
        if written.error:
            reason = f"cannot be written: {written.error.strerror}; the last good one stays"
            self.report.failed.append((path, reason))
            return
        if not self._mark:
            self._remove_copies(path)
        if written.changed:
            self.report.written.append(path)
        self._written.append(Output(path, sign, written.size, written.mtime_ns, written.sha256))
        if len(self._written) == _SAVE_EVERY:
            self._save()

    def _remove_copies(self, path: str) -> None:
        """Those that we made: without their file, or when no more are made, they would be sent for ever."""
        if path in self._known and self._known[path].signature.endswith(COPIES_MARK):
            with suppress(OSError):
                remove_copies(self._config.output_dir / path, ENDINGS)

    def _save(self) -> None:
        if not self._written:
            return
        with self._context.database.write() as connection:
            outputs.save_outputs(connection, self._written)
        self._written.clear()

    def _is_fresh(self, path: str, sign: str) -> bool:
        known = self._known.get(path)
        return known is not None and known.signature == sign and _matches_disk(f"{self._top}/{path}", known)

    def _files(self, spec: FeedSpec) -> list[str]:
        return [_join(spec.folder, feed_format.filename) for feed_format in self._config.feeds.formats]


def _find_links(articles: Sequence[Article], now: datetime) -> dict[str, dict[str, str]]:
    """By id, for articles whose bodies link to others by their files; few do, and most sites have none."""
    referring = [article for article in articles if article.references]
    if not referring:
        return {}
    finder = make_finder(articles, now)
    return {article.id: finder.links_of(article) for article in referring}


def _write_document(spec: FeedSpec, feed_format: FeedFormat, made: Made) -> bytes:
    """A feed from its entries. Raises FeedError, in words for the person whose article it is."""
    check_ids(spec, feed_format)
    shell = write_shell(spec, feed_format)
    entries = [made[article.id, feed_format] for article in spec.articles]
    fault = next((entry.fault for entry in entries if entry.fault), "")
    if fault:
        raise FeedError(f"{name_feed(spec, feed_format)}: {fault}")
    return splice(shell, [entry.content for entry in entries])


def _name_rendering(config: Config) -> str:
    """What makes HTML of Markdown at present."""
    folders = [(folder.key, folder.breaks, folder.alias_pairs) for folder in config.folders]
    return f"{HTML_VERSION}|{folders}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _matches_disk(path: str, known: Output) -> bool:
    try:
        status = os.stat(path)  # noqa: PTH116 - a hundred thousand files, and a Path costs more than its stat
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (known.size, known.mtime_ns)


def _remove_empty(folder: Path, top: Path) -> None:
    while folder != top and top in folder.parents:
        try:
            folder.rmdir()
        except OSError:  # something else is in it
            return
        folder = folder.parent
