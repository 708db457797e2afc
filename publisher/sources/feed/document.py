"""What is in a feed, whatever it was written in. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from publisher.model.article import Author

MOST_ITEMS = 1000  # of one document; the rest of a longer one is not read


class FeedUnreadable(Exception):
    """No item may be taken from this document; the message says why."""


@dataclass(frozen=True, slots=True)
class FeedItem:
    """An item as it was written: addresses may be relative, `title`, `summary` and `content` may hold HTML or text.

    What is missing is "". `content` is the summary where there is nothing else. `base` is what
    relative addresses are explicitly relative to (`xml:base`), "" when nothing says so.
    """

    guid: str = ""
    link: str = ""
    title: str = ""
    content: str = ""
    summary: str = ""
    base: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    tags: tuple[str, ...] = ()
    authors: tuple[Author, ...] = ()
    image: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """`home` is the page of the feed; `pause` how long it asks readers to wait before they ask again.

    `older` is where the feed goes on with older items (RFC 5005 3 and 4; JSON Feed 1.1 `next_url`), "" at its end.
    """

    items: tuple[FeedItem, ...]
    home: str = ""
    pause: timedelta | None = None
    older: str = ""


def first_text(values: Iterable[object]) -> str:
    """The first that is a text with something in it, trimmed; else ""."""
    return next((value.strip() for value in values if isinstance(value, str) and value.strip()), "")
