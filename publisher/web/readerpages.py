"""What the pages of readers have in common: never kept, never indexed, and a word on how somebody came to do a thing.

A token in the path is all their authority: there are no cookies that another site could use. `Origin` is not looked
at, since a browser that was told to send no referrer sends none with a form either.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool

from publisher.app.context import Context
from publisher.app.noticing import deliver_notices
from publisher.log import get_log
from publisher.model.consent import Circumstances
from publisher.web.face import Face, Say, Visit
from publisher.web.pageheaders import NO_INDEX, PagePolicy, page_headers
from publisher.web.representation import Headers

READ = ["GET", "HEAD"]
# Every answer about an address takes this long, whatever is known of it: longer than the work does.
EVEN_SECONDS = 0.4

_SAID = "web/said.html"

Result = TypeVar("Result")


class ReaderPages:
    """Makes answers for one request after the other; of one server."""

    def __init__(self, context: Context, face: Face) -> None:
        self.context = context
        self.face = face

    def visit(self, request: Request) -> Visit:
        return self.face.visit(request.scope)

    def words(self, request: Request) -> Say:
        return self.face.find_words(self.visit(request).language)

    def show(
        self,
        request: Request,
        template: str,
        variables: Mapping[str, object],
        status: int = 200,
        *,
        policy: PagePolicy | None = None,
    ) -> Response:
        """A page of a template. Raises TemplateError."""
        visit = self.visit(request)
        here = self.face.link(visit.path, visit.kept)
        common = {"canonical": "", "robots": "noindex", "problems": (), "hint": "", "here": here}
        response = HTMLResponse(self.face.render(template, visit, common | dict(variables)), status)
        self.dress(response, policy)
        return response

    def say(self, request: Request, heading: str, *texts: str, status: int = 200) -> Response:
        """A page that only says something."""
        return self.show(request, _SAID, {"heading": heading, "texts": texts}, status)

    def dress(self, response: Response, policy: PagePolicy | None = None) -> None:
        headers: Headers = [
            (b"cache-control", b"no-store"),
            (b"vary", b"Accept-Language"),
            *NO_INDEX,
            *page_headers(is_https=self.face.is_https, policy=policy),
        ]
        response.raw_headers += headers

    def tell(self, request: Request, how: str, *, page: str = "", wording: str = "", reason: str = "") -> Circumstances:
        """`page` is the address without what is secret in it."""
        return Circumstances(how, wording, page, network=network_of_visitor(request), reason=reason)

    def post_notices(self) -> BackgroundTask:
        """To run behind the answer: what was written down for somebody goes out before `publisher run` gets to it."""
        return BackgroundTask(_send_notices, self.context)


def network_of_visitor(request: Request) -> str:
    """Where a request comes from; what proxies of ours say is in it already."""
    return request.client.host if request.client else ""


async def work_evenly(work: Callable[[], Result]) -> Result:
    """Done in a thread; the result comes after `EVEN_SECONDS`, so that its time tells nothing."""
    begin = time.monotonic()
    result = await run_in_threadpool(work)
    await asyncio.sleep(max(0.0, begin + EVEN_SECONDS - time.monotonic()))
    return result


def _send_notices(context: Context) -> None:
    report = deliver_notices(context)
    if report.trouble:  # they are tried again by the next `publisher run`
        get_log().warning("notices wait", reason=report.trouble)
