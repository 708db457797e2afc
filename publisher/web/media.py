"""What a file is, by its name and its first bytes. Pure.

Feeds are told by their first element, not by their names, which a person may choose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from publisher.model.feed import FeedFormat

_TEXT = "; charset=utf-8"
_TYPES = {
    ".html": "text/html" + _TEXT,
    ".htm": "text/html" + _TEXT,
    ".css": "text/css" + _TEXT,
    ".js": "text/javascript" + _TEXT,
    ".mjs": "text/javascript" + _TEXT,
    ".txt": "text/plain" + _TEXT,
    ".md": "text/markdown" + _TEXT,
    ".opml": "text/x-opml" + _TEXT,
    ".xml": "application/xml" + _TEXT,
    ".xsl": "application/xslt+xml" + _TEXT,
    ".json": "application/json" + _TEXT,
    ".webmanifest": "application/manifest+json" + _TEXT,
    ".svg": "image/svg+xml" + _TEXT,
    ".ico": "image/x-icon",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".woff2": "font/woff2",
    ".pdf": "application/pdf",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".ogg": "audio/ogg",
    ".mp4": "video/mp4",
    ".gz": "application/gzip",
}
_UNKNOWN = "application/octet-stream"
_HEAD = 4096  # bytes in which a feed must say what it is
# The first element, behind declaration, comments and instructions.
_FIRST_ELEMENT = re.compile(rb"<([A-Za-z][\w.:-]*)")
_ASIDE = re.compile(rb"<\?.*?\?>|<!--.*?-->", re.DOTALL)
_FEEDS = {b"rss": FeedFormat.RSS, b"feed": FeedFormat.ATOM}


@dataclass(frozen=True, slots=True)
class Kind:
    """`feed` is None for what is no feed."""

    media_type: str
    feed: FeedFormat | None = None

    @property
    def is_data(self) -> bool:
        """For programs: pages of other sites may read it, and as a page of its own it may load nothing."""
        return self.feed is not None or self.media_type.startswith(
            ("application/xml", "application/json", "text/x-opml")
        )


def find_kind(name: str, content: bytes) -> Kind:
    """Of a file by its name and the beginning of its content."""
    _, dot, ending = name.rpartition(".")
    media_type = _TYPES.get(dot + ending.lower(), _UNKNOWN)
    feed = None
    if ending == "xml":
        first = _FIRST_ELEMENT.search(_ASIDE.sub(b"", content[:_HEAD]))
        feed = _FEEDS.get(first[1]) if first else None
    elif ending == "json" and b"https://jsonfeed.org/version/" in content[:_HEAD]:
        feed = FeedFormat.JSON
    return Kind(feed.media_type + _TEXT if feed else media_type, feed)
