"""uvicorn's HTTP/1.1 connection with limits: how long a request's head may be, and how long it may take to arrive."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from publisher.web.paths import LONGEST

_LARGEST_HEAD = 32_000  # bytes of all header lines
_MOST_SECONDS = 20.0  # from a connection or a head's first byte to its last


class LimitedProtocol(HttpToolsProtocol):
    """httptools takes headers without end, and uvicorn waits for them for ever."""

    _in_head = False
    _received = 0  # bytes of a head that came in several pieces
    _parsed = 0  # bytes of its headers so far
    _refusal = HTTPStatus.BAD_REQUEST
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvicorn narrows it too
        super().connection_made(transport)
        self._deadline = self.loop.call_later(_MOST_SECONDS, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        self._clear_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        was_in_head = self._in_head
        super().data_received(data)
        if not self._in_head or self.transport.is_closing():
            return
        self._received += len(data) if was_in_head else 0
        if self._received > _LARGEST_HEAD:
            # The header that has no end is with the parser, which joins it anew for every piece.
            self._refusal = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            self.send_400_response("")
        elif self._deadline is None:
            self._deadline = self.loop.call_later(_MOST_SECONDS, self.transport.close)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._received = self._parsed = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > LONGEST:
            self._refuse(HTTPStatus.REQUEST_URI_TOO_LONG)

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._parsed += len(name) + len(value)
        if self._parsed > _LARGEST_HEAD:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._clear_deadline()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's signature
        """Whatever is wrong with the head; nothing more is read from this connection."""
        status = self._refusal
        body = f"{status.phrase}.\n".encode()
        lines = [
            f"HTTP/1.1 {status.value} {status.phrase}",
            "content-type: text/plain; charset=utf-8",
            f"content-length: {len(body)}",
            "x-content-type-options: nosniff",
            "connection: close",
        ]
        self.transport.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        self.transport.close()

    def _refuse(self, status: HTTPStatus) -> None:
        self._refusal = status
        raise ValueError(status.phrase)  # the parser stops, and uvicorn asks for the answer to a bad request

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
