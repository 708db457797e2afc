"""What those ask for who watch the server: is all well, and the numbers for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from publisher.app.context import Context
from publisher.app.watching import Health, Watch, get_health
from publisher.web.metrics import MEDIA_TYPE, write_metrics

_FRESH = {"Cache-Control": "no-store"}


def watching_routes(context: Context) -> APIRouter:
    """`/health`, and `/metrics` where the configuration asks for it."""
    router = APIRouter()
    watch = Watch(context)

    @router.api_route("/health", methods=["GET", "HEAD"])
    def health() -> JSONResponse:
        """200 when all is well, else 503 with the reasons."""
        found = get_health(watch)
        return JSONResponse(_as_mapping(found), 503 if found.problems else 200, headers=_FRESH)

    if context.config.web is not None and context.config.web.metrics:

        @router.api_route("/metrics", methods=["GET", "HEAD"])
        def metrics() -> Response:
            return Response(write_metrics(get_health(watch), context.tally), media_type=MEDIA_TYPE, headers=_FRESH)

    return router


def _as_mapping(health: Health) -> dict[str, object]:
    found = health.numbers
    body: dict[str, object] = {
        "status": "failing" if health.problems else "ok",
        "problems": health.problems,
        "database": "ok" if found else "unreadable",
    }
    if found is not None:
        body |= {
            "last_scan_at": found.last_scan_at.isoformat() if found.last_scan_at else None,
            "feed_faults": found.feed_faults,
            "issues_paused": found.issues.get("paused", 0),
            "queue": sum(found.queue.values()),
            "queue_seconds": round(health.queue_seconds),
        }
    return body
