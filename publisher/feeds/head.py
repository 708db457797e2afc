"""What stands at the head of a feed and feedgen has no word for: archives, hubs, tombstones … Pure."""

from __future__ import annotations

from html import escape

from lxml import etree

from publisher.feeds.dates import format_rfc3339
from publisher.feeds.item import ITUNES_NS, PODCAST_NS, SOURCE_NS
from publisher.feeds.podcast import add_podcast
from publisher.model.feed import FeedFormat, FeedSpec

ATOM_NS = "http://www.w3.org/2005/Atom"
HISTORY_NS = "http://purl.org/syndication/history/1.0"
TOMBSTONE_NS = "http://purl.org/atompub/tombstones/1.0"


class HeadExtension:
    """An extension of feedgen, which calls these methods, for one document."""

    def __init__(self, spec: FeedSpec, feed_format: FeedFormat) -> None:
        self._spec = spec
        self._format = feed_format

    def extend_ns(self) -> dict[str, str]:
        """The namespaces that this document needs; the others would only make it longer."""
        spec = self._spec
        found = {"fh": HISTORY_NS} if spec.is_archive or spec.is_complete else {}
        if self._shows_deleted:
            found["at"] = TOMBSTONE_NS
        if self._format is FeedFormat.RSS and spec.podcast:
            found |= {"itunes": ITUNES_NS, "podcast": PODCAST_NS}
        if self._format is FeedFormat.RSS and spec.with_markdown:
            found["source"] = SOURCE_NS
        return found

    def extend_rss(self, root: etree._Element) -> etree._Element:
        self._extend(root, root[0], f"{{{ATOM_NS}}}link")
        if self._spec.podcast:
            add_podcast(root[0], self._spec, self._spec.podcast)
        return root

    def extend_atom(self, root: etree._Element) -> etree._Element:
        self._extend(root, root, "link")  # in memory feedgen's own elements have no namespace
        for tombstone in self._spec.deleted if self._shows_deleted else ():
            described = {"ref": tombstone.id, "when": format_rfc3339(tombstone.when)}
            etree.SubElement(root, f"{{{TOMBSTONE_NS}}}deleted-entry", described)
        return root

    @property
    def _shows_deleted(self) -> bool:
        return bool(self._spec.deleted) and self._format is FeedFormat.ATOM

    def _extend(self, root: etree._Element, parent: etree._Element, link: str) -> None:
        spec = self._spec
        for hub in spec.hubs:
            etree.SubElement(parent, link, rel="hub", href=hub)
        for rel, url in self._neighbours():
            etree.SubElement(parent, link, rel=rel, href=url, type=self._format.media_type)
        if spec.is_archive:
            etree.SubElement(parent, f"{{{HISTORY_NS}}}archive")
        if spec.is_complete:
            etree.SubElement(parent, f"{{{HISTORY_NS}}}complete")
        if spec.stylesheet:
            words = f'type="text/css" href="{escape(spec.stylesheet)}"'
            root.addprevious(etree.ProcessingInstruction("xml-stylesheet", words))

    def _neighbours(self) -> list[tuple[str, str]]:
        """RFC 5005 4."""
        spec = self._spec
        parts = [("prev-archive", spec.older_part), ("next-archive", spec.newer_part)]
        found = [(rel, spec.url(self._format, part)) for rel, part in parts if part]
        return [("current", spec.url(self._format, 0)), *found] if spec.is_archive else found
