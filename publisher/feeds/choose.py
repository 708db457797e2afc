"""Which articles a feed of a person's own takes (`feeds.more`). Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from fnmatch import translate
from functools import lru_cache

from publisher import urls
from publisher.config import Config, FeedSelect
from publisher.model.article import Article

_Test = Callable[[Article], bool]
_key = lru_cache(maxsize=10_000)(urls.folder_key)  # a blog has few tags and many posts


def choose_articles(articles: Iterable[Article], select: FeedSelect, config: Config) -> list[Article]:
    """Those that match one of the values of every key, in their order; case and width make no difference.

    `en` is also `en-GB` (RFC 4647 3.3.1). In a path `*` is anything, slashes included.
    """
    tests = _list_tests(select, config)
    return [article for article in articles if all(test(article) for test in tests)]


def _list_tests(select: FeedSelect, config: Config) -> list[_Test]:
    tags, categories, authors = _keys(select.tags), _keys(select.categories), _keys(select.authors)
    languages = tuple(f"{key}-" for key in _keys(select.languages))
    prefixes = _list_prefixes(config)
    patterns = [re.compile(translate(_key(pattern))) for pattern in select.paths]
    tests: list[tuple[object, _Test]] = [
        (tags, lambda article: not tags.isdisjoint(map(_key, article.tags))),
        (categories, lambda article: not categories.isdisjoint(map(_key, article.categories))),
        (authors, lambda article: not authors.isdisjoint(_name_authors(article, config))),
        (languages, lambda article: f"{_key(article.language)}-".startswith(languages)),
        (patterns, lambda article: _matches(article.path.removeprefix(prefixes.get(article.source, "")), patterns)),
    ]
    return [test for given, test in tests if given]


def _keys(names: Sequence[str]) -> frozenset[str]:
    return frozenset(map(_key, names))


def _name_authors(article: Article, config: Config) -> set[str]:
    """Those whom its entry shows."""
    return {_key(author.name) for author in article.authors or (config.site.feed_author,)}


def _matches(path: str, patterns: Sequence[re.Pattern[str]]) -> bool:
    key = urls.folder_key(path)
    return any(pattern.match(key) for pattern in patterns)


def _list_prefixes(config: Config) -> dict[str, str]:
    """By source, what stands before the paths of its articles; a path is that below its folder or feed."""
    found = {folder.key: f"{folder.path}/" for folder in config.folders} if len(config.folders) > 1 else {}
    return found | {feed.key: f"{feed.key}#" for feed in config.feed_sources}
