"""Articles -> entries of feeds. Pure.

What a process of the pool loads to do it is in this module's imports, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from publisher.errors import FeedError
from publisher.feeds.splice import EntryWriter
from publisher.markup.html import render_html
from publisher.markup.place import Place
from publisher.model import Article, Author, FeedFormat


@dataclass(frozen=True, slots=True)
class Piece:
    """One article; `markdown` and `place` are None where the feed shows only its summary.

    `fault` says why its body is not to be had.
    """

    article: Article
    key: str
    markdown: str | None
    place: Place | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Articles whose entries differ in nothing but themselves. It can be pickled, so its addresses are only its own."""

    pieces: tuple[Piece, ...]
    formats: tuple[FeedFormat, ...]
    language: str
    author: Author
    category_urls: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MadeEntry:
    """`key` is that of its piece. `fault` says why there is no content; it is true of every feed with the article."""

    article_id: str
    feed_format: FeedFormat
    key: str
    content: bytes = b""
    fault: str = ""


def make_entries(batch: Batch) -> list[MadeEntry]:
    """One for each piece and format."""
    writer = EntryWriter(batch.language, batch.author, batch.category_urls)
    return [made for piece in batch.pieces for made in _make_piece(piece, batch.formats, writer)]


def _make_piece(piece: Piece, formats: tuple[FeedFormat, ...], writer: EntryWriter) -> list[MadeEntry]:
    article = piece.article
    if piece.fault:
        return [MadeEntry(article.id, feed_format, piece.key, fault=piece.fault) for feed_format in formats]
    html = None if piece.markdown is None or piece.place is None else render_html(piece.markdown, piece.place)
    made: list[MadeEntry] = []
    for feed_format in formats:
        try:
            made.append(MadeEntry(article.id, feed_format, piece.key, writer.write(article, html, feed_format)))
        except FeedError as error:
            made.append(MadeEntry(article.id, feed_format, piece.key, fault=str(error)))
    return made
