"""The page behind the button of a mail that asks to confirm: a sign-up, or a new address. GET shows, POST acts."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from publisher import tokens
from publisher.app.consent import Confirmation, Outcome, confirm, find_confirmation
from publisher.app.context import Context
from publisher.app.moving import confirm_address_change
from publisher.model.consent import RequestKind
from publisher.web.face import Face, Say
from publisher.web.forms import read_form
from publisher.web.readerpages import READ, ReaderPages

_TEMPLATE = "web/confirm.html"
_PAGE = "/confirm"  # in the log, without the token
_STATUS = {Outcome.INVALID: 404, Outcome.EXPIRED: 410, Outcome.IN_USE: 409}


def confirming_routes(context: Context, face: Face) -> APIRouter:
    router = APIRouter()
    page = _ConfirmingPage(ReaderPages(context, face))

    @router.api_route("/confirm/{token}", methods=READ)
    def ask(request: Request, token: str) -> Response:
        """One button."""
        return page.ask(request, token)

    @router.post("/confirm/{token}")
    async def act(request: Request, token: str) -> Response:
        await read_form(request)  # nothing in it, but a body of another kind is no form of ours
        return await run_in_threadpool(page.act, request, token)

    return router


class _ConfirmingPage:
    def __init__(self, pages: ReaderPages) -> None:
        self._pages = pages
        self._context = pages.context

    def ask(self, request: Request, token: str) -> Response:
        found = find_confirmation(self._context, token)
        return self._show(request, "ask" if found.outcome is Outcome.DONE else found.outcome.value, found)

    def act(self, request: Request, token: str) -> Response:
        kind = find_confirmation(self._context, token).kind
        say = self._pages.words(request)
        told = self._pages.tell(request, "button", page=_PAGE, wording=button_words(kind, say))
        verb = confirm_address_change if kind is RequestKind.MOVE else confirm
        found = verb(self._context, token, told)
        response = self._show(request, found.outcome.value, found)
        response.background = self._pages.post_notices()
        return response

    def _show(self, request: Request, stage: str, found: Confirmation) -> Response:
        config, person = self._context.config, found.person
        known = [name for name in found.newsletters if name in config.newsletters]
        variables = {
            "stage": stage,
            "is_move": found.kind is RequestKind.MOVE,
            "button": button_words(found.kind, self._pages.words(request)),
            "email": person.email if person else "",
            "titles": [config.newsletters[name].title for name in known],
            "preferences": "" if stage == "ask" else self._preferences_path(found),
        }
        status = _STATUS.get(found.outcome, 200)
        return self._pages.show(request, _TEMPLATE, variables, status)

    def _preferences_path(self, found: Confirmation) -> str:
        """Only for somebody who has just shown that the mailbox is theirs."""
        if found.person is None or found.outcome not in {Outcome.DONE, Outcome.ALREADY}:
            return ""
        name = next(iter((*found.newsletters, *found.person.newsletters, *self._context.config.newsletters)))
        return f"/preferences/{tokens.sign(self._context.key, tokens.PREFERENCES, found.person.id, name)}"


def button_words(kind: RequestKind, say: Say) -> str:
    """What is pressed, as the log keeps it."""
    return say("Yes, use this address") if kind is RequestKind.MOVE else say("Yes, subscribe me")
