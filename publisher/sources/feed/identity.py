"""Which article an item of a feed is. Pure.

An item is its guid, whatever its date and title become. New ones keep the id they call themselves by, unless somebody
else has it. Of one item in two feeds, or one page in a folder and a feed, the source that comes first has it; a file
comes before an item.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from publisher import urls
from publisher.model.article import Article
from publisher.sources.feed.articles import ReadItem
from publisher.storage.articles import KnownArticle


@dataclass(frozen=True, slots=True)
class SettledItem:
    """`article` has its final id and dates; without one, `holder` is the path of the article that the item is."""

    item: ReadItem
    article: Article | None = None
    holder: str = ""


def settle_items(
    items: Sequence[ReadItem], known: Iterable[KnownArticle], prefixes: Sequence[str], host: str
) -> list[SettledItem]:
    """Items that are new or changed, or that somebody else has; those that are as they were are left out.

    `prefixes` are those of the paths of every feed, in the order of the config; `items` come in that order.
    """
    book = _Book(known, prefixes, host)
    settled = (book.settle(item) for item in items)
    return [item for item in settled if item is not None]


class _Book:
    """Who has which id and which address now."""

    def __init__(self, known: Iterable[KnownArticle], prefixes: Sequence[str], host: str) -> None:
        self._prefixes, self._host = prefixes, host
        self._by_path: dict[str, KnownArticle] = {}
        self._holders: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        self._at_url: dict[str, str] = {}
        self._gone: dict[str, list[str]] = {}
        for article in known:
            if article.path is None:
                self._gone.setdefault(article.url, []).append(article.id)
            else:
                self._by_path[article.path] = article
                self._holders[article.id] = article.path
                self._ids[article.path] = article.id
                self._at_url.setdefault(article.url, article.path)

    def settle(self, item: ReadItem) -> SettledItem | None:
        path = item.article.path
        old = self._by_path.get(path)
        is_ours = old is not None and self._holders[old.id] == path
        if old is not None and is_ours and old.sha256 == item.sha256:
            return None
        id_ = old.id if old is not None and is_ours else None
        if id_ is None:
            rival = self._rival(item)
            if rival is not None and self._rank(rival) <= self._rank(path):
                return SettledItem(item, holder=rival)
            id_ = self._new_id(item, rival)
        self._holders[id_], self._ids[path] = path, id_
        self._at_url[item.article.url] = path
        article = replace(item.article, id=id_)
        if old is not None and not item.is_dated:
            article = replace(article, published=old.published, updated=old.published)
        return SettledItem(item, article)

    def _rival(self, item: ReadItem) -> str | None:
        """The path of an article of another source that is this item."""
        by_id = self._holders.get(item.own_id) if item.own_id else None
        by_url = None if item.shares_url else self._at_url.get(item.article.url)
        found = [
            path for path in (by_id, by_url) if path is not None and self._rank(path) != self._rank(item.article.path)
        ]
        return found[0] if found else None

    def _new_id(self, item: ReadItem, rival: str | None) -> str:
        if rival is not None:  # of a source further down, whose article this is from now on
            return self._ids[rival]
        if item.own_id and item.own_id not in self._holders:
            return item.own_id
        gone = [] if item.shares_url else self._gone.get(item.article.url, [])
        if len(gone) == 1 and gone[0] not in self._holders:  # the feed has another address in the config now
            return gone[0]
        candidate, attempt = urls.article_id(self._host, item.article.path), 1
        while candidate in self._holders:
            attempt += 1
            candidate = urls.article_id(self._host, f"{item.article.path}#{attempt}")
        return candidate

    def _rank(self, path: str) -> int:
        return next((number for number, prefix in enumerate(self._prefixes) if path.startswith(prefix)), -1)
