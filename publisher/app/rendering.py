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
from publisher.model.article import Article, Author, BodyFormat
from publisher.model.feed import FeedFormat


@dataclass(frozen=True, slots=True)
class Piece:
    """One article; without `markdown` and `place` unless the feed shows it in full.

    `fault` says why its body is not to be had.
    """

    article: Article
    key: str
    markdown: str | None
    place: Place | None
    fault: str = ""
    in_full: bool = True


@dataclass(frozen=True, slots=True)
class Batch:
    """Articles whose entries differ in nothing but themselves. It can be pickled, so its addresses are only its own."""

    pieces: tuple[Piece, ...]
    formats: tuple[FeedFormat, ...]
    language: str
    author: Author
    category_urls: Mapping[str, str]
    with_markdown: bool = False


@dataclass(frozen=True, slots=True)
class MadeEntry:
    """`key` is that of its piece. `fault` says why there is no content; it is true of every feed with the article."""

    article_id: str
    feed_format: FeedFormat
    key: str
    content: bytes = b""
    fault: str = ""
    in_full: bool = True


def make_entries(batch: Batch, writer: EntryWriter | None = None) -> list[MadeEntry]:
    """One for each piece and format. `writer` is one for such batches, where there is one already."""
    writer = writer or EntryWriter(batch.language, batch.author, batch.category_urls)
    return [made for piece in batch.pieces for made in _make_piece(piece, batch, writer)]


def _make_piece(piece: Piece, batch: Batch, writer: EntryWriter) -> list[MadeEntry]:
    article = piece.article
    html = None if piece.markdown is None or piece.place is None else render_html(piece.markdown, piece.place)
    is_markdown = batch.with_markdown and article.format is not BodyFormat.HTML
    markdown = (piece.markdown or "") if is_markdown else ""
    made: list[MadeEntry] = []
    for feed_format in batch.formats:
        content, fault = b"", piece.fault
        if not fault:
            try:
                content = writer.write(article, html, feed_format, markdown)
            except FeedError as error:
                fault = str(error)
        made.append(MadeEntry(article.id, feed_format, piece.key, content, fault, piece.in_full))
    return made
