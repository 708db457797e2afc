"""Answers of ours as FastAPI wants them."""

from __future__ import annotations

from fastapi.responses import Response

from publisher.web.representation import Answer

_YEAR = 31_536_000  # seconds


def write_response(answer: Answer) -> Response:
    response = Response(answer.body, answer.status)
    response.raw_headers = list(answer.headers)
    return response


def answer_asset(text: str, media_type: str, *, is_this: bool) -> Response:
    """A file whose name changes with its text. A page that was kept may ask for an older; it gets what there is."""
    lasts = f"public, max-age={_YEAR}, immutable" if is_this else "public, max-age=60"
    return Response(text, media_type=media_type, headers={"Cache-Control": lasts})
