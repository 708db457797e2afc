"""OPML 2.0: all feeds of the site in one list that readers import (http://opml.org/spec2.opml). Pure.

What is in the list is found out by every build, and written only when it is another one: lxml takes a while to load.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from publisher.config import Site
from publisher.feeds.dates import format_rfc2822
from publisher.feeds.groups import group_feeds
from publisher.feeds.words import words_for
from publisher.model.feed import FeedFormat, FeedSpec

OPML = "feeds.opml"
_SPECIFICATION = "http://opml.org/spec2.opml"
# Readers that import OPML know feeds in XML; JSON stands in only where there is nothing else.
_PREFERENCE = (FeedFormat.RSS, FeedFormat.ATOM, FeedFormat.JSON)


@dataclass(frozen=True, slots=True)
class FeedListing:
    """`changed` is the newest change as RFC 2822 has it, "" of no feeds. `outlines` are the attributes of each feed's.

    `groups` have a name, "" for feeds that lie in none.
    """

    title: str
    owner: str
    changed: str
    groups: tuple[tuple[str, tuple[dict[str, str], ...]], ...]


def list_feeds(specs: Sequence[FeedSpec], site: Site) -> FeedListing:
    """The site's feed, then the feeds of each group, in the order of the plan.

    Dated by the newest change, not by the clock.
    """
    groups, words = group_feeds(specs), words_for(site.language)
    named = (
        ("", groups.main),
        (words.categories, groups.categories),
        (words.tags, groups.tags),
        (words.more, groups.more),
    )
    outlines = tuple((name, tuple(map(_describe_feed, feeds))) for name, feeds in named if feeds)
    newest = max((spec.updated for spec in specs), key=datetime.timestamp, default=None)
    return FeedListing(site.title, site.feed_author.name, format_rfc2822(newest) if newest else "", outlines)


def write_opml(listing: FeedListing) -> bytes:
    """An outline for each group with one outline per feed: readers make folders of groups."""
    from lxml import etree  # noqa: PLC0415 - see above

    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = listing.title
    if listing.changed:
        etree.SubElement(head, "dateModified").text = listing.changed
    etree.SubElement(head, "ownerName").text = listing.owner
    etree.SubElement(head, "docs").text = _SPECIFICATION
    body = etree.SubElement(root, "body")
    for name, outlines in listing.groups:
        parent = etree.SubElement(body, "outline", text=name, title=name) if name else body
        for outline in outlines:
            etree.SubElement(parent, "outline", outline)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _describe_feed(spec: FeedSpec) -> dict[str, str]:
    listed = next(feed_format for feed_format in _PREFERENCE if feed_format in spec.formats)
    # The type of an Atom feed is "rss" as well: it says "a feed".
    described = {"text": spec.title, "title": spec.title, "type": "rss"}
    return described | {"xmlUrl": spec.url(listed), "htmlUrl": spec.home_url, "language": spec.language}
