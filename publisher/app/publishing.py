"""The verb `publish_feeds`: articles in the index -> feed files, each replaced as a whole or left alone."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from publisher.app.context import Context
from publisher.config import Config
from publisher.errors import FeedError
from publisher.feeds.opml import write_opml
from publisher.feeds.select import map_category_urls, plan_feeds
from publisher.feeds.signature import signature
from publisher.feeds.write import write_feed
from publisher.files import write_if_changed
from publisher.markup.html import render_html
from publisher.markup.place import Place
from publisher.model import Article, Feed, FeedSpec
from publisher.storage import articles as article_rows
from publisher.storage import outputs
from publisher.storage.outputs import Output

# Changes when rendering does, so that feeds written by an older program are written anew.
HTML_VERSION = "2"
_CACHE_CHARACTERS = 30_000_000
_SAVE_EVERY = 200  # feeds; what was written before a crash need not be written again


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
    config, now = context.config, context.clock()
    specs = plan_feeds(articles, config, now)
    job = _Job(context, specs, map_category_urls(articles, config, now))
    stale = [spec for spec in specs if job.is_stale(spec)]
    with context.reporter.bar("Writing feeds", len(stale)) as advance:
        for number, spec in enumerate(stale, start=1):
            job.write(spec)
            advance(1)
            if number % _SAVE_EVERY == 0:
                job.save()
    job.write_opml()
    job.remove_others()
    job.save()
    job.report.feeds = len(specs)
    job.report.unchanged = len(specs) - len(stale)
    return job.report


class _Job:
    """One run: what is on disk, what was written, what is still to be noted in the database."""

    def __init__(self, context: Context, specs: Sequence[FeedSpec], category_urls: Mapping[str, str]) -> None:
        self._context = context
        self._config: Config = context.config
        self._specs = specs
        self._category_urls = category_urls
        self._bodies = _Bodies(context)
        self._written: list[Output] = []
        self._wanted: set[str] = set()
        self.report = PublishReport()
        with context.database.read() as connection:
            self._known = outputs.load_outputs(connection)
        self._signatures = {spec.folder: self._signature(spec) for spec in specs}

    def is_stale(self, spec: FeedSpec) -> bool:
        files = self._files(spec)
        self._wanted.update(files)
        return not all(self._is_fresh(path, self._signatures[spec.folder]) for path in files)

    def write(self, spec: FeedSpec) -> None:
        config = self._config
        html = self._bodies.render(spec.articles) if config.feeds.content == "full" else {}
        feed = Feed(spec, config.feeds.formats, html, self._category_urls)
        for feed_format in config.feeds.formats:
            path = _join(spec.folder, feed_format.filename)
            try:
                self._put(path, write_feed(feed, feed_format), self._signatures[spec.folder])
            except FeedError as error:
                self.report.failed.append((path, str(error)))

    def write_opml(self) -> None:
        content = write_opml(self._specs, self._config.feeds.formats, self._config.site.title)
        path = "feeds.opml"
        self._wanted.add(path)
        if not self._is_fresh(path, _digest(content)):
            self._put(path, content, _digest(content))

    def remove_others(self) -> None:
        """A feed of a tag nobody uses any more would go on showing articles that were withdrawn."""
        gone = sorted(path for path in self._known if path not in self._wanted)
        forgotten: list[str] = []
        for path in gone:
            target = self._config.output_dir / path
            try:
                # By its bytes, since copying and checking out change times; else a person put their own there.
                if target.is_file() and _digest(target.read_bytes()) == self._known[path].sha256:
                    target.unlink()
                    _remove_empty(target.parent, self._config.output_dir)
                    self.report.removed.append(path)
            except OSError as error:
                self.report.failed.append((path, f"cannot be removed: {error.strerror}"))
                continue
            forgotten.append(path)
        if forgotten:
            with self._context.database.write() as connection:
                outputs.forget_outputs(connection, forgotten)

    def save(self) -> None:
        if not self._written:
            return
        with self._context.database.write() as connection:
            outputs.save_outputs(connection, self._written)
        self._written.clear()

    def _put(self, path: str, content: bytes, sign: str) -> None:
        target = self._config.output_dir / path
        try:
            if write_if_changed(target, content):
                self.report.written.append(path)
            status = target.stat()
        except OSError as error:
            self.report.failed.append((path, f"cannot be written: {error.strerror}; the last good one stays"))
            return
        self._written.append(Output(path, sign, status.st_size, status.st_mtime_ns, _digest(content)))

    def _is_fresh(self, path: str, sign: str) -> bool:
        known = self._known.get(path)
        return known is not None and known.signature == sign and _matches_disk(self._config.output_dir / path, known)

    def _files(self, spec: FeedSpec) -> list[str]:
        return [_join(spec.folder, feed_format.filename) for feed_format in self._config.feeds.formats]

    def _signature(self, spec: FeedSpec) -> str:
        feeds = self._config.feeds
        folders = [(folder.key, folder.breaks, folder.alias_pairs) for folder in self._config.folders]
        rendering = f"{HTML_VERSION}|{folders}"
        return signature(spec, feeds.formats, feeds.content, rendering, category_urls=self._category_urls)


class _Bodies:
    """Articles rendered for the web, each once, as far as memory allows."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._cache: OrderedDict[str, str] = OrderedDict()
        self._size = 0

    def render(self, articles: Sequence[Article]) -> dict[str, str]:
        missing = [article for article in articles if article.id not in self._cache]
        with self._context.database.read() as connection:
            markdown = article_rows.load_markdown(connection, [article.id for article in missing])
        for article in missing:
            config = self._context.config
            # Ids of headings and footnotes must not meet those of another article on the same page of a reader.
            prefix = hashlib.sha256(article.id.encode("utf-8")).hexdigest()[:8] + "-"
            folder = config.folder_of(article)
            place = Place(article.url, config.site.url, folder.breaks, prefix, article.format, folder.alias_pairs)
            self._keep(article.id, render_html(markdown.get(article.id, ""), place))
        found = {article.id: self._cache[article.id] for article in articles}
        self._shrink()
        return found

    def _keep(self, id_: str, html: str) -> None:
        self._cache[id_] = html
        self._size += len(html)

    def _shrink(self) -> None:
        while self._size > _CACHE_CHARACTERS and self._cache:
            _, html = self._cache.popitem(last=False)
            self._size -= len(html)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _matches_disk(path: Path, known: Output) -> bool:
    try:
        status = path.stat()
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
