"""Where mail services report to: `POST /hooks/ses`, `/hooks/mailgun`, `/hooks/postmark`, `/hooks/sendgrid`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse

from publisher.app.context import Context
from publisher.app.hooking import Fetch, HookReply, SesHook, take_mailgun, take_postmark, take_sendgrid
from publisher.bounces.hooks.fields import LARGEST_BODY
from publisher.config import Web
from publisher.log import get_log

Take = Callable[[bytes, dict[str, str]], HookReply]


def hook_routes(context: Context, fetch_page: Fetch | None = None) -> APIRouter:
    """Those that are configured, and no others."""
    router = APIRouter()
    for name, take in _hooks(context, fetch_page).items():
        router.post(f"/hooks/{name}", include_in_schema=False)(_make_page(name, take))
    return router


def _hooks(context: Context, fetch_page: Fetch | None) -> dict[str, Take]:
    hooks = (context.config.web or Web()).hooks
    found: dict[str, Take] = {}
    if hooks.ses is not None:
        ses = SesHook(context, hooks.ses.topic, fetch_page)
        found["ses"] = lambda body, _: ses.take(body)
    if hooks.mailgun is not None:
        mailgun_key = hooks.mailgun.key.get_secret_value()
        found["mailgun"] = lambda body, _: take_mailgun(context, mailgun_key, body)
    if hooks.postmark is not None:
        login = hooks.postmark.login.get_secret_value()
        found["postmark"] = lambda body, headers: take_postmark(context, login, headers.get("authorization", ""), body)
    if hooks.sendgrid is not None:
        public_key = hooks.sendgrid.verify
        found["sendgrid"] = lambda body, headers: take_sendgrid(context, public_key, headers, body)
    return found


def _make_page(name: str, take: Take) -> Callable[[Request], object]:
    async def page(request: Request) -> PlainTextResponse:
        body = await _read_body(request)
        if len(body) > LARGEST_BODY:
            return PlainTextResponse(f"A report may have {LARGEST_BODY} bytes.\n", 413)
        reply = await run_in_threadpool(take, body, dict(request.headers))
        _note(name, reply)
        return PlainTextResponse(reply.words + "\n", reply.status, {"Cache-Control": "no-store"})

    return page


def _note(name: str, reply: HookReply) -> None:
    if reply.report is not None:
        found = {key: number for key, number in asdict(reply.report).items() if number and key != "read"}
        if found:
            get_log().info("bounces", service=name, **found)
    elif reply.status != 200:
        get_log().warning("report refused", service=name, status=reply.status, reason=reply.words)


async def _read_body(request: Request) -> bytes:
    """As much as shows that it is too large, and no more."""
    body = bytearray()
    async for piece in request.stream():
        body += piece[: LARGEST_BODY + 1 - len(body)]
        if len(body) > LARGEST_BODY:
            break
    return bytes(body)
