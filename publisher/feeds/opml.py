"""OPML 2.0: all feeds of the site in one list that readers import (http://opml.org/spec2.opml). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from lxml import etree

from publisher.config import Site
from publisher.feeds.dates import format_rfc2822
from publisher.feeds.groups import group_feeds
from publisher.feeds.words import words_for
from publisher.model.feed import FeedFormat, FeedSpec

OPML = "feeds.opml"
_SPECIFICATION = "http://opml.org/spec2.opml"
# Readers that import OPML know feeds in XML; JSON stands in only where there is nothing else.
_PREFERENCE = (FeedFormat.RSS, FeedFormat.ATOM, FeedFormat.JSON)


def write_opml(specs: Sequence[FeedSpec], site: Site) -> bytes:
    """The site's feed, then an outline for each group with one outline per feed, in the order of the plan.

    Readers make folders of groups. Dated by the newest change, not by the clock.
    """
    root = etree.Element("opml", version="2.0")
    root.append(_describe_list(specs, site))
    body = etree.SubElement(root, "body")
    groups, words = group_feeds(specs), words_for(site.language)
    _add_feeds(body, groups.main)
    named = ((words.categories, groups.categories), (words.tags, groups.tags), (words.more, groups.more))
    for name, feeds in named:
        if feeds:  # a reader would make a folder of an empty one too
            _add_feeds(etree.SubElement(body, "outline", text=name, title=name), feeds)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _describe_list(specs: Sequence[FeedSpec], site: Site) -> etree._Element:
    head = etree.Element("head")
    etree.SubElement(head, "title").text = site.title
    if specs:
        newest = max((spec.updated for spec in specs), key=datetime.timestamp)
        etree.SubElement(head, "dateModified").text = format_rfc2822(newest)
    etree.SubElement(head, "ownerName").text = site.feed_author.name
    etree.SubElement(head, "docs").text = _SPECIFICATION
    return head


def _add_feeds(parent: etree._Element, feeds: Sequence[FeedSpec]) -> None:
    for spec in feeds:
        listed = next(feed_format for feed_format in _PREFERENCE if feed_format in spec.formats)
        # The type of an Atom feed is "rss" as well: it says "a feed".
        described = {"text": spec.title, "title": spec.title, "type": "rss"}
        described |= {"xmlUrl": spec.url(listed), "htmlUrl": spec.home_url, "language": spec.language}
        etree.SubElement(parent, "outline", described)
