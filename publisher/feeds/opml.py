"""OPML 2.0: all feeds of the site in one list that readers import (http://opml.org/spec2.opml). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from lxml import etree

from publisher.feeds.dates import format_rfc2822
from publisher.model import FeedFormat, FeedSpec

# Readers that import OPML know feeds in XML; JSON stands in only where there is nothing else.
_PREFERENCE = (FeedFormat.RSS, FeedFormat.ATOM, FeedFormat.JSON)


def write_opml(specs: Sequence[FeedSpec], formats: Sequence[FeedFormat], title: str) -> bytes:
    """One outline per feed, in the order given; dated by the newest change, not by the clock."""
    listed = next(feed_format for feed_format in _PREFERENCE if feed_format in formats)
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = title
    if specs:
        newest = max((spec.updated for spec in specs), key=datetime.timestamp)
        etree.SubElement(head, "dateModified").text = format_rfc2822(newest)
    body = etree.SubElement(root, "body")
    for spec in specs:
        if spec.is_archive:  # readers come to it from the feed itself
            continue
        # The type of an Atom feed is "rss" as well: it says "a feed".
        described = {"text": spec.title, "title": spec.title, "type": "rss"}
        described |= {"xmlUrl": spec.url(listed), "htmlUrl": spec.home_url, "language": spec.language}
        etree.SubElement(body, "outline", described)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
