"""Which answer of a resource a request gets: its encoding, or word that it has not changed. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from publisher.web.conditions import find_match, is_unmodified
from publisher.web.negotiation import IDENTITY, choose_encoding
from publisher.web.representation import Resource, Variant


def choose_variant(resource: Resource, asked: Mapping[bytes, bytes]) -> Variant | None:
    """In the best encoding that the client takes; None when it takes none there is."""
    accepted = asked.get(b"accept-encoding")
    coding = IDENTITY if accepted is None else choose_encoding(accepted, resource.encodings)
    return None if coding is None else resource.variants[coding]


def find_unchanged(resource: Resource, variant: Variant, asked: Mapping[bytes, bytes]) -> Variant | None:
    """The variant that the client has, when it is still good: any coding of the same bytes is."""
    named = asked.get(b"if-none-match")
    if named is not None:  # it wins, and the date is not looked at (RFC 9110 13.2.2)
        if named == variant.tag or named.strip() == b"*":
            return variant
        match = find_match(named, resource.tags)
        return None if match is None else resource.variants[resource.tags[match]]
    since = asked.get(b"if-modified-since")
    if since is not None and is_unmodified(since, resource.modified, resource.last_modified):
        return variant
    return None
