"""The bodies of articles, for whoever needs them: read from their files when they are needed, and not before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from publisher.app.context import Context
from publisher.app.folders import path_prefix
from publisher.config import Config
from publisher.errors import SourceChanged
from publisher.markup.finder import ArticleFinder
from publisher.model.article import Article, BodyFormat
from publisher.storage import articles as rows

CHANGED = "has changed or gone since it was read a moment ago"


def load_bodies(context: Context, wanted: Iterable[Article]) -> Mapping[str, str]:
    """Bodies by article id: Markdown of a file, HTML of a feed.

    Raises SourceChanged when a file is not what the last scan found.
    """
    articles = list(wanted)
    with context.database.read() as connection:
        from_feeds = [article.id for article in articles if article.format is BodyFormat.HTML]
        found = rows.load_markdown(connection, from_feeds)
    for article in articles:
        if article.id not in found:
            body = find_body(context.config, article)
            if body is None:
                raise SourceChanged(f"{article.path}: {CHANGED}; run it again")
            found[article.id] = body
    return found


def make_finder(known: Iterable[Article], now: datetime) -> ArticleFinder:
    """Finds what readers can open: a link to a draft would lead nowhere."""
    return ArticleFinder(article for article in known if article.is_public(now))


def find_body(config: Config, article: Article) -> str | None:
    """The Markdown of one article with a file, None when the file is not what the last scan found."""
    from publisher.sources.read import read_body  # noqa: PLC0415 - brings all of Markdown along

    folder = config.folder_of(article)
    return read_body(config.folder_path(folder), article, path_prefix(config, folder))
