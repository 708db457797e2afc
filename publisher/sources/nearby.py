"""Which articles of the index could matter to what becomes of a few files: nearly always none but their own. Pure.

Identity and duplicates are decided with every article in view, and most scans find one new file among ten thousand.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Sequence

from publisher import urls
from publisher.model.article import Article
from publisher.sources.outcome import ReadFile
from publisher.storage.articles import KnownArticle


def find_nearby(
    read: Sequence[ReadFile], at_hand: Sequence[tuple[Article, str]], gone: Sequence[KnownArticle], host: str
) -> list[KnownArticle]:
    """Those articles, by id, with which `assign_ids` and `set_duplicates_aside` decide as they do with all.

    `at_hand` are articles whose files are there, each with the hash of its file; `gone` are all others, and come out
    again. No former feed may have left ids that wait for their articles: these could go to any of them.
    """
    near: list[KnownArticle] = []
    if at_hand:
        known = {article.id for article, _ in at_hand}
        known.update(article.id for article in gone)
        ids, values = _list_ids(read, known, host), set(_list_values(read))
        near = [
            KnownArticle(one.id, one.path, sha256, one.title, one.published, one.seq, one.url, one.draft)
            for one, sha256 in at_hand
            if sha256 in values or fold_path(one.path) in values or one.url.casefold() in values or one.id in ids
        ]
    return sorted([*near, *gone], key=lambda article: article.id)


def fold_path(path: str) -> str:
    """What two names have in common that a disk may take for one."""
    return (path if path.isascii() else unicodedata.normalize("NFC", path)).casefold()


def _list_values(read: Sequence[ReadFile]) -> Iterator[str]:
    """What makes an article the same as one of these files, or stand in its way: bytes, paths and addresses."""
    for item in read:
        yield item.sha256
        yield fold_path(item.file.path)
        if item.article is not None:
            yield item.article.url.casefold()


def _list_ids(read: Sequence[ReadFile], known: Collection[str], host: str) -> set[str]:
    """The ids that these files ask for, and those that could be minted for them while others have the first ones."""
    wished = {item.article.id for item in read if item.has_own_id and item.article is not None}
    wished |= {urls.own_id(host, id_) for id_ in wished}
    found = set(wished)
    for item in read:
        attempt, candidate = 1, urls.article_id(host, item.file.path)
        while candidate in known or candidate in wished:
            found.add(candidate)
            attempt += 1
            candidate = urls.article_id(host, f"{item.file.path}#{attempt}")
    return found
