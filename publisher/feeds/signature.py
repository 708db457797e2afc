"""Whether a feed would come out as it did last time, without rendering a body. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from operator import attrgetter
from types import MappingProxyType

import feedgen.version
import lxml

import publisher
from publisher.feeds.listing import FeedListing
from publisher.model.article import Article
from publisher.model.feed import EntryForm, FeedSpec

# Raise it with every change to what the writers write for the same feed.
FORMAT_VERSION = 2

_NO_URLS: Mapping[str, str] = MappingProxyType({})
_NO_LINKS: Mapping[str, Mapping[str, str]] = MappingProxyType({})
# By the fields as they are, so that one added tomorrow counts from its first day.
_DATES = {"published", "updated"}
_read_article = attrgetter(*(field.name for field in fields(Article) if field.name not in _DATES))
_read_spec = attrgetter(*(field.name for field in fields(FeedSpec) if field.name != "articles"))


class Signer:
    """Signs the feeds of one run; an article that stands in twelve of them is hashed once.

    `html_version` names how Markdown becomes HTML at present. `links` are the addresses of other articles that the
    body of one links to, by its id.
    """

    def __init__(
        self,
        html_version: str,
        *,
        category_urls: Mapping[str, str] = _NO_URLS,
        links: Mapping[str, Mapping[str, str]] = _NO_LINKS,
    ) -> None:
        self._common = (_program_versions(), html_version)
        self._category_urls = category_urls
        self._links = links
        self._known: dict[str, tuple[Article, str]] = {}
        self._entries: dict[tuple[str, EntryForm], str] = {}  # by the article's own signature

    def sign(self, spec: FeedSpec) -> str:
        """A hash of everything that the bytes of a feed depend on; an article's body goes in as its `body_hash`.

        A change that would leave the bytes alone may change it too; the other way round never.
        """
        articles = [self._sign_article(article) for article in spec.articles]
        return _hash((self._common, _read_spec(spec), spec.updated.isoformat(), articles))

    def sign_entry(self, article: Article, form: EntryForm) -> str:
        """The same for the bytes of one entry in feeds that want it in this form, whatever their format."""
        signature = self._sign_article(article)
        known = self._entries.get((signature, form))
        if known is None:
            known = self._entries[signature, form] = _hash((self._common, signature, form))
        return known

    def _sign_article(self, article: Article) -> str:
        known = self._known.get(article.id)
        if known is not None and known[0] is article:
            return known[1]
        # Dates not by their repr, which names a zone but not its offset: a new tzdata may know another.
        dates = (article.published.isoformat(), article.updated.isoformat())
        addresses = list(map(self._category_urls.get, article.categories + article.tags))
        links = sorted(self._links.get(article.id, _NO_URLS).items())
        digest = _hash((_read_article(article), dates, addresses, links))
        self._known[article.id] = (article, digest)
        return digest


def sign_listing(listing: FeedListing) -> str:
    """The same for the list of all feeds, in whatever format it is written."""
    return _hash((_program_versions(), listing))


def _hash(parts: tuple[object, ...]) -> str:
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _program_versions() -> tuple[str, ...]:
    # As the packages have it, which neither loads what they are made of nor looks through all that is installed.
    programs = (feedgen.version.version_full_str, lxml.__version__)  # type: ignore[attr-defined] # the stubs lack it
    return (str(FORMAT_VERSION), publisher.__version__, *programs)
