"""An article and what belongs to it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Author:
    name: str
    email: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Image:
    url: str
    alt: str = ""
    credit: str = ""
    type: str = ""  # of media, where its address does not tell


@dataclass(frozen=True, slots=True)
class Audio:
    """What an article lets people hear (or see): an episode of a podcast.

    `type` is a media type, `length` in bytes and `duration` in seconds; 0 and "" are not known.
    """

    url: str
    type: str
    length: int = 0
    duration: int = 0
    title: str = ""
    episode: int = 0
    season: int = 0
    explicit: bool | None = None
    image: str = ""
    transcript: str = ""
    transcript_type: str = ""


class BodyFormat(StrEnum):
    """What a body is written in."""

    MARKDOWN = "markdown"
    MDX = "mdx"  # Markdown with components, where braces are program text
    HTML = "html"  # of a feed


@dataclass(frozen=True, slots=True)
class Article:
    """What is known about an article without its body.

    `id` is the same in every feed and every issue, for ever. `seq` and `seen_at` are set by the first scan that finds
    the article public (no draft, and due); before that they are None. `body_hash` changes when the body does.
    `source` is the `path` or `feed` of the source under `articles:` that it comes from. `references` are the other
    articles its body links to by their file, as written there (see markup.references). `base_url` is what a bare
    `a.png` is relative to, where that is not `url`.
    """

    id: str
    path: str
    url: str
    title: str
    published: datetime
    updated: datetime
    summary: str
    language: str
    body_hash: str
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    image: Image | None = None
    authors: tuple[Author, ...] = ()
    draft: bool = False
    in_feeds: bool = True
    in_newsletters: bool = True
    email_subject: str | None = None
    expires: datetime | None = None
    format: BodyFormat = BodyFormat.MARKDOWN
    source: str = ""
    references: tuple[str, ...] = ()
    base_url: str = ""
    audio: Audio | None = None
    seq: int | None = None
    seen_at: datetime | None = None

    def is_public(self, now: datetime) -> bool:
        """No draft, its date has come and its end has not."""
        return not self.draft and self.published <= now and (self.expires is None or now < self.expires)
