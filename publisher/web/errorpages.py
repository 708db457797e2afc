"""What is said when a page cannot be had: a page for people, JSON or a line of text for programs."""

from __future__ import annotations

import json
from http import HTTPStatus

from publisher.errors import TemplateError
from publisher.log import get_log
from publisher.web.face import Face, Say
from publisher.web.feedserver import Scope, collect_headers
from publisher.web.negotiation import choose_media_type
from publisher.web.pageheaders import page_headers
from publisher.web.representation import Answer, Headers, make_answer

TEMPLATE = "web/error.html"

_HTML, _JSON, _TEXT = "text/html", "application/json", "text/plain"


class ErrorPages:
    """Of one server."""

    def __init__(self, face: Face) -> None:
        self._face = face

    def answer(self, status: int, scope: Scope, more: Headers | None = None) -> Answer:
        """In the form that the client asks for, and never kept; plain text is the default, and English."""
        accept = collect_headers(scope["headers"]).get(b"accept", b"")
        media_type = choose_media_type(accept, (_HTML, _JSON), _TEXT)
        if media_type == _HTML and (page := self._render(status, scope)):
            body, kind = page.encode("utf-8"), b"text/html; charset=utf-8"
        elif media_type == _JSON:
            heading, text = describe_error(status, self._face.find_words("en"))
            body, kind = json.dumps({"status": status, "error": heading, "detail": text}).encode(), b"application/json"
        else:
            body = (describe_error(status, self._face.find_words("en"))[1] + "\n").encode()
            kind = b"text/plain; charset=utf-8"
        headers: Headers = [
            (b"content-type", kind),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"vary", b"Accept, Accept-Language"),
            *(more or []),
            *page_headers(is_https=self._face.is_https),
        ]
        return make_answer(status, headers, body)

    def _render(self, status: int, scope: Scope) -> str:
        """ "" when a template of the operator's own is what went wrong."""
        visit = self._face.visit(scope)
        heading, text = describe_error(status, self._face.find_words(visit.language))
        variables = {"status": status, "heading": heading, "text": text, "canonical": "", "robots": "noindex"}
        try:
            return self._face.render(TEMPLATE, visit, variables)
        except TemplateError as error:
            get_log().error("page failed", page="error", reason=str(error))
            return ""


def describe_error(status: int, say: Say) -> tuple[str, str]:
    """A heading, and what the visitor can do."""
    if status == HTTPStatus.NOT_FOUND:
        return say("Nothing here"), say("There is nothing at this address.")
    if status == HTTPStatus.FORBIDDEN:
        return say("For subscribers"), say("Open this page with the link in one of the newsletter's mails.")
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return say("Not here"), say("This address does not take that method.")
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return say("Too large"), say("What was sent is larger than this page takes.")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return say("One moment, please"), say("There were too many requests from your network. Try again in a minute.")
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return say("Not understood"), say("What was sent could not be read.")
    return say("Something went wrong"), say("The fault is ours. Try again later.")
