"""What we hold of a reader, for themselves: to look at, to take away, and to have deleted, in two steps."""

from __future__ import annotations

import json
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from publisher.app.context import Context
from publisher.app.persondata import PersonData, export_data, forget_reader, get_person_by_id
from publisher.web.face import Face
from publisher.web.forms import Form, read_form
from publisher.web.readerowners import find_owner, show_no_owner
from publisher.web.readerpages import READ, ReaderPages

SURE = "yes"  # what the box of the second step sends

_DATA, _DELETE = "web/mydata.html", "web/forget.html"


def owndata_routes(context: Context, face: Face) -> APIRouter:
    router = APIRouter()
    page = _DataPage(ReaderPages(context, face))

    @router.api_route("/preferences/{token}/data", methods=READ)
    def show(request: Request, token: str) -> Response:
        return page.show(request, token)

    @router.api_route("/preferences/{token}/data.json", methods=READ)
    def download(token: str) -> Response:
        return page.download(token)

    @router.api_route("/preferences/{token}/delete", methods=READ)
    def ask(request: Request, token: str) -> Response:
        """The first step: what it means."""
        return page.ask(request, token)

    @router.post("/preferences/{token}/delete")
    async def delete(request: Request, token: str) -> Response:
        form = await read_form(request)
        return await run_in_threadpool(page.delete, request, token, form)

    return router


class _DataPage:
    def __init__(self, pages: ReaderPages) -> None:
        self._pages = pages
        self._context = pages.context

    def show(self, request: Request, token: str) -> Response:
        data = self._find(token)
        if data is None:
            return show_no_owner(self._pages, request)
        titles = {name: one.title for name, one in self._context.config.newsletters.items()}
        variables = {"data": data, "titles": titles, "path": f"/preferences/{token}"}
        return self._pages.show(request, _DATA, variables)

    def download(self, token: str) -> Response:
        data = self._find(token)
        if data is None:
            raise HTTPException(404)
        text = json.dumps(export_data(data), ensure_ascii=False, indent=2, default=_write)
        response = Response(text + "\n", media_type="application/json")
        response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
        self._pages.dress(response)
        return response

    def ask(self, request: Request, token: str, *, is_reminded: bool = False) -> Response:
        person = find_owner(self._context, token)
        if person is None:
            return show_no_owner(self._pages, request)
        variables = {"email": person.email, "path": f"/preferences/{token}", "sure": SURE, "is_reminded": is_reminded}
        return self._pages.show(request, _DELETE, variables, 422 if is_reminded else 200)

    def delete(self, request: Request, token: str, form: Form) -> Response:
        if form.get("sure") != SURE:
            return self.ask(request, token, is_reminded=True)
        person = find_owner(self._context, token)
        if person is None or not forget_reader(self._context, person.id):
            return show_no_owner(self._pages, request)
        say = self._pages.words(request)
        text = say("No mail will come to {email} any more, and its links lead nowhere.", email=person.email)
        return self._pages.say(request, say("Everything about you is deleted"), text)

    def _find(self, token: str) -> PersonData | None:
        person = find_owner(self._context, token)
        return get_person_by_id(self._context, person.id) if person else None


def _write(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} has no form in JSON")
