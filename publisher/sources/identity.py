"""Which article a file is. Pure.

The first of these that gives an id wins: front matter; the same bytes under whatever name; the same path; the only
vanished file with this title and date; the feeds already published, by URL; host and path. The id of an article that is
gone is given to no other: what lies at its path by now is that article again only when it has its title or its date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from publisher import urls
from publisher.errors import Problem
from publisher.model.article import Article
from publisher.sources.outcome import ReadFile
from publisher.storage.articles import KnownArticle

_Rule: TypeAlias = Callable[[ReadFile, Article], str | None]


def assign_ids(
    read: Sequence[ReadFile], known: Iterable[KnownArticle], adopted: Mapping[str, str], host: str
) -> list[ReadFile]:
    """The same files, by path, with their final ids. One whose own id belongs to another file becomes a problem.

    `known` are all articles ever seen, with `path` None for those whose file is gone by now; `adopted` maps URLs to
    the ids that feeds published before.
    """
    book = _Book(known, read)
    read = [_with_uri(item, item.article, book, host) if item.article else item for item in read]
    settled: dict[str, ReadFile] = {}
    rules: list[_Rule] = [*book.rules(), lambda item, article: book.mint(host, item.file.path, article)]
    if adopted:
        rules.insert(-1, lambda _, article: adopted.get(article.url))
    pending: list[tuple[ReadFile, Article]] = []
    for item in sorted(read, key=lambda item: (not book.has_had(item), item.file.path)):
        if item.article is None:
            settled[item.file.path] = item
        elif item.has_own_id:
            settled[item.file.path] = _with_own_id(item, item.article, book)
        else:
            pending.append((item, item.article))
    # Rule by rule over all files: a weak claim of one file must not take what a strong claim of another is about to.
    for rule in rules:
        for item, article in pending:
            if item.file.path not in settled:
                id_ = rule(item, article)
                if id_ is not None and book.take(id_, item.file.path):
                    is_as_minted = id_ == article.id  # nearly always, and replacing twice takes its time
                    settled[item.file.path] = item if is_as_minted else replace(item, article=replace(article, id=id_))
    return [settled[path] for path in sorted(settled)]


def _with_uri(item: ReadFile, article: Article, book: _Book, host: str) -> ReadFile:
    """The same with an own id that every format can hold; one that readers know already stays."""
    if not item.has_own_id or book.knows(article.id):
        return item
    id_ = urls.own_id(host, article.id)
    return item if id_ == article.id else replace(item, article=replace(article, id=id_))


def _with_own_id(item: ReadFile, article: Article, book: _Book) -> ReadFile:
    if book.take(article.id, item.file.path):
        return item
    message = f"{article.id!r} is the id of {book.holder(article.id)} already; give this article one of its own"
    return replace(item, article=None, problem=Problem(item.file.path, message, field="id"), is_settled=False)


class _Book:
    """Who had which id, and who has it now."""

    def __init__(self, known: Iterable[KnownArticle], read: Sequence[ReadFile]) -> None:
        reread, wanted = {item.file.path for item in read}, {item.sha256 for item in read}
        self._articles = {article.id: article for article in known}
        # Ids of files that were not read again are out of reach.
        self._holders = {
            article.id: article.path
            for article in self._articles.values()
            if article.path is not None and article.path not in reread
        }
        self._by_path = {article.path: article.id for article in self._articles.values() if article.path}
        self._by_bytes: dict[str, list[KnownArticle]] = {}
        self._by_title: dict[tuple[str, object], list[KnownArticle]] = {}
        for article in self._articles.values():
            if article.sha256 in wanted:
                self._by_bytes.setdefault(article.sha256, []).append(article)
            if article.path is None:
                self._by_title.setdefault((article.title, article.published), []).append(article)

    def rules(self) -> list[_Rule]:
        """Those that may find something, the strongest first: a first scan asks none of ten thousand files in vain."""
        rules: list[tuple[object, _Rule]] = [
            (self._by_path, self.untouched),
            (self._by_bytes, self.with_same_bytes),
            (self._by_path, self.at_same_path),
            (self._by_title, self.with_same_title_and_date),
        ]
        return [rule for known, rule in rules if known]

    def holder(self, id_: str) -> str | None:
        return self._holders.get(id_)

    def knows(self, id_: str) -> bool:
        return id_ in self._articles

    def take(self, id_: str, path: str) -> bool:
        """False when another file has it."""
        return self._holders.setdefault(id_, path) == path

    def has_had(self, item: ReadFile) -> bool:
        """This file had the id that it asks for: it comes before another that wants it too."""
        return item.article is not None and self._by_path.get(item.file.path) == item.article.id

    def untouched(self, item: ReadFile, _article: Article) -> str | None:
        """Same bytes, same path: such a file is itself before it is the copy of another."""
        id_ = self._by_path.get(item.file.path)
        return id_ if id_ is not None and self._articles[id_].sha256 == item.sha256 else None

    def with_same_bytes(self, item: ReadFile, _article: Article) -> str | None:
        alike = [known.id for known in self._by_bytes.get(item.sha256, ()) if known.id not in self._holders]
        return min(alike, default=None)

    def at_same_path(self, item: ReadFile, _article: Article) -> str | None:
        return self._by_path.get(item.file.path)

    def with_same_title_and_date(self, _item: ReadFile, article: Article) -> str | None:
        alike = [
            known
            for known in self._by_title.get((article.title, article.published), ())
            if known.id not in self._holders
        ]
        return alike[0].id if len(alike) == 1 else None

    def mint(self, host: str, path: str, article: Article) -> str:
        """A new id, or the one this article had when a file was last at its path."""
        candidate, attempt = urls.article_id(host, path), 1
        # The file that once had this path lives on under another name, or readers know another article by this id.
        while candidate in self._holders or self._is_anothers(candidate, article):
            attempt += 1
            candidate = urls.article_id(host, f"{path}#{attempt}")
        return candidate

    def _is_anothers(self, id_: str, article: Article) -> bool:
        known = self._articles.get(id_)
        if known is None or known.seq is None:  # what nobody has seen may become another
            return False
        return known.title != article.title and known.published != article.published
