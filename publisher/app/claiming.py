"""Ids of a former feed wait for their articles; a scan that meets one gives it the id that readers know."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.config import Config
from publisher.sources.outcome import ReadFile
from publisher.storage.articles import KnownArticle
from publisher.storage.database import Connection
from publisher.storage.imported import forget_imported, load_imported


def claim_imported(
    connection: Connection, read: Sequence[ReadFile], known: Sequence[KnownArticle], config: Config
) -> dict[str, str]:
    """Address -> id, for those of the files whose articles are new here."""
    imported = load_imported(connection)
    if not imported:
        return {}
    from publisher.sources.feed.former import FormerItem, match_items  # noqa: PLC0415 - few sites come from elsewhere

    waiting = [FormerItem(one.id, one.url, one.title, one.published) for one in imported]
    fresh = list_fresh(read, known)
    matched = match_items(waiting, [*(one for one in known if one.path), *fresh], config.site.timezone)
    ids = {one.id for one in fresh}
    return {article.url: item_id for item_id, article in matched.items() if article.id in ids}


def forget_claimed(connection: Connection, settled: Sequence[ReadFile]) -> None:
    waiting = {one.id for one in load_imported(connection)}
    forget_imported(connection, waiting & {item.article.id for item in settled if item.article is not None})


def list_fresh(read: Sequence[ReadFile], known: Sequence[KnownArticle]) -> list[KnownArticle]:
    """The articles of files that the index has not seen, as it would know them."""
    paths = {one.path for one in known}
    return [
        KnownArticle(one.id, one.path, item.sha256, one.title, one.published, url=one.url, draft=one.draft)
        for item in read
        if (one := item.article) is not None and one.path not in paths
    ]
