"""What a feed must be before it may replace the last good one. Pure.

Nothing here is expected to happen: it is the last look before a mistake reaches every reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from lxml import etree

from publisher.errors import FeedError
from publisher.feeds.parse import ATOM, Document, parse_feed, read_all_items
from publisher.model import Article, Feed, FeedFormat, FeedSpec

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 2.2
_ABSOLUTE = re.compile(r"https?://(?![/?#])[\x21-\x7e]+|(?!https?:)[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+")
_URL_ATTRIBUTES = etree.XPath("//@href | //@url | //@scheme | //@domain")
_URL_MEMBERS = {"url", "image", "home_page_url", "feed_url"}


def check_ids(spec: FeedSpec, feed_format: FeedFormat) -> None:
    """Raises FeedError when two of its articles have one id: readers would show only one of them."""
    paths: dict[str, str] = {}
    for article in spec.articles:
        if article.id in paths:
            raise FeedError(
                f"{name_feed(spec, feed_format)}: {paths[article.id]} and {article.path} have the same id "
                f"({article.id}); give one of them another `id`"
            )
        paths[article.id] = article.path


def find_fault(content: bytes, articles: Sequence[Article]) -> str:
    """What is wrong with a document, or "" when it parses, holds `articles` in order, and has only absolute URLs."""
    try:
        document = parse_feed(content)
        ids = [item.id for item in read_all_items(document)]
    except ValueError as error:
        return f"came out broken: {error}"
    if ids != [article.id for article in articles]:
        return "came out with other articles than it was given"
    for url in _find_urls(document):
        if not _ABSOLUTE.fullmatch(url):
            return f"{url!r} is not an absolute URL{_name_user(url, articles)}"
    return ""


def find_forbidden_text(feed: Feed) -> str:
    """The path of an article with a character that no feed can hold, or "" when it is something else."""
    for article in feed.spec.articles:
        texts = [article.id, article.title, article.summary, *article.categories, *article.tags]
        texts += (author.name for author in article.authors)
        if article.image:
            texts += (article.image.alt, article.image.credit)
        if any(_NOT_XML.search(text) for text in (*texts, feed.html.get(article.id, ""))):
            return article.path
    return ""


def name_feed(spec: FeedSpec, feed_format: FeedFormat) -> str:
    """The feed's file, as a path below the output folder."""
    return spec.path(feed_format)


def _find_urls(document: Document) -> Iterator[str]:
    return _json_urls(document) if isinstance(document, dict) else _xml_urls(document)


def _xml_urls(root: etree._Element) -> Iterator[str]:
    attributes: Any = _URL_ATTRIBUTES(root)  # the stubs cannot know that this path finds attributes
    yield from map(str, attributes)
    for element in root.iter("link", f"{ATOM}uri"):
        yield element.text or ""


def _json_urls(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _json_urls(item)
    elif isinstance(value, dict):
        for member, inner in value.items():
            if member in _URL_MEMBERS:
                yield str(inner)
            elif member in {"items", "authors"}:
                yield from _json_urls(inner)


def _name_user(url: str, articles: Sequence[Article]) -> str:
    for article in articles:
        if url == article.url or (article.image and url == article.image.url):
            return f" (in {article.path})"
    return ""
