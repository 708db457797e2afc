"""The page behind every unsubscribe link: GET shows a button, POST acts, in one click of a mail program too (RFC 8058).

It knows no cookies and never redirects; twice is as good as once, for years.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from publisher import tokens
from publisher.app.context import Context
from publisher.app.leaving import Departure, find_reader, undo_unsubscribe, unsubscribe
from publisher.model.subscriber import SubscriberState
from publisher.web.face import Face
from publisher.web.forms import Form, read_form
from publisher.web.readerpages import READ, ReaderPages

ONE_CLICK = ("List-Unsubscribe", "One-Click")  # RFC 8058 3.1
LEAVE, LEAVE_ALL, UNDO = "leave", "leave-all", "undo"  # what the buttons of the page say

_TEMPLATE = "web/unsubscribe.html"
_PAGE = "/unsubscribe"  # in the log, without the token
_LONGEST_REASON = 500


def leaving_routes(context: Context, face: Face) -> APIRouter:
    router = APIRouter()
    page = _LeavingPage(ReaderPages(context, face))

    @router.api_route("/unsubscribe/{token}", methods=READ)
    def ask(request: Request, token: str) -> Response:
        """One button, and room for a reason."""
        return page.ask(request, token)

    @router.post("/unsubscribe/{token}")
    async def act(request: Request, token: str) -> Response:
        # Whoever wants to leave is not turned away for a header: a POST to this address can mean nothing else.
        form = await read_form(request, is_any_kind=True)
        name, value = ONE_CLICK
        is_one_click = not form.fields or form.get(name).lower() == value.lower()
        return await run_in_threadpool(page.leave_at_once if is_one_click else page.act, request, token, form)

    return router


class _LeavingPage:
    def __init__(self, pages: ReaderPages) -> None:
        self._pages = pages
        self._context = pages.context

    def ask(self, request: Request, token: str) -> Response:
        found = find_reader(self._context, tokens.UNSUBSCRIBE, token)
        if found is None or not found[0].email:
            return self._explain(request, token)
        person, newsletter = found
        is_on = person.state is SubscriberState.ACTIVE and newsletter in person.newsletters
        return self._show(request, "ask" if is_on else "off", Departure(person, newsletter, ()))

    def act(self, request: Request, token: str, form: Form) -> Response:
        """A button of our page was pressed."""
        wanted = form.get("act")
        if wanted not in {LEAVE, LEAVE_ALL, UNDO}:
            raise HTTPException(400)
        told = self._pages.tell(request, "form", page=_PAGE, reason=form.get("reason")[:_LONGEST_REASON])
        if wanted == UNDO:
            departure = undo_unsubscribe(self._context, token, told)
        else:
            departure = unsubscribe(self._context, token, told, everything=wanted == LEAVE_ALL)
        if departure is None or not departure.person.email:  # or forgotten, with nothing left but numbers
            return self._explain(request, token)
        is_on = departure.newsletter in departure.person.newsletters
        stage = ("undone" if is_on else "late") if wanted == UNDO else "left"
        response = self._show(request, stage, departure)
        response.background = self._pages.post_notices()
        return response

    def leave_at_once(self, request: Request, token: str, form: Form) -> Response:  # noqa: ARG002 - as `act`
        """A mail program asks in its user's name; it reads no page. Whoever is gone already has what they want."""
        departure = unsubscribe(self._context, token, self._pages.tell(request, "one-click", page=_PAGE))
        is_ours = tokens.verify_subscriber(self._context.keys, tokens.UNSUBSCRIBE, token) is not None
        text = "Unsubscribed.\n" if is_ours else "This is no unsubscribe link of ours.\n"
        response = PlainTextResponse(text, 200 if is_ours else 404)
        self._pages.dress(response)
        if departure is not None and departure.changed:
            response.background = self._pages.post_notices()
        return response

    def _show(self, request: Request, stage: str, departure: Departure) -> Response:
        person, name = departure.person, departure.newsletter
        config = self._context.config
        known = config.newsletters.get(name)
        more = sorted(set(person.newsletters) - {name}) if person.state is SubscriberState.ACTIVE else []
        variables = {
            "stage": stage,
            "email": person.email,
            "title": known.title if known else name,
            "others": [config.newsletters[each].title if each in config.newsletters else each for each in more],
            "preferences": self._preferences_path(person.id, name),
        }
        return self._pages.show(request, _TEMPLATE, variables)

    def _preferences_path(self, subscriber_id: int, newsletter: str) -> str:
        """Whoever holds this link may hold that one: every mail has both."""
        return f"/preferences/{tokens.sign(self._context.key, tokens.PREFERENCES, subscriber_id, newsletter)}"

    def _explain(self, request: Request, token: str) -> Response:
        say = self._pages.words(request)
        if tokens.verify_subscriber(self._context.keys, tokens.UNSUBSCRIBE, token) is not None:
            text = say("There is nobody on our list any more whom this link is about. No mail will come.")
            return self._pages.say(request, say("Unsubscribed"), text)
        texts = (
            say("It may have been cut off on its way. Open it anew from the mail, or copy all of it."),
            say("Or answer any of our mails and say that you do not want it any more."),
        )
        return self._pages.say(request, say("This link is not complete"), *texts, status=404)
