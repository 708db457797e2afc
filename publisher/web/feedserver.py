"""The quick path: files of the output folder, without any framework in between. Everything else goes on to the pages.

`FeedServer.answer` decides at once what is held in memory: two looks into dictionaries, and bytes that were written in
advance. protocol.py asks it before it makes anything of a request; see benchmarks/serve.py for what that saves.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from dataclasses import dataclass
from math import inf
from typing import Any, BinaryIO
from urllib.parse import quote

from publisher.web.choosing import choose_variant, find_unchanged
from publisher.web.conditions import list_tags
from publisher.web.delta import Pieces, keep_new
from publisher.web.memory import Files
from publisher.web.negotiation import choose_encoding, wants_new_entries
from publisher.web.paths import find_relative
from publisher.web.representation import (
    SECURITY,
    Answer,
    Headers,
    Resource,
    make_answer,
    make_delta,
    make_text,
)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
NoteReader = Callable[[str, str, dict[bytes, bytes]], None]
FindPage = Callable[["Request"], Answer | None]
NoteAnswer = Callable[[int], None]

_INDEX = "index.html"
_METHODS = b"GET, HEAD, OPTIONS"
_CODINGS_OF_NEW = ("gzip",)  # made for each answer, so the quick one
_MOST_VERSIONS = 4000  # of feeds whose entries are remembered, a few KB each
_MOST_DELTAS = 64  # answers that are kept
_LARGEST_DELTA = 250_000  # bytes of one that is
_CHUNK = 256_000  # bytes
_CHANGING = make_text(503, "This file is just being replaced. Try again in a second.", [(b"retry-after", b"1")])
REFUSED = make_text(406, "This can only be had without a content coding.")
_READ_ONLY = make_text(405, "This can only be read (GET, HEAD).", [(b"allow", _METHODS)])


@dataclass(frozen=True, slots=True)
class Place:
    """Where the folder is shown: `prefix` has a slash at both ends; `reserved` first parts belong to pages.

    `front` is the file that whoever asks for the folder itself is sent to, while it has no page of its own.
    """

    prefix: str
    reserved: Collection[str]
    front: str = ""


@dataclass(slots=True)
class Request:
    """`path` is as it came, without its `query`; `client` the address at the other end."""

    method: str
    path: bytes
    headers: list[tuple[bytes, bytes]]
    client: str
    query: bytes = b""


def _find_nothing(_: Request) -> Answer | None:
    return None


class FeedServer:
    """An ASGI application. `note` is told who asked for which feed: file, other end, headers.

    `find_page` gives the answer of a page that is held in memory. `note_answer` hears the status of each answer, when
    somebody counts them.
    """

    note_answer: NoteAnswer | None = None

    def __init__(
        self, files: Files, place: Place, pages: Application, note: NoteReader, find_page: FindPage = _find_nothing
    ) -> None:
        self._files = files
        self._place = place
        self._pages = pages
        self._note = note
        self._find_page = find_page
        self._versions: OrderedDict[bytes, frozenset[int]] = OrderedDict()
        self._deltas: OrderedDict[tuple[bytes, int, bytes, str], Answer | None] = OrderedDict()

    def answer(self, request: Request) -> Answer | None:
        """The response, if all that it needs is in memory; None when the application has to be called."""
        found = self._answer(request)
        if self.note_answer is not None and found is not None:
            self.note_answer(found.status)
        return found

    def _answer(self, request: Request) -> Answer | None:
        path = self._find_file(request.path)
        if path is None:
            return self._find_page(request)
        resource = self._files.get(path)
        if resource is None:
            return None
        found = self._choose(path, resource, request)
        return None if found.body is None else found

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.note_answer is not None:
            send = _telling(send, self.note_answer)
        path = self._find_file(scope["raw_path"]) if scope["type"] == "http" else None
        if path is None:
            await self._pages(scope, receive, send)
            return
        resource = self._files.get(path) or await self._load(path)
        if resource is None:
            await self._answer_missing(path, scope, receive, send)
            return
        client = scope["client"][0] if scope["client"] else ""
        found = self._choose(path, resource, Request(scope["method"], scope["raw_path"], scope["headers"], client))
        if found.body is None and scope["method"] == "GET":
            await self._stream(path, found, scope, send)
        else:
            await send_answer(found, scope, send)

    def _find_file(self, raw: bytes) -> str | None:
        """Its path below the folder, were there such a file; None for what belongs to the pages."""
        path = find_relative(raw, self._place.prefix)
        if path is None or (self._place.prefix == "/" and path.partition("/")[0] in self._place.reserved):
            return None
        return path + _INDEX if not path or path.endswith("/") else path

    def _choose(self, path: str, resource: Resource, request: Request) -> Answer:
        if request.method not in {"GET", "HEAD"}:
            return _answer_options(resource) if request.method == "OPTIONS" else _READ_ONLY
        asked = collect_headers(request.headers)
        if resource.kind.feed and request.method == "GET":
            self._note(path, request.client, asked)
        variant = choose_variant(resource, asked)
        if variant is None:
            return REFUSED
        unchanged = find_unchanged(resource, variant, asked)
        if unchanged is not None:
            return unchanged.unchanged
        new = self._find_new(resource, asked) if b"a-im" in asked else None
        # Of a small feed the whole in a better coding may well be less.
        return new if new is not None and _length(new) < _length(variant.full) else variant.full

    def _find_new(self, resource: Resource, asked: dict[bytes, bytes]) -> Answer | None:
        """226 with the entries that were not in the version that the reader has; None when a 200 has to do."""
        if resource.pieces is None or not wants_new_entries(asked[b"a-im"]):
            return None
        coding = choose_encoding(asked.get(b"accept-encoding", b""), _CODINGS_OF_NEW)
        if coding is None:
            return None
        tags = (_without_coding(tag) for tag in list_tags(asked.get(b"if-none-match", b"")))
        known = next((tag for tag in tags if tag in self._versions), None)
        return None if known is None else self._find_delta(resource, resource.pieces, known, coding)

    def _find_delta(self, resource: Resource, pieces: Pieces, known: bytes, coding: str) -> Answer | None:
        """Most readers come from the same few versions, and packing an answer takes longer than all else."""
        key = (resource.base_tag, resource.modified, known, coding)
        if key in self._deltas:
            return self._deltas[key]
        body = keep_new(pieces, self._versions[known])
        answer = None if body is None else make_delta(resource, body, coding)
        if answer is None or _length(answer) <= _LARGEST_DELTA:
            self._deltas[key] = answer
            while len(self._deltas) > _MOST_DELTAS:
                self._deltas.popitem(last=False)
        return answer

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
            moved = make_text(301, "It is at the same address with a slash.", [(b"location", location)])
            await send_answer(moved, scope, send)
            return
        front = self._place.front
        if path == _INDEX and front and self._files.has(front):
            location = (self._place.prefix + quote(front)).encode()
            elsewhere = make_text(302, "The list of feeds is on another page.", [(b"location", location)])
            await send_answer(elsewhere, scope, send)
            return
        await self._pages(scope, receive, send)

    async def _stream(self, path: str, found: Answer, scope: Scope, send: Send) -> None:
        """What is too large to be held; an open file stays what it was when another takes its place."""
        file = await asyncio.to_thread(self._files.open_held, path)
        if file is None:  # what lies there by now has another length
            await send_answer(_CHANGING, scope, send)
            return
        with file:
            await send({"type": "http.response.start", "status": found.status, "headers": found.headers})
            await _send_chunks(file, int(dict(found.headers)[b"content-length"]), send)


def _telling(send: Send, note_answer: NoteAnswer) -> Send:
    async def telling(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            note_answer(message["status"])
        await send(message)

    return telling


async def send_answer(answer: Answer, scope: Scope, send: Send) -> None:
    """By ASGI, without its body when only the headers were asked for."""
    await _send_whole(answer, send, with_body=scope["method"] != "HEAD")


def collect_headers(headers: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """By name; what came in several lines is one list (RFC 9110 5.3)."""
    found = dict(headers)
    if len(found) < len(headers):
        lines: dict[bytes, list[bytes]] = {}
        for name, value in headers:
            lines.setdefault(name, []).append(value)
        return {name: b", ".join(values) for name, values in lines.items()}
    return found


async def _send_whole(answer: Answer, send: Send, *, with_body: bool = True) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": (answer.body or b"") if with_body else b""})


async def _send_chunks(file: BinaryIO, length: int, send: Send) -> None:
    while length:
        chunk = await asyncio.to_thread(file.read, min(_CHUNK, length))
        if not chunk:  # it became another file since its length was sent: the server ends the connection
            return
        length -= len(chunk)
        await send({"type": "http.response.body", "body": chunk, "more_body": length > 0})


def _answer_options(resource: Resource) -> Answer:
    allow: Headers = [(b"allow", _METHODS), *SECURITY]
    if resource.kind.is_data:
        allow += [
            (b"access-control-allow-origin", b"*"),
            (b"access-control-allow-methods", _METHODS),
            (b"access-control-allow-headers", b"If-None-Match, If-Modified-Since, A-IM"),
            (b"access-control-max-age", b"86400"),
        ]
    return make_answer(204, allow)


def _without_coding(tag: bytes) -> bytes:
    """The tag of the same bytes as they are."""
    return tag[:-4] + b'"' if tag.endswith((b'-gz"', b'-br"')) else tag


def _length(answer: Answer) -> float:
    return inf if answer.body is None else len(answer.body)
