"""Our own WebSub hub over HTTP: `POST /hub`."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse

from publisher.app.context import Context
from publisher.app.subscribing import take_hub_request
from publisher.hub.requests import LARGEST_FORM, HubReply


def hub_routes(context: Context) -> APIRouter:
    """Below the address that people reach the server at (`web.url`)."""
    router = APIRouter()

    @router.post("/hub", include_in_schema=False)
    async def take(request: Request) -> PlainTextResponse:
        body = await _read_body(request)
        content_type = request.headers.get("content-type", "")
        return _answer(await run_in_threadpool(take_hub_request, context, content_type, body))

    @router.get("/hub", include_in_schema=False)
    def say() -> PlainTextResponse:
        words = "This is the WebSub hub of {}. Programs subscribe to its feeds here, with POST."
        return PlainTextResponse(words.format(context.config.site.url) + "\n")

    return router


async def _read_body(request: Request) -> bytes:
    """As much as shows that it is too large, and no more."""
    body = bytearray()
    async for piece in request.stream():
        body += piece[: LARGEST_FORM + 1 - len(body)]
        if len(body) > LARGEST_FORM:
            break
    return bytes(body)


def _answer(reply: HubReply) -> PlainTextResponse:
    headers = {"Retry-After": str(reply.retry_after)} if reply.retry_after else None
    return PlainTextResponse(reply.words + "\n", reply.status, headers)
