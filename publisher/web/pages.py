"""Pages and forms, by FastAPI: whatever is no file. Limits and security headers around them.

A room with pages of its own adds a router in `make_pages`.
"""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException

from publisher.app.context import Context
from publisher.app.operating import get_health
from publisher.log import get_log
from publisher.web.feedserver import Application, Receive, Scope, Send, send_answer
from publisher.web.hooks import hook_routes
from publisher.web.hub import hub_routes
from publisher.web.representation import SECURITY, make_text

_LARGEST_BODY = 64_000  # bytes; a form is small
_LARGEST_REPORT = 1_000_000  # below /hooks/: mail services send many reports at once
_LONGEST_WAIT = 20.0  # seconds for the next piece of it
_WORDS = {404: "There is nothing at this address.", 405: "This address does not take that method."}


def make_pages(context: Context) -> FastAPI:
    """The pages, without documents of an interface that nobody is meant to program."""
    app = FastAPI(title="publisher", openapi_url=None, docs_url=None, redoc_url=None)
    app.add_exception_handler(HTTPException, _answer_error)

    @app.api_route("/health", methods=["GET", "HEAD"])
    def health() -> JSONResponse:
        """For whoever watches the server: 200 when all is well, else 503 with the reasons."""
        problems = get_health(context)
        body = {"status": "failing" if problems else "ok", "problems": problems}
        return JSONResponse(body, 503 if problems else 200, headers={"Cache-Control": "no-store"})

    app.include_router(hook_routes(context))
    if context.config.has_own_hub:
        app.include_router(hub_routes(context))
    return app


def reserved_parts(app: FastAPI) -> frozenset[str]:
    """First parts of the addresses that pages have; a file of that name does not hide them."""
    paths = (str(getattr(route, "path", "")) for route in app.routes)
    return frozenset(path.split("/")[1] for path in paths if path.count("/") and path.split("/")[1])


class Guard:
    """ASGI: no body beyond a limit reaches the pages, no answer of theirs leaves without security headers.

    What nobody thought of goes into the log and costs one answer.
    """

    def __init__(self, inner: Application) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        limit = _LARGEST_REPORT if scope["path"].startswith("/hooks/") else _LARGEST_BODY
        if _declared_length(scope) > limit:
            await send_answer(make_text(413, f"A request may have {limit} bytes."), scope, send)
            return
        try:
            await self._inner(scope, _limit_body(receive, limit), _add_headers(send))
        except Exception as error:  # noqa: BLE001 - a bug in one page; Starlette has answered 500 and passes it on to us
            # Only the first part of the address, since the rest may be a secret of somebody's.
            get_log().error("page failed", page=scope["path"].split("/")[1], reason=f"{type(error).__name__}: {error}")


def _declared_length(scope: Scope) -> int:
    value = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(value) if value.isdigit() else 0


def _limit_body(receive: Receive, limit: int = _LARGEST_BODY) -> Receive:
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
        return {"type": "http.disconnect"} if taken > limit else message

    return limited


def _add_headers(send: Send) -> Send:
    """What a page says itself stays."""

    async def adding(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", []))
            present = {name.lower() for name, _ in headers}
            wanted = [*SECURITY, (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")]
            message = {**message, "headers": headers + [item for item in wanted if item[0] not in present]}
        await send(message)

    return adding


async def _answer_error(_request: Request, error: Exception) -> PlainTextResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(getattr(error, "headers", None) or {}) | {"Cache-Control": "no-store"}
    detail = getattr(error, "detail", "")
    return PlainTextResponse(_WORDS.get(status, str(detail)) + "\n", status, headers=headers)
