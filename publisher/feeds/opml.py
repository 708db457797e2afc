"""OPML 2.0 (http://opml.org/spec2.opml): the list of feeds as readers import it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from publisher.feeds.listing import FeedListing, ListedFeed

_SPECIFICATION = "http://opml.org/spec2.opml"


def write_opml(listing: FeedListing) -> bytes:
    """An outline for each feed, those of a group within one of their own: readers make folders of them."""
    root = etree.Element("opml", version="2.0")
    root.append(_describe_list(listing))
    body = etree.SubElement(root, "body")
    _add_feeds(body, listing.main)
    for name, feeds in listing.groups:
        _add_feeds(etree.SubElement(body, "outline", text=name, title=name), feeds)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _describe_list(listing: FeedListing) -> etree._Element:
    head = etree.Element("head")
    etree.SubElement(head, "title").text = listing.title
    if listing.modified:
        etree.SubElement(head, "dateModified").text = listing.modified
    etree.SubElement(head, "ownerName").text = listing.owner
    etree.SubElement(head, "docs").text = _SPECIFICATION
    return head


def _add_feeds(parent: etree._Element, feeds: Sequence[ListedFeed]) -> None:
    for feed in feeds:
        # The type of an Atom feed is "rss" as well: it says "a feed".
        described = {"text": feed.title, "title": feed.title, "type": "rss"}
        described |= {"xmlUrl": feed.url, "htmlUrl": feed.home_url, "language": feed.language}
        etree.SubElement(parent, "outline", described)
