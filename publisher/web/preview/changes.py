"""Server-sent events: open pages are told when there is something new to show (HTML, 9.2)."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from publisher.web.preview.desk import Desk

_PAUSE = 0.2  # seconds
_LOOK_AGAIN = 2.0  # seconds; where nobody tells of changes (network disks), a look does
_MOST = 50  # open pages


class Changes:
    """A stream for each open page, until `stop` is set."""

    def __init__(self, desk: Desk, stop: threading.Event) -> None:
        self._desk = desk
        self._stop = stop
        self._open = 0

    def answer(self, since: str) -> Response:
        """`since` is the version that the page shows."""
        if self._open >= _MOST:
            return PlainTextResponse("Too many pages are open.\n", 503)
        return StreamingResponse(self._tell(since), media_type="text/event-stream")

    async def _tell(self, since: str) -> AsyncIterator[str]:
        self._open += 1
        looked_at = time.monotonic()
        try:
            yield "retry: 1000\n\n"
            while not self._stop.is_set():
                if self._desk.version != since:
                    since = self._desk.version
                    yield f"event: change\ndata: {since}\n\n"
                await asyncio.sleep(_PAUSE)
                if time.monotonic() - looked_at > _LOOK_AGAIN:
                    await run_in_threadpool(self._desk.refresh)
                    looked_at = time.monotonic()
        finally:
            self._open -= 1
