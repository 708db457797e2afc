"""Articles that are translations of each other, and which of them a reader gets. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from publisher.model.article import Article


@dataclass(frozen=True, slots=True)
class Work:
    """One article in the languages there are. `seqs` are the numbers of all of them, `versions` those to choose from.

    `versions` are in the order of their numbers.
    """

    versions: tuple[Article, ...]
    seqs: tuple[int, ...]


def gather_works(wanted: Iterable[Article], known: Iterable[Article], keys: Mapping[str, str]) -> list[Work]:
    """`wanted` by what they are translations of, in the order of their first ones.

    `keys` by article id; those with the same key are one work, unless two of them are in the same language. `known`
    are all articles there are, so that a translation that comes later is no new article.
    """
    siblings: dict[str, list[Article]] = {}
    for article in known:
        if article.seq is not None and article.in_newsletters:
            siblings.setdefault(keys.get(article.id, article.id), []).append(article)
    grouped: dict[str, list[Article]] = {}
    for article in wanted:
        key = keys.get(article.id, article.id)
        grouped.setdefault(key if _speak_apart(siblings.get(key, ())) else article.id, []).append(article)
    works = []
    for key, versions in grouped.items():
        numbers = {article.seq or 0 for article in (*siblings.get(key, ()), *versions)}
        ordered = sorted(versions, key=lambda article: article.seq or 0)
        works.append(Work(tuple(ordered), tuple(sorted(numbers))))
    return works


def choose_version(work: Work, language: str, default: str) -> Article:
    """The reader's language, else `default`, else the first there was."""
    by_language = {article.language.lower(): article for article in work.versions}
    found = lookup(language, by_language) or lookup(default, by_language)
    return by_language[found] if found else work.versions[0]


def lookup(wanted: str, available: Iterable[str]) -> str | None:
    """RFC 4647 3.4: `zh-Hant-TW` finds `zh-Hant`, then `zh`. Where that finds nothing, `en` is content with `en-GB`."""
    tags = {tag.lower(): tag for tag in available}
    parts = wanted.lower().split("-") if wanted else []
    while parts:
        found = tags.get("-".join(parts))
        if found is not None:
            return found
        parts.pop()
        if parts and len(parts[-1]) == 1:  # a single letter says how to read what stood behind it
            parts.pop()
    primary = wanted.lower().partition("-")[0]
    return next((tags[tag] for tag in sorted(tags) if primary and tag.partition("-")[0] == primary), None)


def resolve_language(wanted: str, available: Iterable[str], default: str) -> str:
    """The one of `available` in which a mail to this reader is put together, else `default`."""
    return lookup(wanted, available) or default


def _speak_apart(articles: Sequence[Article]) -> bool:
    languages = [article.language.lower() for article in articles]
    return len(set(languages)) == len(languages)
