"""RSS 2.0. Pure."""

from __future__ import annotations

import re

from publisher.feeds.door import build_generator, write_entry
from publisher.feeds.entries import Entry
from publisher.model.feed import Feed, FeedFormat

_SPECIFICATION = "https://www.rssboard.org/rss-specification"
_TITLE = re.compile(rb"<title>[^<]*")


def write_rss(feed: Feed) -> bytes:
    """The feed as RSS 2.0 with dc:creator, content:encoded and media:content."""
    generator = build_generator(feed, FeedFormat.RSS)
    generator.docs(_SPECIFICATION)
    if cloud := feed.spec.cloud:
        generator.cloud(cloud.domain, str(cloud.port), cloud.path, cloud.procedure, cloud.protocol)
    author = feed.spec.author
    if author.email:  # it must be an address, so a name alone cannot stand there
        generator.managingEditor(f"{author.email} ({author.name})")
    return _TITLE.sub(_spell_references, generator.rss_str(pretty=True))


def write_rss_item(entry: Entry) -> bytes:
    """An item as it stands in the feed."""
    return _TITLE.sub(_spell_references, write_entry(entry, FeedFormat.RSS))


def _spell_references(title: re.Match[bytes]) -> bytes:
    """The same text, spelt so that fewer readers take it for markup (https://www.rssboard.org/rss-profile#data-types)."""
    return title[0].replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;").replace(b"&gt;", b"&#x3E;")
