"""What a feed must be before it may replace the last good one. Pure.

Nothing here is expected to happen: it is the last look before a mistake reaches every reader.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from publisher.errors import FeedError
from publisher.feeds.parse import parse_feed, read_all_items
from publisher.feeds.required import find_missing, list_urls
from publisher.model.article import Article
from publisher.model.feed import Feed, FeedFormat, FeedSpec

_ABSOLUTE = re.compile(r"https?://(?![/?#])[\x21-\x7e]+|(?!https?:)[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+")
_ESCAPED = re.compile(rb"\\u")


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
    """What is wrong with a document, or "".

    It must parse, have what its format requires, hold `articles` in order, each id once, and no characters that XML
    forbids, and every address must be absolute.
    """
    try:
        document = parse_feed(content)
        ids = [item.id for item in read_all_items(document)]
    except ValueError as error:
        return f"came out broken: {error}"
    if ids != [article.id for article in articles]:
        return "came out with other articles than it was given"
    if len(set(ids)) < len(ids):
        return "came out with one id twice"
    if isinstance(document, dict) and _ESCAPED.search(content) and _has_forbidden(document):
        return "came out with a character that XML forbids"
    if missing := find_missing(document):
        return f"came out without {missing}"
    for url in list_urls(document):
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
        if article.audio:
            texts.append(article.audio.title)
        texts += (bodies.get(article.id, "") for bodies in (feed.html, feed.markdown))
        if any(map(_not_xml().search, texts)):
            return article.path
    return ""


def name_feed(spec: FeedSpec, feed_format: FeedFormat) -> str:
    """The feed's file, as a path below the output folder."""
    return spec.path(feed_format)


def _has_forbidden(value: Any) -> bool:
    """In a JSON document; an XML parser looks for itself."""
    if isinstance(value, str):
        return _not_xml().search(value) is not None
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_has_forbidden, inner))


def _name_user(url: str, articles: Sequence[Article]) -> str:
    for article in articles:
        audio = article.audio
        own = [article.url, article.image and article.image.url, *(author.url for author in article.authors)]
        own += [audio.url, audio.image, audio.transcript] if audio else []
        if url in own:
            return f" (in {article.path})"
    return ""


@cache
def _not_xml() -> re.Pattern[str]:
    """XML 1.0 2.2. Made at first need, which seldom comes: so many characters take their time."""
    return re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
