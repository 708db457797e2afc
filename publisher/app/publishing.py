"""The verb `publish_feeds`: articles in the index -> feed files, each replaced as a whole or left alone."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from publisher.app.announcing import announce
from publisher.app.bodies import make_finder
from publisher.app.companions import Companion, is_foreign, plan_companions
from publisher.app.context import Context, Progress
from publisher.app.copies import COPIES_MARK, ENDINGS, make_copies
from publisher.app.faults import remember_faults
from publisher.app.planning import plan_documents
from publisher.config import Config
from publisher.errors import Problem, TemplateError
from publisher.feeds.select import FeedPlan
from publisher.feeds.signature import Signer
from publisher.files import Written, remove_copies, remove_orphans, show_path, write_files
from publisher.model.article import Article
from publisher.model.feed import FeedSpec
from publisher.storage import outputs
from publisher.storage.articles import get_fact, set_fact
from publisher.storage.database import Connection
from publisher.storage.outputs import Output

# Changes when rendering does, so that feeds written by an older program are written anew.
HTML_VERSION = "3"
_UNDER_WAY = "feeds are being written"
_SAVE_EVERY = 600  # files; what was written before a crash need not be written again


@dataclass(slots=True)
class PublishReport:
    """`failed`: file and reason; the last good file is still in place. `notes` are worth a look.

    `dropped`: the file of a feed and how many of its articles found no room in it; `shortened`: how many show only
    their summaries for want of room.
    """

    feeds: int = 0
    written: list[str] = field(default_factory=list)
    unchanged: int = 0
    removed: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    dropped: list[tuple[str, int]] = field(default_factory=list)
    shortened: list[tuple[str, int]] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)


def publish_feeds(context: Context, articles: Sequence[Article]) -> PublishReport:
    """Write every feed that is not on disk as it should be; remove those we wrote and need no more."""
    plan = plan_documents(context, articles)
    job = _Job(context, plan, _find_links(articles, context.clock()))
    stale = [spec for spec in plan.specs if job.is_stale(spec)]
    job.write_all(stale)
    job.remove_others()
    remember_faults(context, job.report.failed)
    announce(context, plan.specs)
    job.report.feeds = sum(not spec.is_archive for spec in plan.specs)
    job.report.unchanged = len(plan.specs) - len(stale)
    return job.report


def find_stale(context: Context, articles: Sequence[Article]) -> list[str]:
    """The feed files that `publish_feeds` would write, as paths below the output folder."""
    plan = plan_documents(context, articles)
    job = _Job(context, plan, _find_links(articles, context.clock()))
    return sorted(str(path) for spec in plan.specs if job.is_stale(spec) for path in _files(spec))


class _Job:
    """One run: what is on disk, what was written, what is still to be noted in the database."""

    def __init__(self, context: Context, plan: FeedPlan, links: Mapping[str, Mapping[str, str]]) -> None:
        self._context = context
        self._config: Config = context.config
        self._plan = plan
        self._links = links
        self._signer = Signer(_name_rendering(self._config), category_urls=plan.category_urls, links=links)
        self._mark = COPIES_MARK if self._config.makes_copies else ""
        self._signatures = {spec.key: self._signer.sign(spec) + self._mark for spec in plan.specs}
        self._companions = list(plan_companions(context, plan.specs))
        self._top = str(self._config.output_dir)
        self._under_way: dict[Path, tuple[str, str]] = {}  # path below the output folder, and signature
        self._written: list[Output] = []
        self.report = PublishReport()
        with context.database.read() as connection:
            self._known = outputs.load_outputs(connection)

    def is_stale(self, spec: FeedSpec) -> bool:
        return not all(self._is_fresh(path, self._signatures[spec.key]) for path in _files(spec))

    def write_all(self, stale: Sequence[FeedSpec]) -> None:
        """The feeds, and what lies beside them if it is another one now."""
        if stale:
            self._begin()
        with self._context.reporter.bar("Writing feeds", len(stale)) as advance:
            for written in write_files(self._documents(stale, advance), make_copies if self._mark else None):
                self._note(written)
        if self._written or stale:
            with self._context.database.write() as connection:
                self._save(connection)
                if stale:
                    set_fact(connection, _UNDER_WAY, "")
        self.report.written.sort()
        self.report.failed.sort()
        self.report.dropped.sort()

    def _begin(self) -> None:
        """Clear up after a build that did not come to its end, and note that this one has begun."""
        with self._context.database.write() as connection:
            is_left = get_fact(connection, _UNDER_WAY)
            set_fact(connection, _UNDER_WAY, "yes")
        if is_left:
            with suppress(OSError):  # no reason to write no feeds
                remove_orphans(self._config.output_dir)

    def remove_others(self) -> None:
        """A feed of a tag nobody uses any more would go on showing articles that were withdrawn."""
        wanted = {path for spec in self._plan.specs for path in _files(spec)}
        wanted |= {companion.path for companion in self._companions}
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
        if stale:
            yield from self._feeds(stale, advance)
        for companion in self._companions:
            sign = companion.sign + self._mark
            if not self._is_fresh(companion.path, sign) and self._is_ours(companion):
                try:
                    content = companion.make()
                except TemplateError as error:
                    self.report.failed.append((companion.path, str(error)))
                else:
                    yield self._target(companion.path, sign), content

    def _feeds(self, stale: Sequence[FeedSpec], advance: Progress) -> Iterator[tuple[Path, bytes]]:
        # Here, because they bring Markdown and feedgen along, and most builds have nothing to write.
        from publisher.app.documents import compose  # noqa: PLC0415
        from publisher.app.entries import Entries  # noqa: PLC0415

        entries = Entries(self._context, self._signer, self._plan, self._links)
        for spec in entries.ready(stale):
            composed = compose(spec, entries)
            for document in composed.documents:
                if document.fault:
                    self.report.failed.append((document.path, document.fault.removeprefix(f"{document.path}: ")))
                else:
                    yield self._target(document.path, self._signatures[spec.key]), document.content
            if composed.dropped:
                self.report.dropped.append((spec.path(spec.formats[0]), composed.dropped))
            if composed.shortened:
                self.report.shortened.append((spec.path(spec.formats[0]), composed.shortened))
            advance(1)
        entries.finish()

    def _is_ours(self, companion: Companion) -> bool:
        """Whether it may be written; a page that somebody else put there stays."""
        target = self._config.output_dir / companion.path
        try:
            if not (companion.may_be_foreign and is_foreign(target, self._known.get(companion.path))):
                return True
        except OSError as error:
            self.report.failed.append((companion.path, f"cannot be read: {error.strerror}"))
            return False
        words = "is not ours, so it stays as it is; move it away, or turn ours off under feeds: in config.yaml"
        self.report.notes.append(Problem(show_path(target), words))
        return False

    def _target(self, path: str, sign: str) -> Path:
        target = self._config.output_dir / path
        self._under_way[target] = (path, sign)
        return target

    def _note(self, written: Written) -> None:
        path, sign = self._under_way.pop(written.path)
        if written.error:
            reason = f"cannot be written: {written.error.strerror}"
            self.report.failed.append((path, reason))
            return
        if not self._mark:
            self._remove_copies(path)
        if written.changed:
            self.report.written.append(path)
        self._written.append(Output(path, sign, written.size, written.mtime_ns, written.sha256))
        if len(self._written) == _SAVE_EVERY:
            with self._context.database.write() as connection:
                self._save(connection)

    def _remove_copies(self, path: str) -> None:
        """Those that we made: without their file, or when no more are made, they would be sent for ever."""
        if path in self._known and self._known[path].signature.endswith(COPIES_MARK):
            with suppress(OSError):
                remove_copies(self._config.output_dir / path, ENDINGS)

    def _save(self, connection: Connection) -> None:
        outputs.save_outputs(connection, self._written)
        self._written.clear()

    def _is_fresh(self, path: str, sign: str) -> bool:
        known = self._known.get(path)
        return known is not None and known.signature == sign and _matches_disk(f"{self._top}/{path}", known)


def _files(spec: FeedSpec) -> list[str]:
    return [spec.path(feed_format) for feed_format in spec.formats]


def _find_links(articles: Sequence[Article], now: datetime) -> dict[str, dict[str, str]]:
    """By id, for articles whose bodies link to others by their files; few do, and most sites have none."""
    referring = [article for article in articles if article.references]
    if not referring:
        return {}
    finder = make_finder(articles, now)
    return {article.id: finder.links_of(article) for article in referring}


def _name_rendering(config: Config) -> str:
    """What makes HTML of Markdown at present."""
    folders = [(folder.key, folder.breaks, folder.alias_pairs) for folder in config.folders]
    return f"{HTML_VERSION}|{folders}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


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
