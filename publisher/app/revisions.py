"""When an article was last changed, where its front matter does not say: when more than a correction was seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from publisher.model.article import Article
from publisher.sources.outcome import ReadFile
from publisher.sources.sketch import is_new_title, is_significant
from publisher.storage import articles as rows
from publisher.storage.articles import Revision, StoredArticle
from publisher.storage.database import Connection


def date_changes(connection: Connection, read: Sequence[ReadFile], now: datetime) -> list[StoredArticle]:
    """The articles among these files, ready to be saved; each `updated` moves only with a significant change.

    What was never public has no readers who could have missed a change.
    """
    ids = [item.article.id for item in read if item.article is not None]
    known = rows.load_revisions(connection, ids)
    return [_date(item, item.article, known.get(item.article.id), now) for item in read if item.article is not None]


def _date(item: ReadFile, article: Article, known: Revision | None, now: datetime) -> StoredArticle:
    fresh = StoredArticle(article, item.sha256, item.markdown, item.sketch or None)
    if known is None or known.seq is None:
        return fresh
    # Corrections add up: the next one is compared with the text before the first of them.
    sketch, revised_at = known.sketch or fresh.sketch, known.revised_at
    if item.sha256 != known.sha256 and _is_changed(item, article, known):
        sketch, revised_at = fresh.sketch, now
    if revised_at is not None and not item.has_own_update:
        article = replace(article, updated=max(article.published, revised_at))
    return replace(fresh, article=article, sketch=sketch, revised_at=revised_at)


def _is_changed(item: ReadFile, article: Article, known: Revision) -> bool:
    return is_new_title(known.title, article.title) or is_significant(known.sketch or b"", item.sketch)
