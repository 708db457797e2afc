"""The quick path: files of the output folder, without any framework in between. Everything else goes on to the pages.

One look into a dictionary, headers that were written in advance, and the bytes: see benchmarks/serve.py.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import quote

from publisher.web.conditions import find_match, is_unmodified, list_tags
from publisher.web.delta import keep_new
from publisher.web.memory import Files
from publisher.web.negotiation import choose_encoding, wants_new_entries
from publisher.web.paths import find_relative
from publisher.web.representation import SECURITY, Headers, Resource, Variant, make_delta_headers

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
NoteReader = Callable[[str, Scope, dict[bytes, bytes]], None]

_INDEX = "index.html"
_METHODS = b"GET, HEAD, OPTIONS"
_MOST_VERSIONS = 4000  # of feeds whose entries are remembered, a few KB each
_CHUNK = 256_000  # bytes


@dataclass(frozen=True, slots=True)
class Place:
    """Where the folder is shown: `prefix` has a slash at both ends; `reserved` first parts belong to pages."""

    prefix: str
    reserved: Collection[str]


class FeedServer:
    """ASGI. `note` is told who asked for which feed."""

    def __init__(self, files: Files, place: Place, pages: Application, note: NoteReader) -> None:
        self._files = files
        self._place = place
        self._pages = pages
        self._note = note
        self._versions: OrderedDict[bytes, frozenset[int]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._pages(scope, receive, send)
            return
        path = find_relative(scope["raw_path"], self._place.prefix)
        if path is None or (self._place.prefix == "/" and path.partition("/")[0] in self._place.reserved):
            await self._pages(scope, receive, send)
            return
        if not path or path.endswith("/"):
            path += _INDEX
        resource = self._files.get(path)
        if resource is None:
            resource = await self._load(path)
        if resource is None:
            await self._answer_missing(path, scope, receive, send)
        elif scope["method"] in {"GET", "HEAD"}:
            await self._answer(path, resource, scope, send)
        else:
            await _answer_method(resource, scope, send)

    async def _answer(self, path: str, resource: Resource, scope: Scope, send: Send) -> None:
        asked = _collect_headers(scope["headers"])
        if resource.kind.feed and scope["method"] == "GET":
            self._note(path, scope, asked)
        coding = choose_encoding(asked[b"accept-encoding"], resource.encodings) if b"accept-encoding" in asked else ""
        if coding is None:
            await send_text(send, 406, "This can only be had without a content coding.", scope)
            return
        variant = resource.variants[coding]
        unchanged = _find_unchanged(resource, variant, asked)
        if unchanged is not None:
            await send({"type": "http.response.start", "status": 304, "headers": unchanged.unchanged})
            await send({"type": "http.response.body"})
            return
        if b"a-im" in asked and await self._answer_new_entries(resource, asked, scope, send):
            return
        if variant.body is None and scope["method"] == "GET":
            await self._stream(path, variant, scope, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": variant.headers})
        await send({"type": "http.response.body", "body": variant.body or b""})

    async def _answer_new_entries(
        self, resource: Resource, asked: dict[bytes, bytes], scope: Scope, send: Send
    ) -> bool:
        """226 with the entries that were not in the version that the reader has; False when a 200 has to do."""
        if resource.pieces is None or not wants_new_entries(asked[b"a-im"]):
            return False
        if choose_encoding(asked.get(b"accept-encoding", b""), ()) is None:
            return False
        tags = (_without_coding(tag) for tag in list_tags(asked.get(b"if-none-match", b"")))
        known = next((self._versions[tag] for tag in tags if tag in self._versions), None)
        body = keep_new(resource.pieces, known) if known is not None else None
        if body is None:
            return False
        headers = make_delta_headers(resource, len(body))
        await send({"type": "http.response.start", "status": 226, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
        return True

    async def _load(self, path: str) -> Resource | None:
        resource = await self._files.load(path)
        if resource is not None and resource.pieces is not None:
            self._versions[resource.base_tag] = frozenset(resource.pieces.digests)
            self._versions.move_to_end(resource.base_tag)
            while len(self._versions) > _MOST_VERSIONS:
                self._versions.popitem(last=False)
        return resource

    async def _answer_missing(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """A folder with a page is shown at its address with a slash at the end, as its own links expect."""
        if not path.endswith(_INDEX) and self._files.has(f"{path}/{_INDEX}"):
            location = (self._place.prefix + quote(path) + "/").encode()
            await send_text(send, 301, "It is at the same address with a slash.", scope, [(b"location", location)])
            return
        await self._pages(scope, receive, send)

    async def _stream(self, path: str, variant: Variant, scope: Scope, send: Send) -> None:
        """What is too large to be held; an open file stays what it was when another takes its place."""
        length = int(dict(variant.headers)[b"content-length"])
        try:
            file = await asyncio.to_thread(open, self._files.place(path), "rb")
        except OSError:
            await send_text(send, 404, "There is nothing at this address.", scope)
            return
        with file:
            await send({"type": "http.response.start", "status": 200, "headers": variant.headers})
            await _send_chunks(file, length, send)


async def send_text(send: Send, status: int, text: str, scope: Scope, more: Headers | None = None) -> None:
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
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


async def _answer_method(resource: Resource, scope: Scope, send: Send) -> None:
    allow: Headers = [(b"allow", _METHODS)]
    if scope["method"] != "OPTIONS":
        await send_text(send, 405, "This can only be read (GET, HEAD).", scope, allow)
        return
    if resource.kind.is_data:
        allow += [
            (b"access-control-allow-origin", b"*"),
            (b"access-control-allow-methods", _METHODS),
            (b"access-control-allow-headers", b"If-None-Match, If-Modified-Since, A-IM"),
            (b"access-control-max-age", b"86400"),
        ]
    await send({"type": "http.response.start", "status": 204, "headers": [*allow, *SECURITY]})
    await send({"type": "http.response.body"})


async def _send_chunks(file: BinaryIO, length: int, send: Send) -> None:
    while length:
        chunk = await asyncio.to_thread(file.read, min(_CHUNK, length))
        if not chunk:  # it became another file since its length was sent: the server ends the connection
            return
        length -= len(chunk)
        await send({"type": "http.response.body", "body": chunk, "more_body": length > 0})


def _collect_headers(headers: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """By name; what came in several lines is one list (RFC 9110 5.3)."""
    found = dict(headers)
    if len(found) < len(headers):
        lines: dict[bytes, list[bytes]] = {}
        for name, value in headers:
            lines.setdefault(name, []).append(value)
        return {name: b", ".join(values) for name, values in lines.items()}
    return found


def _find_unchanged(resource: Resource, variant: Variant, asked: dict[bytes, bytes]) -> Variant | None:
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


def _without_coding(tag: bytes) -> bytes:
    """The tag of the same bytes as they are."""
    return tag[:-4] + b'"' if tag.endswith((b'-gz"', b'-br"')) else tag
