"""A feed in all its formats, put together from entries and cut to the bytes it may have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from publisher.app.entries import Entries, Made
from publisher.errors import FeedError
from publisher.feeds.check import check_ids, name_feed
from publisher.feeds.fit import Sizes, fit_entries
from publisher.feeds.splice import Shell, splice, write_shell
from publisher.model.article import Article
from publisher.model.feed import FeedFormat, FeedSpec

_BETWEEN = 2  # bytes between two entries, at most


@dataclass(frozen=True, slots=True)
class Document:
    """One file of a feed; `fault` says why there is no content, in words for the person whose article it is."""

    path: str
    content: bytes = b""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Composed:
    """`dropped` counts the articles for which there was no room, not even for their summaries.

    `shortened` counts those that are shown as summaries for want of room.
    """

    documents: tuple[Document, ...]
    dropped: int = 0
    shortened: int = 0


def compose(spec: FeedSpec, entries: Entries) -> Composed:
    """Every format of a feed, all with the same articles in the same form."""
    made = entries.take(spec.articles, in_full=spec.in_full)
    shells, faults = _write_shells(spec)
    fitted, made, shortened = _fit(spec, shells, made, entries)
    if spec.is_complete and len(fitted.articles) < len(spec.articles):
        shells, faults = _write_shells(replace(spec, is_complete=False))
    documents = (_put_together(fitted, feed_format, shells, made) for feed_format in shells)
    failed = (Document(spec.path(feed_format), fault=fault) for feed_format, fault in faults.items())
    return Composed((*documents, *failed), len(spec.articles) - len(fitted.articles), shortened)


def _write_shells(spec: FeedSpec) -> tuple[dict[FeedFormat, Shell], dict[FeedFormat, str]]:
    shells: dict[FeedFormat, Shell] = {}
    faults: dict[FeedFormat, str] = {}
    for feed_format in spec.formats:
        try:
            check_ids(spec, feed_format)
            shells[feed_format] = write_shell(spec, feed_format)
        except FeedError as error:
            faults[feed_format] = str(error)
    return shells, faults


def _fit(
    spec: FeedSpec, shells: Mapping[FeedFormat, Shell], made: Made, entries: Entries
) -> tuple[FeedSpec, Made, int]:
    """The spec with the articles for which there is room, their entries, and how many of these were shortened."""
    if not (spec.max_bytes and shells) or spec.is_archive:  # an archive is fetched once, and holds what it holds
        return spec, made, 0
    formats, short = tuple(shells), Made()

    def sizes_of(found: Made, article: Article) -> Sizes:
        return [len(found[article.id, name].content) + _BETWEEN for name in formats]

    def shorten(number: int) -> Sizes:
        article = spec.articles[number]
        if spec.in_full:
            short.update(entries.shorten(article))
        return sizes_of(short if spec.in_full else made, article)

    full = [sizes_of(made, article) for article in spec.articles]
    flags = fit_entries(
        [len(shells[name].head) for name in formats], full, shorten, spec.max_bytes, keep_all=spec.keeps_all
    )
    if all(flags) and len(flags) == len(spec.articles):
        return spec, made, 0
    kept = spec.articles[: len(flags)]
    chosen = {
        (article.id, name): (short if spec.in_full and not flag else made)[article.id, name]
        for article, flag in zip(kept, flags, strict=True)
        for name in formats
    }
    shortened = sum(not flag for flag in flags) if spec.in_full else 0
    return replace(spec, articles=kept), chosen, shortened


def _put_together(spec: FeedSpec, feed_format: FeedFormat, shells: Mapping[FeedFormat, Shell], made: Made) -> Document:
    entries = [made[article.id, feed_format] for article in spec.articles]
    fault = next((entry.fault for entry in entries if entry.fault), "")
    if fault:
        return Document(spec.path(feed_format), fault=f"{name_feed(spec, feed_format)}: {fault}")
    return Document(spec.path(feed_format), splice(shells[feed_format], [entry.content for entry in entries]))
