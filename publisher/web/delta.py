"""A feed with only the entries that are new to a reader (RFC 3229 with `A-IM: feed`). Pure.

A document is taken apart by its bytes and put together from the same bytes, so an entry is the same in every answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from xml.parsers import expat

_ENTRY_DEPTHS = {"item": 2, "entry": 1}  # elements around it: rss and channel, or feed


@dataclass(frozen=True, slots=True)
class Pieces:
    """`entries` are pieces of the document with the white space behind each, `digests` stand for them."""

    head: bytes
    entries: tuple[bytes, ...]
    tail: bytes
    digests: tuple[int, ...]


def split_document(content: bytes) -> Pieces | None:
    """An RSS or Atom document in pieces; None when it has no entries, or something else stands between them."""
    places = _find_entries(content)
    if not places:
        return None
    starts = [start for start, _ in places]
    ends = [end for _, end in places]
    if any(content[end:start].strip() for end, start in zip(ends, starts[1:], strict=False)):
        return None
    bounds = [*starts, ends[-1]]
    entries = tuple(content[start:end] for start, end in pairwise(bounds))
    return Pieces(content[: starts[0]], entries, content[ends[-1] :], tuple(map(_digest, entries)))


def keep_new(pieces: Pieces, known: Collection[int]) -> bytes | None:
    """The document without the entries whose digests are `known`; None when that leaves out nothing."""
    new = [entry for entry, digest in zip(pieces.entries, pieces.digests, strict=True) if digest not in known]
    return None if len(new) == len(pieces.entries) else b"".join((pieces.head, *new, pieces.tail))


def _find_entries(content: bytes) -> list[tuple[int, int]]:
    """Where each entry begins and ends, in bytes."""
    places: list[tuple[int, int]] = []
    starts: list[int] = []
    path: list[str] = []
    parser = expat.ParserCreate(encoding="utf-8")

    def begin(name: str, _attributes: object) -> None:
        if _ENTRY_DEPTHS.get(name) == len(path):
            starts.append(parser.CurrentByteIndex)
        path.append(name)

    def end(name: str) -> None:
        path.pop()
        if _ENTRY_DEPTHS.get(name) == len(path) and starts:
            closing = content.find(b">", parser.CurrentByteIndex) + 1
            places.append((starts.pop(), closing))

    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    try:
        parser.Parse(content, True)  # noqa: FBT003 - expat's signature: this is all there is
    except expat.ExpatError:
        return []
    return places


def _digest(entry: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(entry.rstrip(), digest_size=8).digest(), "big")
