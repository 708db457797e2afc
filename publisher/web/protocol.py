"""uvicorn's HTTP/1.1 connection, with limits and a short cut.

Limits: how long a request's head may be, and how long it may take to arrive; httptools takes headers without end, and
uvicorn waits for them for ever. The short cut: what `FeedServer.answer` has in memory is written at once, without the
task, the scope and the messages that an ASGI application needs; that is two thirds of the time of an answer.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from publisher.web.feedserver import FeedServer, Request
from publisher.web.paths import LONGEST
from publisher.web.representation import Answer

_LARGEST_HEAD = 32_000  # bytes of all header lines
_MOST_SECONDS = 20.0  # from a connection or a head's first byte to its last


class LimitedProtocol(HttpToolsProtocol):
    """For one connection. Its application must be a FeedServer to have the short cut."""

    _in_head = False
    _is_answered = False
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
            # A header that has no end is with the parser, which joins it anew for every piece.
            self._refusal = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            self.send_400_response("")
        elif self._deadline is None:
            self._deadline = self.loop.call_later(_MOST_SECONDS, self.transport.close)

    def on_message_begin(self) -> None:
        # The scope is made when it turns out to be needed.
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self._in_head = True
        self._is_answered = False
        self._received = self._parsed = 0

    def on_url(self, url: bytes) -> None:
        self.url += url
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
        answer = self._find_answer()
        if answer is not None:
            self._is_answered = True
            self._write(answer)
            return
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.headers, self.expect_100_continue = url, headers, expects
        self.scope["headers"] = headers
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._is_answered:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._is_answered:
            super().on_message_complete()

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

    def _find_answer(self) -> Answer | None:
        """None when the application has to be called, or an earlier answer on this connection is not through yet."""
        started = self.cycle is not None  # though uvicorn's types say that there always is one
        is_busy = (started and not self.cycle.response_complete) or self.flow.write_paused
        is_full = self.limit_concurrency is not None and len(self.connections) >= self.limit_concurrency
        if is_busy or is_full or not isinstance(self.app, FeedServer):
            return None
        client = self.client[0] if self.client else ""
        path, _, query = self.url.partition(b"?")
        return self.app.answer(Request(self.parser.get_method().decode("ascii"), path, self.headers, client, query))

    def _write(self, answer: Answer) -> None:
        pieces = [answer.head]
        pieces += [name + b": " + value + b"\r\n" for name, value in self.server_state.default_headers]
        is_last = not self.parser.should_keep_alive()
        pieces.append(b"connection: close\r\n\r\n" if is_last else b"\r\n")
        if answer.body and self.parser.get_method() != b"HEAD":
            pieces.append(answer.body)
        self.transport.writelines(pieces)
        if is_last:
            self.transport.close()
        self.on_response_complete()

    def _refuse(self, status: HTTPStatus) -> None:
        self._refusal = status
        raise ValueError(status.phrase)  # the parser stops, and uvicorn asks for the answer to a bad request

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
