"""Subscribing by a program: `POST /api/subscribe` takes JSON and answers with JSON; `/api/openapi.json` describes it.

Pages of other sites may call it where `web.origins` names them. No cookie is read, and the answer says nothing about
who is on the list.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from publisher.app.consent import Answer, AskReply, ask
from publisher.app.context import Context
from publisher.config import ANY_ORIGIN
from publisher.markup.characters import clean_line
from publisher.subscribers.signup import SignUp, SignUpProblem
from publisher.web.face import Face
from publisher.web.proofs import CHALLENGE_PATH, FIELD, Proofs
from publisher.web.readerpages import READ, ReaderPages, network_of_visitor, work_evenly
from publisher.web.signupform import TRAP
from publisher.web.signupschema import describe_api
from publisher.web.signupwords import full_wording

PATH = "/api/subscribe"

_STATUS = {Answer.TAKEN: 202, Answer.REFUSED: 422, Answer.BUSY: 429}
_LONGEST_VALUE = 1_000  # characters
_MOST_NEWSLETTERS = 100
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": "86400",
}


def signup_api_routes(context: Context, face: Face, proofs: Proofs) -> APIRouter:
    router = APIRouter()
    api = _SignUpApi(ReaderPages(context, face), proofs)

    @router.post(PATH)
    async def take(request: Request) -> Response:
        sent = await _read_object(request)
        reply = await work_evenly(lambda: api.take(request, sent))
        return api.answer(request, reply)

    @router.options(PATH)
    def allow(request: Request) -> Response:
        """A browser asks whether a page of another site may post here (Fetch 4.8, CORS preflight)."""
        allowed = api.allow(request)
        return Response(status_code=204, headers=allowed | (_PREFLIGHT if allowed else {"Vary": "Origin"}))

    @router.api_route("/api/openapi.json", methods=READ)
    def describe() -> JSONResponse:
        names = list(context.config.newsletters)
        document = describe_api(context.config.web_url, names, wants_proof=proofs.are_wanted)
        return JSONResponse(document, headers={"Access-Control-Allow-Origin": "*"})

    if proofs.are_wanted:

        @router.api_route(CHALLENGE_PATH, methods=READ)
        def challenge(request: Request) -> JSONResponse:
            headers = {"Cache-Control": "no-store"} | (api.allow(request) or {"Vary": "Origin"})
            return JSONResponse(proofs.challenge(), headers=headers)

    return router


class _SignUpApi:
    def __init__(self, pages: ReaderPages, proofs: Proofs) -> None:
        self._pages = pages
        self._proofs = proofs
        web = pages.context.config.web
        self._origins = web.origins if web else ()

    def allow(self, request: Request) -> dict[str, str]:
        """Headers that let the page that asks read the answer; none for an origin that nobody has named."""
        origin = request.headers.get("origin", "").lower()
        if ANY_ORIGIN in self._origins:
            return {"Access-Control-Allow-Origin": ANY_ORIGIN}
        return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} if origin in self._origins else {}

    def take(self, request: Request, sent: Mapping[str, object]) -> AskReply:
        problems = find_shape_problems(sent)
        if problems:
            return AskReply(Answer.REFUSED, tuple(problems))
        if sent.get(TRAP):
            return AskReply(Answer.TAKEN)
        if not self._proofs.take(str(sent.get(FIELD, ""))):
            message = f"a proof of work is needed, and good once; GET {CHALLENGE_PATH} gives a challenge (ALTCHA)"
            return AskReply(Answer.REFUSED, (SignUpProblem(FIELD, "proof", message),))
        return ask(self._pages.context, self._make_sign_up(request, sent))

    def answer(self, request: Request, reply: AskReply) -> Response:
        body: dict[str, object] = {"status": reply.answer.value}
        if reply.problems:
            body["problems"] = [
                {"field": one.field, "code": one.code, "message": one.message} for one in reply.problems
            ]
        response = JSONResponse(body, _STATUS[reply.answer], headers={"Cache-Control": "no-store"})
        response.headers.update(self.allow(request) or {"Vary": "Origin"})
        if reply.answer is Answer.BUSY:
            response.headers["Retry-After"] = "3600"
        if reply.answer is Answer.TAKEN:
            response.background = self._pages.post_notices()
        return response

    def _make_sign_up(self, request: Request, sent: Mapping[str, object]) -> SignUp:
        config = self._pages.context.config
        listed = sent.get("newsletters")
        names = tuple(dict.fromkeys(map(str, listed))) if isinstance(listed, list) else ()
        shown = names or tuple(config.newsletters)
        titles = [config.newsletters[name].title for name in shown if name in config.newsletters]
        return SignUp(
            email=_text(sent, "email"),
            newsletters=names,
            name=_text(sent, "name"),
            language=_text(sent, "language"),
            page=PATH,
            wording=full_wording(self._pages.words(request), titles),
            network=network_of_visitor(request),
        )


def find_shape_problems(sent: Mapping[str, object]) -> list[SignUpProblem]:
    """Texts where texts belong, and a list of them for newsletters."""
    problems = []
    if "email" not in sent:
        problems.append(SignUpProblem("email", "missing", "an address is needed"))
    for field in ("email", "name", "language", TRAP, FIELD):
        value = sent.get(field, "")
        if not isinstance(value, str) or len(value) > _LONGEST_VALUE:
            message = f"must be a text of at most {_LONGEST_VALUE} characters"
            problems.append(SignUpProblem(field, "type", message))
    names = sent.get("newsletters", [])
    names = names if isinstance(names, list) else [None]
    if len(names) > _MOST_NEWSLETTERS or not all(isinstance(name, str) for name in names):
        message = f"must be a list of at most {_MOST_NEWSLETTERS} names"
        problems.append(SignUpProblem("newsletters", "type", message))
    return problems


async def _read_object(request: Request) -> dict[str, object]:
    """Raises HTTPException: 415 for another kind of body, 413 for too much of it, 400 for what is no JSON object."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415)
    try:
        found = json.loads(await request.body())
    except ClientDisconnect:
        raise HTTPException(413) from None
    except (ValueError, RecursionError):
        raise HTTPException(400) from None
    if not isinstance(found, dict):
        raise HTTPException(400)
    return found


def _text(sent: Mapping[str, object], field: str) -> str:
    return clean_line(str(sent.get(field, "")))
