"""A document is a shell and entries between its head and its end. Pure.

An article stands in the feed of the site, of its category and of each of its tags, and in all of them with the same
bytes. So its entry is written once, and read back as the only one of a document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

from publisher.errors import FeedError
from publisher.feeds.atom import write_atom, write_atom_entry
from publisher.feeds.check import find_fault, find_forbidden_text, name_feed
from publisher.feeds.entries import Entry, build_entries
from publisher.feeds.jsonfeed import write_json, write_json_item
from publisher.feeds.rss import write_rss, write_rss_item
from publisher.model.article import Article, Author
from publisher.model.feed import Feed, FeedFormat, FeedSpec, Podcast


@dataclass(frozen=True, slots=True)
class _Format:
    """`end` is how a document without entries ends; with some they stand between `opening` and `closing`.

    `write_entry` gives the bytes that an entry has in what `write` gives.
    """

    write: Callable[[Feed], bytes]
    write_entry: Callable[[Entry], bytes]
    end: bytes
    opening: bytes
    between: bytes
    closing: bytes


_NOT_APART = "came out broken: its entries do not stand where they should"
_FORMATS = {
    FeedFormat.RSS: _Format(write_rss, write_rss_item, b"  </channel>\n</rss>\n", b"", b"", b"  </channel>\n</rss>\n"),
    FeedFormat.ATOM: _Format(write_atom, write_atom_entry, b"</feed>\n", b"", b"", b"</feed>\n"),
    FeedFormat.JSON: _Format(write_json, write_json_item, b"]\n}\n", b"\n", b",\n", b"\n  ]\n}\n"),
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Shell:
    """A document without its entries."""

    feed_format: FeedFormat
    head: bytes


class EntryWriter:
    """Writes entries for the feeds of one language and one author; nothing else that a feed says matters to them."""

    def __init__(self, language: str, author: Author, category_urls: Mapping[str, str]) -> None:
        self._language = language
        self._author = author
        self._category_urls = category_urls

    def write(self, article: Article, html: str | None, feed_format: FeedFormat, markdown: str = "") -> bytes:
        """The entry of `article`, read back and found good; without a full text where `html` is None.

        Raises FeedError with the reason alone, which is true of every feed that holds the article.
        """
        bodies = {} if html is None else {article.id: html}
        frame = _make_frame(self._language, self._author, bool(markdown), article.audio is not None)
        spec = replace(frame, articles=(article,))
        feed = Feed(spec, (feed_format,), bodies, self._category_urls, {article.id: markdown} if markdown else {})
        shell = _write_frame(frame, feed_format)

        def write(feed: Feed) -> bytes:
            return splice(shell, [_FORMATS[feed_format].write_entry(entry) for entry in build_entries(feed)])

        content = _write_checked(feed, write)
        form = _FORMATS[feed_format]
        return content[len(shell.head) + len(form.opening) : -len(form.closing)]


def write_shell(spec: FeedSpec, feed_format: FeedFormat) -> Shell:
    """The document of `spec` without its entries, read back and found good.

    Raises FeedError with the name of its file.
    """
    try:
        return _write_shell(replace(spec, articles=()), feed_format)
    except FeedError as error:
        raise FeedError(f"{name_feed(spec, feed_format)}: {error}") from error


def splice(shell: Shell, entries: Sequence[bytes]) -> bytes:
    """The document, as its format's writer gives it for the whole feed at once."""
    form = _FORMATS[shell.feed_format]
    if not entries:
        return shell.head + form.end
    return b"".join((shell.head, form.opening, form.between.join(entries), form.closing))


def _write_shell(spec: FeedSpec, feed_format: FeedFormat) -> Shell:
    content = _write_checked(Feed(spec, (feed_format,), {}, {}), _FORMATS[feed_format].write)
    end = _FORMATS[feed_format].end
    if not content.endswith(end):
        raise FeedError(_NOT_APART)
    return Shell(feed_format, content[: -len(end)])


def _write_checked(feed: Feed, write: Callable[[Feed], bytes]) -> bytes:
    try:
        content = write(feed)
    except ValueError as error:  # lxml and the UTF-8 codec on a forbidden character, feedgen on something missing
        raise FeedError(_name_forbidden(feed) or str(error)) from error
    fault = find_fault(content, feed.spec.articles)
    if fault:
        raise FeedError(_name_forbidden(feed) or fault)
    return content


def _name_forbidden(feed: Feed) -> str:
    path = find_forbidden_text(feed)
    return f"{path} has a character that XML forbids" if path else ""


@lru_cache(maxsize=64)
def _make_frame(language: str, author: Author, with_markdown: bool, with_audio: bool) -> FeedSpec:  # noqa: FBT001 - so that calls are alike
    """A feed about which nothing can be wrong but what all feeds have in common.

    It has the namespaces that an entry needs, as every feed that holds the entry has them.
    """
    home = "https://example.com/"
    frame = FeedSpec(home, "", "-", "-", home, home, language, author, _EPOCH, ())
    return replace(frame, with_markdown=with_markdown, podcast=Podcast() if with_audio else None)


@lru_cache(maxsize=64)
def _write_frame(frame: FeedSpec, feed_format: FeedFormat) -> Shell:
    return _write_shell(frame, feed_format)
