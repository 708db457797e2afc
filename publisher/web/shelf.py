"""Pages that everybody gets alike, made once and kept in memory for a few seconds, with strong tags and compressed.

`Shelf.find` is on the quick path: two looks into dictionaries for a page that is fresh.
"""

from __future__ import annotations

import gzip
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate

from publisher.web.choosing import choose_variant, find_unchanged
from publisher.web.feedserver import REFUSED, Request, Scope, collect_headers
from publisher.web.media import Kind
from publisher.web.negotiation import IDENTITY
from publisher.web.representation import Answer, Headers, Resource, Variant, digest_of, make_answer

ANY_LANGUAGE = ""  # in the key of what has no words of ours
FRESH = 5.0  # seconds that a page is shown without another look at the database

_MOST_PAGES = 2_000
_MOST_BYTES = 32_000_000
_SMALLEST_PACKED = 500  # bytes
_LEVEL = 6
_NO_QUERY = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What a page is, as bytes. `headers` are those besides its type, length, tag and date."""

    body: bytes
    media_type: str
    headers: Headers = field(default_factory=list)


@dataclass(slots=True)
class _Kept:
    page: Page
    resource: Resource
    fresh_until: float


Key = tuple[str, str, str]  # path, what of the query counts, language


class Shelf:
    """`choose_language` gives the language of an Accept-Language header."""

    def __init__(self, choose_language: Callable[[bytes], str], clock: Callable[[], float] = time.monotonic) -> None:
        self._choose_language = choose_language
        self._clock = clock
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def find(self, request: Request) -> Answer | None:
        """The answer of a page that is kept and fresh, when the address has no query."""
        if request.query or request.method not in {"GET", "HEAD"}:
            return None
        asked = collect_headers(request.headers)
        path = request.path.decode("latin-1")
        language = self._choose_language(asked.get(b"accept-language", b""))
        kept = self._kept.get((path, _NO_QUERY, language)) or self._kept.get((path, _NO_QUERY, ANY_LANGUAGE))
        if kept is None or self._clock() >= kept.fresh_until:
            return None
        return _answer(kept.resource, asked)

    def answer(self, scope: Scope, key: Key, make: Callable[[], Page | None]) -> Answer | None:
        """Of the page that is kept, or made now; None when `make` says that there is no such page."""
        with self._lock:  # what many ask for at once is made once
            kept = self._kept.get(key)
            if kept is None or self._clock() >= kept.fresh_until:
                page = make()
                kept = None if page is None else self._renew(kept, page)
                self._put(key, kept)
        return None if kept is None else _answer(kept.resource, collect_headers(scope["headers"]))

    def _renew(self, old: _Kept | None, page: Page) -> _Kept:
        """A page that is as it was keeps its tag and date."""
        until = self._clock() + FRESH
        if old is not None and old.page == page:
            return _Kept(page, old.resource, until)
        return _Kept(page, make_page_resource(page, int(time.time())), until)

    def _put(self, key: Key, kept: _Kept | None) -> None:
        old = self._kept.pop(key, None)
        self._bytes -= old.resource.size if old else 0
        if kept is None:
            return
        self._kept[key] = kept
        self._bytes += kept.resource.size
        while len(self._kept) > _MOST_PAGES or (self._bytes > _MOST_BYTES and len(self._kept) > 1):
            _, gone = self._kept.popitem(last=False)
            self._bytes -= gone.resource.size


def make_page_resource(page: Page, modified: int) -> Resource:
    """`modified` in seconds since 1970."""
    last_modified = formatdate(modified, usegmt=True).encode()
    digest = digest_of(page.body + repr(page.headers).encode())
    bodies = {IDENTITY: page.body}
    if len(page.body) >= _SMALLEST_PACKED:
        bodies["gzip"] = gzip.compress(page.body, _LEVEL, mtime=0)
    variants: dict[str, Variant] = {}
    for coding, body in bodies.items():
        tag = f'"{digest}{"-gz" if coding else ""}"'.encode()
        unchanged: Headers = [(b"etag", tag), *page.headers]
        headers = [*unchanged, (b"content-type", page.media_type.encode()), (b"last-modified", last_modified)]
        headers.append((b"content-length", str(len(body)).encode()))
        if coding:
            headers.append((b"content-encoding", coding.encode()))
        variants[coding] = Variant(tag, make_answer(200, headers, body), make_answer(304, unchanged))
    return Resource(
        Kind(page.media_type),
        modified,
        last_modified,
        variants,
        tuple(coding for coding in bodies if coding),
        {variant.tag: coding for coding, variant in variants.items()},
        size=sum(map(len, bodies.values())),
    )


def _answer(resource: Resource, asked: Mapping[bytes, bytes]) -> Answer:
    variant = choose_variant(resource, asked)
    if variant is None:
        return REFUSED
    unchanged = find_unchanged(resource, variant, asked)
    return unchanged.unchanged if unchanged is not None else variant.full
