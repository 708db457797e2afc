"""A feed: what it holds, and with its bodies. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote

from publisher.model.article import Article, Author


class FeedFormat(StrEnum):
    """The formats and the names their files have had from the first day."""

    RSS = "rss"
    ATOM = "atom"
    JSON = "json"

    @property
    def filename(self) -> str:
        return {"rss": "rss.xml", "atom": "atom.xml", "json": "feed.json"}[self.value]

    @property
    def media_type(self) -> str:
        return {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}[
            self.value
        ]


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An article that readers may have and that is no more (RFC 6721): its id, and since when."""

    id: str
    when: datetime


@dataclass(frozen=True, slots=True)
class Cloud:
    """Where readers ask to be told of changes by rssCloud (RSS 2.0, `<cloud>`)."""

    domain: str
    port: int
    path: str
    procedure: str = ""
    protocol: str = "http-post"


@dataclass(frozen=True, slots=True)
class Podcast:
    """What directories of podcasts want to know of a feed. A category within another is `Arts > Food`."""

    category: str = ""
    explicit: bool = False
    type: str = "episodic"
    owner: Author | None = None
    locked: bool | None = None


@dataclass(frozen=True, slots=True)
class EntryForm:
    """All that an entry takes from the feed in which it stands."""

    language: str
    author: Author
    in_full: bool = True
    with_markdown: bool = False


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """Which articles a feed holds, before anything is rendered. `folder` is relative to the output ("" at the top).

    `articles` are newest first and already cut to the limit; `updated` is the newest change among them. `file` is the
    name of its only file, where that is not one of the usual names. `in_full`: whole texts and not only summaries;
    `with_markdown`: and what they were written as. `max_bytes` is the most that a document may have, 0 without a limit.
    `podcast` is there when an article has audio.

    `part` 0 is the document that readers subscribe to; 1 to `parts` are its archives, oldest first (RFC 5005 4).
    `is_complete`: it holds every entry the feed ever had (RFC 5005 2). `deleted` are articles it used to hold. `hubs`
    are addresses of WebSub hubs, `stylesheet` that of a CSS file for people who open the feed in a browser.
    `keeps_all`: no article may be left out for want of room.
    """

    id: str
    folder: str
    title: str
    description: str
    home_url: str
    folder_url: str
    language: str
    author: Author
    updated: datetime
    articles: tuple[Article, ...]
    part: int = 0
    parts: int = 0
    is_complete: bool = False
    deleted: tuple[Tombstone, ...] = ()
    hubs: tuple[str, ...] = ()
    cloud: Cloud | None = None
    icon: str = ""
    logo: str = ""
    rights: str = ""
    stylesheet: str = ""
    keeps_all: bool = False
    formats: tuple[FeedFormat, ...] = tuple(FeedFormat)
    file: str = ""
    in_full: bool = True
    with_markdown: bool = False
    max_bytes: int = 0
    podcast: Podcast | None = None

    @property
    def key(self) -> tuple[str, str, int]:
        """Tells the documents of a site apart."""
        return (self.folder, self.file, self.part)

    @property
    def is_archive(self) -> bool:
        return self.part > 0

    @property
    def older_part(self) -> int:
        """The archive before this document, 0 where there is none."""
        return self.part - 1 if self.is_archive else self.parts

    @property
    def newer_part(self) -> int:
        """The archive after this one, 0 where there is none."""
        return self.part + 1 if 0 < self.part < self.parts else 0

    def filename(self, feed_format: FeedFormat, part: int | None = None) -> str:
        """`rss.xml`, or `rss-1.xml` for its first archive; of this document unless a part is named."""
        number = self.part if part is None else part
        name = self.file or feed_format.filename
        if not number:
            return name
        stem, _, ending = name.rpartition(".")
        return f"{stem}-{number}.{ending}"

    def path(self, feed_format: FeedFormat) -> str:
        """The file, relative to the output."""
        return f"{self.folder}/{self.filename(feed_format)}".lstrip("/")

    def url(self, feed_format: FeedFormat, part: int | None = None) -> str:
        return self.folder_url + quote(self.filename(feed_format, part), safe="~-._")


@dataclass(frozen=True, slots=True)
class Feed:
    """A FeedSpec with its bodies: `html` maps an article's id to its full text; a summary-only feed leaves it empty.

    `category_urls` maps a tag or category to the page-like URL of its own feed folder, `markdown` an article's id to
    what its full text was written as.
    """

    spec: FeedSpec
    formats: tuple[FeedFormat, ...]
    html: Mapping[str, str]
    category_urls: Mapping[str, str]
    markdown: Mapping[str, str] = field(default_factory=dict)
