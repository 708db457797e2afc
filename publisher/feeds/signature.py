"""Whether a feed would come out as it did last time, without rendering a body. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from importlib.metadata import version
from operator import attrgetter
from types import MappingProxyType

import publisher
from publisher.model import Article, FeedFormat, FeedSpec

# Raise it with every change to what the writers write for the same feed.
FORMAT_VERSION = 1

_NO_URLS: Mapping[str, str] = MappingProxyType({})
# By the fields as they are, so that one added tomorrow counts from its first day.
_DATES = {"published", "updated"}
_read_article = attrgetter(*(field.name for field in fields(Article) if field.name not in _DATES))
_read_spec = attrgetter(*(field.name for field in fields(FeedSpec) if field.name != "articles"))


def signature(
    spec: FeedSpec,
    formats: Sequence[FeedFormat],
    content: str,
    html_version: str,
    *,
    category_urls: Mapping[str, str] = _NO_URLS,
) -> str:
    """A hash of everything that the bytes of a feed depend on; an article's body goes in as its `body_hash`.

    `content` is `full` or `summary`; `html_version` names how Markdown becomes HTML at present. A change that would
    leave the bytes alone may change it too; the other way round never.
    """
    parts: list[object] = [_program_versions(), content, html_version, [str(feed_format) for feed_format in formats]]
    parts += (_read_spec(spec), spec.updated.isoformat())
    for article in spec.articles:
        parts.append(_read_article(article))
        # Not their repr, which names a zone but not its offset: a new tzdata may know another.
        parts.append((article.published.isoformat(), article.updated.isoformat()))
        parts.append(list(map(category_urls.get, article.categories + article.tags)))
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _program_versions() -> tuple[str, ...]:
    return (str(FORMAT_VERSION), publisher.__version__, version("feedgen"), version("lxml"))
