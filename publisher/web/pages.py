"""Pages and forms, by FastAPI: whatever is no file.

A room with pages of its own adds a router in `make_pages`; what it raises as HTTPException becomes a page, too.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from publisher.app.context import Context
from publisher.errors import StorageError
from publisher.log import get_log
from publisher.web.archive import archive_routes
from publisher.web.confirming import confirming_routes
from publisher.web.errorpages import ErrorPages
from publisher.web.face import STYLE_FOLDER, Face
from publisher.web.hooks import hook_routes
from publisher.web.hub import hub_routes
from publisher.web.leaving import leaving_routes
from publisher.web.owndata import owndata_routes
from publisher.web.preferring import preferring_routes
from publisher.web.proofs import Proofs, proof_routes
from publisher.web.responses import answer_asset, write_response
from publisher.web.shelf import Shelf
from publisher.web.signup import signup_routes
from publisher.web.signupapi import signup_api_routes
from publisher.web.watching import watching_routes

_OF_READERS = (
    confirming_routes,
    leaving_routes,
    preferring_routes,
    owndata_routes,
)
_AGAIN_IN = "60"  # seconds, after which a database may be free again
# At the top, where a site may have a file of its own, which goes before ours.
_YIELDING = frozenset({"sitemap.xml"})


def make_pages(context: Context, face: Face, shelf: Shelf) -> FastAPI:
    """The pages, without documents of an interface that nobody is meant to program."""
    app = FastAPI(title="publisher", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    _explain_errors(app, ErrorPages(face))

    app.include_router(watching_routes(context))

    @app.api_route(f"/{STYLE_FOLDER}/{{name}}.css", methods=["GET", "HEAD"])
    def style(name: str) -> Response:
        return answer_asset(face.render_style(), "text/css", is_this=name == face.style_name)

    app.include_router(hook_routes(context))
    if context.config.has_own_hub:
        app.include_router(hub_routes(context))
    app.include_router(archive_routes(context, face, shelf))
    if context.config.newsletters:  # else the addresses stay free for files of the site
        proofs = Proofs(context)
        app.include_router(proof_routes(proofs))
        app.include_router(signup_routes(context, face, proofs))
        app.include_router(signup_api_routes(context, face, proofs))
        for routes in _OF_READERS:
            app.include_router(routes(context, face))
    return app


def list_paths(router: Any) -> list[str]:
    """Of every route, as it is written. FastAPI keeps a router that was included as it is, or takes its routes out."""
    found: list[str] = []
    for route in router.routes:
        inner = getattr(route, "original_router", None)
        found += list_paths(inner) if inner is not None else [str(route.path)]
    return found


def reserved_parts(app: FastAPI) -> frozenset[str]:
    """First parts of the addresses that pages have; a file of that name does not hide them."""
    return frozenset(path.split("/")[1] for path in list_paths(app)) - _YIELDING


def _explain_errors(app: FastAPI, errors: ErrorPages) -> None:
    async def explain(request: Request, error: Exception) -> Response:
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value
        if isinstance(error, RequestValidationError):
            status = HTTPStatus.BAD_REQUEST.value
        elif isinstance(error, HTTPException):
            status = error.status_code
        named = dict(getattr(error, "headers", None) or {})
        if isinstance(error, StorageError):  # locked by another program, a full disk: both pass, and nothing was done
            status, named = HTTPStatus.SERVICE_UNAVAILABLE.value, {"Retry-After": _AGAIN_IN}
            part = request.scope["path"].split("/")[1]  # the rest may be a secret of somebody's
            get_log().error("page failed", page=part, reason=f"StorageError: {error}")
        more = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in named.items()]
        return write_response(errors.answer(status, request.scope, more))

    for kind in (HTTPException, RequestValidationError, StorageError, Exception):
        app.add_exception_handler(kind, explain)
