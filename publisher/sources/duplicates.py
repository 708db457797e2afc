"""Files that would be one article twice: the first stays, the others are reported. Pure.

First is whoever was public first, then whoever comes first by path: an order that does not depend on which files were
read in this scan. Drafts are left in peace, since a draft may well be the next version of an article. Two articles with
the same text under different titles are two articles.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import TypeAlias

from publisher.errors import Problem
from publisher.model.article import Article
from publisher.sources.outcome import ReadFile
from publisher.storage.articles import KnownArticle

_Claim: TypeAlias = tuple[str, str]  # what kind, and the value that only one file may have


@dataclass(frozen=True, slots=True)
class _Holder:
    path: str
    url: str


def set_duplicates_aside(read: Sequence[ReadFile], known: Iterable[KnownArticle]) -> list[ReadFile]:
    """The same files; each that repeats another, of this scan or of the index, is a problem instead of an article."""
    known = list(known)
    fresh = {item.file.path for item in read}
    # Ten thousand files claim what no other does, so only what the files of this scan claim is looked at; a first scan
    # has nothing to look for it in.
    asking = read if known else ()
    wanted = {claim for item in asking if item.article is not None for claim in _claims_of(item, item.article)}
    values = {value for _, value in wanted}
    holders: dict[_Claim, _Holder] = {}
    seqs: dict[str, float] = {}
    for article in known:
        if article.path is None:
            continue
        if article.path in fresh:
            seqs[article.path] = inf if article.seq is None else article.seq
        elif not article.draft and _may_claim(values, article):
            claims = _claims(article.path, article.sha256, article.url)
            for claim in wanted.intersection(claims):
                holders.setdefault(claim, _Holder(article.path, article.url))
    settled: dict[str, ReadFile] = {}
    for item in sorted(read, key=lambda item: (seqs.get(item.file.path, inf), item.file.path)):
        settled[item.file.path] = _settle(item, item.article, holders)
    return [settled[item.file.path] for item in read]


def _settle(item: ReadFile, article: Article | None, holders: dict[_Claim, _Holder]) -> ReadFile:
    if article is None or article.draft:
        return item
    claims = _claims_of(item, article)
    for claim in claims:
        holder = holders.get(claim)
        if holder is not None and holder.path != item.file.path:
            message = _message(claim[0], holder, article.url)
            problem = Problem(item.file.path, message, field="slug" if claim[0] == "url" else None)
            # Its turn comes when the other file goes, so every scan looks at it.
            return replace(item, article=None, problem=problem, is_settled=False)
    holders.update(dict.fromkeys(claims, _Holder(item.file.path, article.url)))
    return item


def _claims_of(item: ReadFile, article: Article) -> tuple[_Claim, ...]:
    return _claims(item.file.path, item.sha256, article.url)


def _claims(path: str, sha256: str, url: str) -> tuple[_Claim, ...]:
    name = path if path.isascii() else unicodedata.normalize("NFC", path)
    claims = (("path", name.casefold()), ("url", url.casefold()))
    return (("bytes", sha256), *claims) if sha256 else claims


def _may_claim(values: set[str], article: KnownArticle) -> bool:
    """Whether it claims one of these values, of whatever kind; told quickly of a name that is plain ASCII."""
    path = article.path or ""
    return (
        article.sha256 in values
        or article.url.casefold() in values
        or path.casefold() in values
        or not path.isascii()  # its claim is another spelling of it
    )


def _message(kind: str, holder: _Holder, url: str) -> str:
    if kind == "bytes":
        return f"is the same file as {holder.path}, byte for byte; remove one of them"
    if kind == "path":
        return f"has the same name as {holder.path} but for upper and lower case; rename one of them"
    if url == holder.url:
        return f"has the same address as {holder.path}: {url}; give one of them a slug of its own"
    return f"has the address of {holder.path} but for upper and lower case: {url}; give one of them a slug of its own"
