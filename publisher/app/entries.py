"""The entries that stale feeds are put together from: those made before come from the database, the others are made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from typing import TypeAlias

from publisher.app.bodies import CHANGED, find_body
from publisher.app.context import Context
from publisher.app.rendering import Batch, MadeEntry, Piece, make_entries
from publisher.feeds.select import FeedPlan
from publisher.feeds.signature import Signer
from publisher.markup.finder import KnownLinks
from publisher.markup.place import Place
from publisher.model.article import Article, BodyFormat
from publisher.model.feed import EntryForm, FeedFormat, FeedSpec
from publisher.storage import articles as article_rows
from publisher.storage import renderings
from publisher.storage.database import Connection
from publisher.storage.renderings import Rendering

_WORTH_PROCESSES = 120  # articles; starting a process takes as long as rendering half of them
_BATCH = 4  # articles
_BATCH_CHARACTERS = 24_000  # so that memory does not grow with bodies
_UNSAVED_BYTES = 2_000_000
_MOST_SHORT = 2_000  # articles; so that memory does not grow with them

Made = dict[tuple[str, FeedFormat], MadeEntry]  # by article id and format, all of them in full or none
_Need: TypeAlias = tuple[Article, bool]  # and whether in full
_Slot: TypeAlias = tuple[str, bool]  # the same by the article's id
_Row: TypeAlias = tuple[str, str]  # article id, and format as the database calls it


class Entries:
    """Entries of one run. All feeds of a site have its language and its author, so an article has two at most per
    format: in full and as a summary.
    """

    def __init__(
        self,
        context: Context,
        signer: Signer,
        plan: FeedPlan,
        links: Mapping[str, Mapping[str, str]],
    ) -> None:
        """`links`: what each article's body links to by the file of another, by its id."""
        self._context = context
        self._config = context.config
        self._specs = plan.specs
        wanted = {feed_format for spec in plan.specs for feed_format in spec.formats}
        self._formats = tuple(feed_format for feed_format in FeedFormat if feed_format in wanted)
        self._signer = signer
        self._category_urls = plan.category_urls
        self._links = links
        self._unsaved: dict[_Row, MadeEntry] = {}
        self._unsaved_bytes = 0
        self._faulty: dict[_Row, MadeEntry] = {}
        site = context.config.site
        self._forms = {
            in_full: EntryForm(site.language, site.feed_author, in_full, in_full and context.config.feeds.markdown)
            for in_full in (True, False)
        }
        self._short: dict[str, Made] = {}

    def ready(self, specs: Sequence[FeedSpec]) -> Iterator[FeedSpec]:
        """All of `specs`, each when `take` has little or nothing left to do for it.

        With much to make it is made in all processes meanwhile, and a feed comes as soon as its last entry is there.
        """
        missing = self._list_missing(specs)
        if len(missing) < _WORTH_PROCESSES:
            yield from specs
            return
        lacking = [missing.keys() & {(article.id, spec.in_full) for article in spec.articles} for spec in specs]
        waiting: dict[_Slot, list[int]] = {}
        for number, slots in enumerate(lacking):
            for slot in slots:
                waiting.setdefault(slot, []).append(number)
        yield from (spec for spec, slots in zip(specs, lacking, strict=True) if not slots)
        for slot in self._make_all(missing.values()):
            for number in waiting.pop(slot):
                lacking[number].discard(slot)
                if not lacking[number]:
                    yield specs[number]
        yield from (spec for spec, slots in zip(specs, lacking, strict=True) if slots)

    def take(self, articles: Sequence[Article], *, in_full: bool) -> Made:
        """Every entry of these articles, at most as many as one feed holds."""
        found = self._find(articles, in_full=in_full)
        missing = [article for article in articles if any((article.id, name) not in found for name in self._formats)]
        for batch in self._batches([(article, in_full) for article in missing]):
            made = make_entries(batch)
            self._keep(made)
            found.update(_by_key(made))
        return found

    def shorten(self, article: Article) -> Made:
        """Its entries as a summary, for a feed that has no room for more."""
        if article.id not in self._short:
            if len(self._short) == _MOST_SHORT:
                self._short.clear()
            self._short[article.id] = self.take([article], in_full=False)
        return self._short[article.id]

    def save(self) -> None:
        if self._unsaved:
            with self._context.database.write() as connection:
                self._save(connection)

    def finish(self) -> None:
        """Save the rest, and forget what no feed shows any more, which would only grow.

        A feed that has a limit may have shortened what it holds.
        """
        slots = {(article.id, spec.in_full) for spec in self._specs for article in spec.articles}
        slots |= {(article.id, False) for spec in self._specs if spec.max_bytes for article in spec.articles}
        shown = {(id_, name) for id_, in_full in slots for name in self._rows(in_full=in_full)}
        with self._context.database.write() as connection:
            self._save(connection)
            renderings.forget_renderings(connection, shown)

    def _save(self, connection: Connection) -> None:
        rows = [Rendering(id_, name, made.key, made.content) for (id_, name), made in self._unsaved.items()]
        renderings.save_renderings(connection, rows)
        self._unsaved.clear()
        self._unsaved_bytes = 0

    def _list_missing(self, specs: Iterable[FeedSpec]) -> dict[_Slot, _Need]:
        """In the order in which feeds show them."""
        shown = {(article.id, spec.in_full): (article, spec.in_full) for spec in specs for article in spec.articles}
        with self._context.database.read() as connection:
            keys = renderings.load_keys(connection, list({id_: None for id_, _ in shown}))
        names = {in_full: self._rows(in_full=in_full) for in_full in (True, False)}
        return {
            slot: need
            for slot, need in shown.items()
            if any(keys.get((slot[0], name)) != self._key(need[0], in_full=need[1]) for name in names[slot[1]])
        }

    def _make_all(self, needs: Iterable[_Need]) -> Iterator[_Slot]:
        """Those that were made; fewer than all when a process was killed, as for want of memory."""
        with suppress(BrokenExecutor):
            for made in self._context.pool.map(make_entries, self._batches(list(needs))):
                self._keep(made)
                yield from dict.fromkeys((item.article_id, item.in_full) for item in made)
        self._context.pool.close()  # so much work comes seldom, and processes that wait for it hold their memory

    def _find(self, articles: Sequence[Article], *, in_full: bool) -> Made:
        keys = {article.id: self._key(article, in_full=in_full) for article in articles}
        names = self._rows(in_full=in_full)
        at_hand = [
            kept[id_, name]
            for kept in (self._unsaved, self._faulty)
            for id_ in keys
            for name in names
            if (id_, name) in kept
        ]
        found = _by_key(item for item in at_hand if item.key == keys[item.article_id])
        elsewhere = [id_ for id_ in keys if any((id_, name) not in found for name in self._formats)]
        loaded = self._load(elsewhere, in_full=in_full) if elsewhere else []
        return _by_key(item for item in loaded if item.key == keys[item.article_id]) | found

    def _load(self, ids: Sequence[str], *, in_full: bool) -> list[MadeEntry]:
        with self._context.database.read() as connection:
            rows = renderings.load_renderings(connection, ids)
        names = dict(zip(self._rows(in_full=in_full), self._formats, strict=True))
        return [
            MadeEntry(row.article_id, names[row.format], row.key, row.content, in_full=in_full)
            for row in rows
            if row.format in names
        ]

    def _rows(self, *, in_full: bool) -> list[str]:
        return [_name_row(feed_format, in_full=in_full) for feed_format in self._formats]

    def _keep(self, made: Sequence[MadeEntry]) -> None:
        for item in made:
            row = (item.article_id, _name_row(item.feed_format, in_full=item.in_full))
            if item.fault:
                self._faulty[row] = item
            else:
                self._unsaved[row] = item
                self._unsaved_bytes += len(item.content)
        if self._unsaved_bytes > _UNSAVED_BYTES:
            self.save()

    def _batches(self, needs: Sequence[_Need]) -> Iterator[Batch]:
        for start in range(0, len(needs), _BATCH):
            pieces: list[Piece] = []
            size = 0
            for piece in self._pieces(needs[start : start + _BATCH]):
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
        with_markdown = self._config.feeds.markdown
        return Batch(tuple(pieces), self._formats, site.language, site.feed_author, urls, with_markdown)

    def _pieces(self, needs: Sequence[_Need]) -> list[Piece]:
        from_feeds = [article.id for article, in_full in needs if in_full and article.format is BodyFormat.HTML]
        bodies: dict[str, str] = {}
        if from_feeds:
            with self._context.database.read() as connection:
                bodies = article_rows.load_markdown(connection, from_feeds)
        return [self._piece(article, bodies.get(article.id), in_full=in_full) for article, in_full in needs]

    def _piece(self, article: Article, body: str | None, *, in_full: bool) -> Piece:
        key = self._key(article, in_full=in_full)
        if not in_full:
            return Piece(article, key, None, None, in_full=False)
        if body is None:
            body = find_body(self._config, article)
        fault = "" if body is not None else f"{article.path} {CHANGED}; run it again"
        return Piece(article, key, body, self._place(article), fault)

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

    def _key(self, article: Article, *, in_full: bool) -> str:
        return self._signer.sign_entry(article, self._forms[in_full])


def _by_key(made: Iterable[MadeEntry]) -> Made:
    return {(item.article_id, item.feed_format): item for item in made}


def _name_row(feed_format: FeedFormat, *, in_full: bool) -> str:
    return str(feed_format) if in_full else f"{feed_format}-summary"
