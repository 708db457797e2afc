"""Around all pages: limits before them, security headers behind them."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, MutableMapping
from typing import Any, Protocol

from publisher.log import get_log
from publisher.web.buckets import Buckets, Pace, network_of
from publisher.web.feedserver import Application, Receive, Scope, Send, send_answer
from publisher.web.representation import Answer, Headers

LARGEST_BODY = 64_000  # bytes; a form is small
LARGEST_REPORT = 1_000_000  # below /hooks/: mail services send many reports at once

_LONGEST_WAIT = 20.0  # seconds for the next piece of it
_COST_OF_CHANGE = 10.0  # of a request that is no GET, in requests that are
# Whoever watches the server asks from one place all day; the hub has limits of its own; mail services report from a few
# places what comes of mail to everybody, and what is lost here is not known to us.
_FREE = frozenset({"health", "hooks", "hub", "metrics"})
# Large mail providers unsubscribe in the name of all their users from a few networks (RFC 8058).
_CHEAP = frozenset({"unsubscribe"})


class Errors(Protocol):
    """Says what is wrong with a request, in whatever form."""

    def answer(self, status: int, scope: Scope, more: Headers | None = None) -> Answer: ...


class Guard:
    """ASGI: no body beyond a limit reaches the pages, nobody asks without end, every answer has security headers.

    What nobody thought of goes into the log and costs one answer. `find_client` gives the address that a request comes
    from; `headers` are those that an answer has unless it says them itself.
    """

    def __init__(
        self, inner: Application, errors: Errors, headers: Headers, find_client: Callable[[Scope], str]
    ) -> None:
        self._inner = inner
        self._errors = errors
        self._headers = headers
        self._find_client = find_client
        self._buckets = Buckets(Pace())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        largest = LARGEST_REPORT if _first_part(scope) == "hooks" else LARGEST_BODY
        if _declared_length(scope) > largest:
            await send_answer(self._errors.answer(413, scope), scope, send)
            return
        wait = self._wait_for(scope)
        if wait:
            retry = [(b"retry-after", str(math.ceil(wait)).encode())]
            await send_answer(self._errors.answer(429, scope, retry), scope, send)
            return
        try:
            await self._inner(scope, _limit_body(receive, largest), _add_headers(send, self._headers))
        except Exception as error:  # noqa: BLE001 - a bug in one page; Starlette has answered 500 and passes it on to us
            # Only the first part of the address, since the rest may be a secret of somebody's.
            get_log().error("page failed", page=_first_part(scope), reason=f"{type(error).__name__}: {error}")

    def _wait_for(self, scope: Scope) -> float:
        """Seconds until this network may ask again; 0 for at once."""
        part = _first_part(scope)
        if part in _FREE:
            return 0.0
        cost = 1.0 if scope["method"] in {"GET", "HEAD"} or part in _CHEAP else _COST_OF_CHANGE
        return self._buckets.take(network_of(self._find_client(scope)), cost, time.monotonic())


def _first_part(scope: Scope) -> str:
    part: str = scope["path"].split("/")[1]
    return part


def _declared_length(scope: Scope) -> int:
    value = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(value) if value.isdigit() else 0


def _limit_body(receive: Receive, largest: int = LARGEST_BODY) -> Receive:
    """A body without a length ends at the limit, and one that does not come ends too: as if the client had gone."""
    taken = 0
    is_whole = False

    async def limited() -> MutableMapping[str, Any]:
        nonlocal taken, is_whole
        if is_whole:  # what is awaited now is the end of the connection
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), _LONGEST_WAIT)
        except TimeoutError:
            return {"type": "http.disconnect"}
        taken += len(message.get("body", b""))
        is_whole = not message.get("more_body", False)
        return {"type": "http.disconnect"} if taken > largest else message

    return limited


def _add_headers(send: Send, wanted: Headers) -> Send:
    """What a page says itself stays."""

    async def adding(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", []))
            present = {name.lower() for name, _ in headers}
            message = {**message, "headers": headers + [item for item in wanted if item[0] not in present]}
        await send(message)

    return adding
