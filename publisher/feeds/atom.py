"""Atom 1.0 (RFC 4287). Pure."""

from __future__ import annotations

from publisher.feeds.door import build_generator, write_entry
from publisher.feeds.entries import Entry
from publisher.model.feed import Feed, FeedFormat


def write_atom(feed: Feed) -> bytes:
    content: bytes = build_generator(feed, FeedFormat.ATOM).atom_str(pretty=True)
    return content


def write_atom_entry(entry: Entry) -> bytes:
    """An entry as it stands in the feed."""
    return write_entry(entry, FeedFormat.ATOM)
