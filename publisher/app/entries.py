"""The entries that stale feeds are put together from: those made before come from the database, the others are made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import suppress

from publisher.app.bodies import CHANGED, find_body
from publisher.app.context import Context
from publisher.app.rendering import Batch, MadeEntry, Piece, make_entries
from publisher.feeds.signature import Signer
from publisher.markup.finder import KnownLinks
from publisher.markup.place import Place
from publisher.model import Article, BodyFormat, FeedFormat, FeedSpec
from publisher.storage import articles as article_rows
from publisher.storage import renderings
from publisher.storage.renderings import Rendering

_WORTH_PROCESSES = 120  # articles; starting a process takes as long as rendering half of them
_BATCH = 10  # articles
_BATCH_CHARACTERS = 60_000  # so that memory does not grow with bodies
_UNSAVED_BYTES = 3_000_000

Made = dict[tuple[str, FeedFormat], MadeEntry]  # by article id and format


class Entries:
    """Entries of one run. All feeds of a site have its language and its author, so an article has one per format."""

    def __init__(
        self,
        context: Context,
        signer: Signer,
        category_urls: Mapping[str, str],
        links: Mapping[str, Mapping[str, str]],
    ) -> None:
        """`links`: what each article's body links to by the file of another, by its id."""
        self._context = context
        self._config = context.config
        self._formats = context.config.feeds.formats
        self._signer = signer
        self._category_urls = category_urls
        self._links = links
        self._unsaved: Made = {}
        self._unsaved_bytes = 0
        self._faulty: Made = {}

    def ready(self, specs: Sequence[FeedSpec]) -> Iterator[FeedSpec]:
        """All of `specs`, each when `take` has little or nothing left to do for it.

        With much to make it is made in all processes meanwhile, and a feed comes as soon as its last entry is there.
        """
        missing = self._list_missing(specs)
        if len(missing) < _WORTH_PROCESSES:
            yield from specs
            return
        lacking = [{article.id for article in spec.articles if article.id in missing} for spec in specs]
        waiting: dict[str, list[int]] = {}
        for number, ids in enumerate(lacking):
            for id_ in ids:
                waiting.setdefault(id_, []).append(number)
        yield from (spec for spec, ids in zip(specs, lacking, strict=True) if not ids)
        for id_ in self._make_all(missing.values()):
            for number in waiting.pop(id_):
                lacking[number].discard(id_)
                if not lacking[number]:
                    yield specs[number]
        yield from (spec for spec, ids in zip(specs, lacking, strict=True) if ids)

    def take(self, articles: Sequence[Article]) -> Made:
        """Every entry of these articles, at most as many as one feed holds."""
        found = self._find(articles)
        missing = [article for article in articles if any((article.id, name) not in found for name in self._formats)]
        for batch in self._batches(missing):
            made = make_entries(batch)
            self._keep(made)
            found.update(_by_key(made))
        return found

    def save(self) -> None:
        if not self._unsaved:
            return
        rows = [Rendering(made.article_id, made.feed_format, made.key, made.content) for made in self._unsaved.values()]
        with self._context.database.write() as connection:
            renderings.save_renderings(connection, rows)
        self._unsaved.clear()
        self._unsaved_bytes = 0

    def forget_others(self, specs: Iterable[FeedSpec]) -> None:
        """What no feed shows any more would only grow."""
        shown = {article.id for spec in specs for article in spec.articles}
        with self._context.database.write() as connection:
            renderings.forget_renderings(connection, shown, self._formats)

    def _list_missing(self, specs: Iterable[FeedSpec]) -> dict[str, Article]:
        """By id, in the order in which feeds show them."""
        shown = {article.id: article for spec in specs for article in spec.articles}
        with self._context.database.read() as connection:
            keys = renderings.load_keys(connection, list(shown))
        return {
            id_: article
            for id_, article in shown.items()
            if any(keys.get((id_, name)) != self._key(article) for name in self._formats)
        }

    def _make_all(self, articles: Iterable[Article]) -> Iterator[str]:
        """The ids of those that were made; fewer than all when a process was killed, as for want of memory."""
        with suppress(BrokenExecutor):
            for made in self._context.pool.map(make_entries, self._batches(list(articles))):
                self._keep(made)
                yield from dict.fromkeys(item.article_id for item in made)

    def _find(self, articles: Sequence[Article]) -> Made:
        keys = {article.id: self._key(article) for article in articles}
        at_hand = [
            kept[id_, name]
            for kept in (self._unsaved, self._faulty)
            for id_ in keys
            for name in self._formats
            if (id_, name) in kept
        ]
        found = _by_key(item for item in at_hand if item.key == keys[item.article_id])
        elsewhere = [id_ for id_ in keys if any((id_, name) not in found for name in self._formats)]
        loaded = self._load(elsewhere) if elsewhere else []
        return _by_key(item for item in loaded if item.key == keys[item.article_id]) | found

    def _load(self, ids: Sequence[str]) -> list[MadeEntry]:
        with self._context.database.read() as connection:
            rows = renderings.load_renderings(connection, ids)
        names = {str(name): name for name in self._formats}
        return [
            MadeEntry(row.article_id, names[row.format], row.key, row.content) for row in rows if row.format in names
        ]

    def _keep(self, made: Sequence[MadeEntry]) -> None:
        for key, item in _by_key(made).items():
            if item.fault:
                self._faulty[key] = item
            else:
                self._unsaved[key] = item
                self._unsaved_bytes += len(item.content)
        if self._unsaved_bytes > _UNSAVED_BYTES:
            self.save()

    def _batches(self, articles: Sequence[Article]) -> Iterator[Batch]:
        for start in range(0, len(articles), _BATCH):
            pieces: list[Piece] = []
            size = 0
            for piece in self._pieces(articles[start : start + _BATCH]):
                pieces.append(piece)
                size += len(piece.markdown or "")
                if size > _BATCH_CHARACTERS:
                    yield self._batch(pieces)
                    pieces, size = [], 0
            if pieces:
                yield self._batch(pieces)

    def _batch(self, pieces: Sequence[Piece]) -> Batch:
        names = {name for piece in pieces for name in piece.article.categories + piece.article.tags}
        urls = {name: self._category_urls[name] for name in names if name in self._category_urls}
        site = self._config.site
        return Batch(tuple(pieces), self._formats, site.language, site.feed_author, urls)

    def _pieces(self, articles: Sequence[Article]) -> list[Piece]:
        if self._config.feeds.content != "full":
            return [Piece(article, self._key(article), None, None) for article in articles]
        from_feeds = [article.id for article in articles if article.format is BodyFormat.HTML]
        with self._context.database.read() as connection:
            bodies = article_rows.load_markdown(connection, from_feeds)
        return [self._piece(article, bodies.get(article.id)) for article in articles]

    def _piece(self, article: Article, body: str | None) -> Piece:
        if body is None:
            body = find_body(self._config, article)
        fault = "" if body is not None else f"{article.path} {CHANGED}; run it again"
        return Piece(article, self._key(article), body, self._place(article), fault)

    def _place(self, article: Article) -> Place:
        # Ids of headings and footnotes must not meet those of another article on the same page of a reader.
        prefix = hashlib.sha256(article.id.encode("utf-8")).hexdigest()[:8] + "-"
        folder = self._config.folder_of(article)
        return Place(
            article.url,
            self._config.site.url,
            breaks=folder.breaks,
            prefix=prefix,
            format=article.format,
            aliases=folder.alias_pairs,
            find_article=KnownLinks(self._links.get(article.id, {})),
            base_url=article.base_url,
        )

    def _key(self, article: Article) -> str:
        return self._signer.sign_entry(article, self._config.site.language, self._config.site.feed_author)


def _by_key(made: Iterable[MadeEntry]) -> Made:
    return {(item.article_id, item.feed_format): item for item in made}
