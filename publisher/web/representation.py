"""A file as it is sent: its bytes in each encoding, with all headers written in advance. Pure."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus

from publisher.model.feed import FeedFormat
from publisher.web.delta import Pieces, split_document
from publisher.web.media import Kind, find_kind
from publisher.web.negotiation import IDENTITY

Headers = list[tuple[bytes, bytes]]

# A feed opened in a browser may load the style sheet that it names, and pictures; nothing else, and no script.
_POLICY = b"default-src 'none'; style-src 'self'; img-src *; frame-ancestors 'none'"
SECURITY: Headers = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"strict-origin-when-cross-origin")]
_DELTA_LEVEL = 5
_IN_PIECES = {FeedFormat.RSS, FeedFormat.ATOM}
_SHORT = {"gzip": "-gz", "br": "-br"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response. `head` is status line and headers as bytes, without the date and the empty line at the end.

    `body` is None for what is too large to be held, and read from its file each time.
    """

    status: int
    headers: Headers
    body: bytes | None
    head: bytes


def make_answer(status: int, headers: Headers, body: bytes | None = b"") -> Answer:
    lines = [b"HTTP/1.1 %d %s\r\n" % (status, HTTPStatus(status).phrase.encode())]
    lines += (name + b": " + value + b"\r\n" for name, value in headers)
    return Answer(status, headers, body, b"".join(lines))


def make_text(status: int, text: str, more: Headers | None = None) -> Answer:
    """A short answer for people."""
    body = (text + "\n").encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"content-security-policy", b"default-src 'none'"),
        *SECURITY,
        *(more or []),
    ]
    return make_answer(status, headers, body)


@dataclass(frozen=True, slots=True)
class Variant:
    """One encoding, and what is answered to those who have it not, or have it."""

    tag: bytes
    full: Answer
    unchanged: Answer


@dataclass(frozen=True, slots=True)
class Resource:
    """A file with its encodings; `modified` in seconds since 1970, `last_modified` the same as it is sent.

    `tags` are those of all encodings: whoever has one of them has these bytes. `pieces` are the entries of an RSS or
    Atom feed; `size` is about what all this takes in memory.
    """

    kind: Kind
    modified: int
    last_modified: bytes
    variants: Mapping[str, Variant]
    encodings: tuple[str, ...]
    tags: Mapping[bytes, str]
    pieces: Pieces | None = None
    size: int = 0

    @property
    def base_tag(self) -> bytes:
        return self.variants[IDENTITY].tag


@dataclass(frozen=True, slots=True)
class Policy:
    """What the configuration says about answers: seconds that they may be kept, and hubs to point to."""

    max_age: int = 600
    hubs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """A file as it was read. `head` is its beginning, `body` all of it unless it is too large to be held.

    `copies` are its verified compressed copies by coding, our best first.
    """

    name: str
    url: str
    digest: str
    size: int
    modified: int
    head: bytes
    body: bytes | None
    copies: Mapping[str, bytes] = field(default_factory=dict)


def digest_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:24]


def make_resource(content: Content, policy: Policy) -> Resource:
    """With strong entity tags: a hash of the bytes, and the coding (RFC 9110 8.8.3)."""
    kind = find_kind(content.name, content.head)
    last_modified = formatdate(content.modified, usegmt=True).encode()
    shared = _shared_headers(content, kind, policy)
    described: Headers = [(b"content-type", kind.media_type.encode()), (b"last-modified", last_modified), *SECURITY]
    if kind.is_data:
        described.append((b"content-security-policy", _POLICY))
    bodies: dict[str, bytes | None] = {IDENTITY: content.body, **content.copies}
    pieces = split_document(content.body) if content.body and kind.feed in _IN_PIECES else None
    variants: dict[str, Variant] = {}
    for coding, body in bodies.items():
        tag = f'"{content.digest}{_SHORT.get(coding, "")}"'.encode()
        unchanged = [(b"etag", tag), *shared]
        length = content.size if body is None else len(body)
        headers = [*unchanged, *described, (b"content-length", str(length).encode())]
        if coding:
            headers.append((b"content-encoding", coding.encode()))
        variants[coding] = Variant(tag, make_answer(200, headers, body), make_answer(304, unchanged))
    return Resource(
        kind,
        content.modified,
        last_modified,
        variants,
        tuple(content.copies),
        {variant.tag: coding for coding, variant in variants.items()},
        pieces,
        sum(len(body) for body in bodies.values() if body) + (content.size if pieces else 0),
    )


def make_delta(resource: Resource, body: bytes, coding: str) -> Answer:
    """226 IM Used: the entity tag is that of the whole document, which the reader now has (RFC 3229 10.4.1).

    Caches that do not know the status must not keep it (10.8.3). `coding` is gzip or none.
    """
    kept = [
        (name, value)
        for name, value in resource.variants[IDENTITY].full.headers
        if name not in {b"content-length", b"cache-control", b"vary"}
    ]
    if coding:
        body = gzip.compress(body, _DELTA_LEVEL, mtime=0)
        kept.append((b"content-encoding", coding.encode()))
    headers = [
        *kept,
        (b"im", b"feed"),
        (b"cache-control", b"no-store, im"),
        (b"vary", b"Accept-Encoding, A-IM, If-None-Match"),
        (b"content-length", str(len(body)).encode()),
    ]
    return make_answer(226, headers, body)


def _shared_headers(content: Content, kind: Kind, policy: Policy) -> Headers:
    """What a 304 repeats of a 200 (RFC 9110 15.4.5)."""
    headers: Headers = [
        (b"cache-control", f"public, max-age={policy.max_age}".encode()),
        (b"vary", b"Accept-Encoding"),
    ]
    if kind.is_data:
        headers.append((b"access-control-allow-origin", b"*"))
        headers.append((b"access-control-expose-headers", b"ETag, Link"))  # a script reads few others unasked
    if kind.feed:
        links = [f'<{content.url}>; rel="self"', *(f'<{hub}>; rel="hub"' for hub in policy.hubs)]
        headers.append((b"link", ", ".join(links).encode("ascii", "ignore")))
    return headers
