"""The preview as an ASGI application, for the person at this computer and nobody else.

Only names of this computer are answered, so that no page from elsewhere can look in through a name that it has pointed
here (DNS rebinding). Nothing can be changed through it: there is GET and HEAD.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import cast

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from publisher.app.previewing import Preview, Wanted
from publisher.catalogue import Catalogue, find_catalogue, write_number
from publisher.config.values import Listen
from publisher.errors import TemplateError
from publisher.markup.direction import direction_of
from publisher.templating import Templates, mark_safe
from publisher.web.feedserver import Application, Receive, Scope, Send, send_answer
from publisher.web.guard import Guard
from publisher.web.pageheaders import page_headers
from publisher.web.preview.changes import Changes
from publisher.web.preview.desk import Desk, Sight
from publisher.web.preview.looks import Look, dress, policy_of
from publisher.web.preview.pages import (
    LONGEST_ERROR,
    Asked,
    Link,
    choose_view,
    count_findings,
    describe_origin,
    describe_sizes,
    list_views,
)
from publisher.web.representation import Answer, Headers, make_text
from publisher.web.server import serving_application

_OURS = frozenset({"127.0.0.1", "localhost", "[::1]"})
_PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_NOTHING = "<!DOCTYPE html><title>-</title>"


@contextmanager
def showing(desk: Desk, listen: Listen) -> Iterator[str]:
    """Serve the pages until the end of the block; gives their address.

    Raises ServeError when it cannot listen there.
    """
    stop = threading.Event()
    with serving_application(make_application(desk, stop), listen) as address:
        try:
            yield address
        finally:
            stop.set()  # open pages wait for changes, and the server for them


def make_application(desk: Desk, stop: threading.Event) -> Application:
    """Streams to open pages end when `stop` is set."""
    pages, changes = Pages(desk), Changes(desk, stop)

    async def tell(request: Request) -> Response:
        return changes.answer(request.query_params.get("since", ""))

    routes = [
        Route("/", pages.show_list),
        Route("/newsletters/{name}", pages.show_newsletter),
        Route("/newsletters/{name}/mail", pages.show_mail),
        Route("/changes", tell),
    ]
    here = _OnlyHere(cast("Application", Starlette(routes=routes)))
    return Guard(here, _Plain(), page_headers(is_https=False), lambda _scope: "127.0.0.1")


class _Plain:
    """Errors in a word; nobody but a person at this machine sees them."""

    def answer(self, status: int, scope: Scope, more: Headers | None = None) -> Answer:  # noqa: ARG002 - as Guard asks
        return make_text(status, f"{HTTPStatus(status).phrase}.", more)


class _OnlyHere:
    """Refuses requests for any host but this one."""

    def __init__(self, inner: Application) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(hosts) == 1 and is_ours(hosts[0]):
            await self._inner(scope, receive, send)
        else:
            await send_answer(
                make_text(403, "This can only be seen at http://127.0.0.1 on this computer."), scope, send
            )


def is_ours(host: str) -> bool:
    """Whether a Host header names this computer, with whatever port (it may come through a tunnel)."""
    name, colon, port = host.lower().rpartition(":")
    return (name if colon and port.isdigit() else host.lower()) in _OURS


class Pages:
    """Handlers. They run in threads, since making a mail takes a while."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        # Not a person's own templates: those are what the page has to show the faults of.
        self._templates = Templates(None)
        self._style = self._templates.render("web/preview/preview.css").strip()
        self._script = self._templates.render("web/preview/reload.js").strip()
        self._policy = (
            f"default-src 'none'; style-src {_hash_source(self._style)}; script-src {_hash_source(self._script)}; "
            "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )

    def show_list(self, _request: Request) -> Response:
        """All newsletters, each with the mail that it would send."""
        names = list(self._desk.config.newsletters)
        sights = {name: self._desk.look(Wanted(name)) for name in names}
        told = [*(sight for sight in sights.values() if sight.error), *sights.values(), Sight(self._desk.version)]
        return self._render("list", told[0], None, sights=sights)

    def show_newsletter(self, request: Request) -> Response:
        asked = _read(request)
        if asked is None or asked.wanted.newsletter not in self._desk.config.newsletters:
            return PlainTextResponse("There is no such newsletter.\n", 404, _PRIVATE)
        sight = self._desk.look(asked.wanted)
        preview = _choose(sight, asked)
        if preview is None:
            return self._render("newsletter", sight, asked, preview=None)
        catalogue = self._find_catalogue()
        view = choose_view(asked.view, preview, catalogue)
        views = list_views(preview, catalogue)
        return self._render(
            "newsletter",
            sight,
            asked,
            preview=preview,
            view=view,
            look=Look(view) if view in set(Look) else None,
            views=[Link(label, asked.url(view=word), word == view) for word, label in views.items()],
            origin=describe_origin(preview, catalogue),
            sizes=describe_sizes(preview.sizes, catalogue),
            counts=count_findings(preview, catalogue),
        )

    def show_mail(self, request: Request) -> Response:
        """What stands in a frame."""
        asked, look = _read(request), request.query_params.get("look", "")
        if asked is None or look not in set(Look) or asked.wanted.newsletter not in self._desk.config.newsletters:
            return PlainTextResponse("There is no such mail.\n", 404, _PRIVATE)
        preview = _choose(self._desk.look(asked.wanted), asked)
        html = dress(preview.html, Look(look)) if preview and preview.html else _NOTHING
        return HTMLResponse(html, headers={**_PRIVATE, "Content-Security-Policy": policy_of(Look(look))})

    def _render(self, page: str, sight: Sight, asked: Asked | None, **variables: object) -> Response:
        config, catalogue = self._desk.config, self._find_catalogue()
        current = asked.wanted.newsletter if asked else ""
        html = self._templates.render(
            f"web/preview/{page}.html",
            style=mark_safe(self._style),
            script=mark_safe(self._script),
            version=sight.version,
            error=sight.error[:LONGEST_ERROR],
            problems=[str(problem) for problem in sight.problems[:20]],
            sight=sight,
            asked=asked,
            say=catalogue.say,
            count=catalogue.count,
            number=lambda value: write_number(value, catalogue.language),
            language=catalogue.language,
            direction=direction_of(catalogue.language),
            site=config.site.title,
            newsletters=[
                Link(letter.title, Asked(Wanted(name)).url(), name == current)
                for name, letter in config.newsletters.items()
            ],
            **variables,
        )
        return HTMLResponse(html, headers={**_PRIVATE, "Content-Security-Policy": self._policy})

    def _find_catalogue(self) -> Catalogue:
        language = self._desk.config.site.language
        try:
            return find_catalogue(language, self._desk.config.locale_dir)
        except TemplateError:  # whoever renders a mail with it is told
            return find_catalogue(language)


def _read(request: Request) -> Asked | None:
    """None for what is no request of ours."""
    query = request.query_params
    issue, number = query.get("issue", ""), query.get("number", "1")
    if not all(value.isascii() and value.isdigit() and len(value) < 10 for value in (issue or "0", number)):
        return None
    wanted = Wanted(request.path_params["name"], query.get("template", "")[:100], int(issue) if issue else None)
    return Asked(wanted, max(1, int(number)), query.get("view", ""))


def _choose(sight: Sight, asked: Asked) -> Preview | None:
    """The first one for a number that is too high: there were more mails before."""
    if not sight.previews:
        return None
    return sight.previews[asked.number - 1 if asked.number <= len(sight.previews) else 0]


def _hash_source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"
