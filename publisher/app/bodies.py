"""The bodies of articles, for whoever needs them: read from their files when they are needed, and not before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from publisher.app.context import Context
from publisher.app.folders import path_prefix
from publisher.errors import SourceChanged
from publisher.model import Article, BodyFormat
from publisher.sources.read import read_body
from publisher.storage import articles as rows


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
            found[article.id] = _load(context, article)
    return found


def _load(context: Context, article: Article) -> str:
    config = context.config
    folder = config.folder_of(article)
    body = read_body(config.folder_path(folder), article, path_prefix(config, folder))
    if body is None:
        raise SourceChanged(f"{article.path}: has changed or gone since it was read a moment ago; run it again")
    return body
