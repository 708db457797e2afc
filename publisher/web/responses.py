"""An answer of ours as FastAPI wants it."""

from __future__ import annotations

from fastapi.responses import Response

from publisher.web.representation import Answer


def write_response(answer: Answer) -> Response:
    response = Response(answer.body, answer.status)
    response.raw_headers = list(answer.headers)
    return response
