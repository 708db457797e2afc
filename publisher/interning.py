"""Names that many articles share, one in memory for all. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from publisher.model.article import Article


class Interner:
    """A blog has few tags and many posts. A post that comes from a database or another process has each tag as a text
    of its own, and these take more room than the rest of it."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def intern(self, articles: Iterable[Article | None]) -> None:
        """For articles that were made a moment ago, and that nobody else has seen."""
        put, share = object.__setattr__, self._names.setdefault  # `replace` would take longer than all the rest
        for article in articles:
            if article is not None:
                put(article, "tags", tuple(map(share, article.tags, article.tags)))
                put(article, "categories", tuple(map(share, article.categories, article.categories)))
                put(article, "language", share(article.language, article.language))
                put(article, "source", share(article.source, article.source))
