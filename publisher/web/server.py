"""The server in a thread of its own, beside whatever the process does meanwhile. The one door to uvicorn."""

from __future__ import annotations

import errno
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any, cast

import uvicorn

from publisher.app.context import Context
from publisher.app.readers import save_reader_counts
from publisher.config.values import Listen
from publisher.errors import ServeError, StorageError
from publisher.log import get_log
from publisher.web.application import make_application
from publisher.web.protocol import LimitedProtocol
from publisher.web.readers import Readers

_CONNECTIONS = 1000
_BACKLOG = 2048
_KEEP_ALIVE = 15  # seconds
_LAST_ANSWERS = 10  # seconds for answers under way when it stops
_FLUSH_EVERY = timedelta(minutes=1)
_HINTS = {
    errno.EADDRINUSE: "stop the program that listens there, or change web.listen",
    errno.EADDRNOTAVAIL: "name an address of this machine in web.listen, such as 127.0.0.1:8000",
    errno.EACCES: "take a port from 1024 on in web.listen",
}


@contextmanager
def serving(context: Context, listen: Listen, *, flush_every: timedelta = _FLUSH_EVERY) -> Iterator[str]:
    """Serve until the end of the block; gives the address, such as `http://127.0.0.1:8000/`.

    Answers under way are finished at the end. Raises ServeError when it cannot listen there.
    """
    readers = Readers(context.config.site.timezone, context.clock)
    stop = threading.Event()
    flush = threading.Thread(target=_flush, args=(context, readers, flush_every, stop), name="readers", daemon=True)
    flush.start()
    try:
        with serving_application(make_application(context, readers), listen) as address:
            yield address
    finally:
        stop.set()
        flush.join()


@contextmanager
def serving_application(application: Any, listen: Listen) -> Iterator[str]:
    """As `serving`, of any ASGI application."""
    with closing(open_socket(listen)) as opened:
        server = _Server(_configure(application))
        serve = threading.Thread(target=server.run, args=([opened],), name="web", daemon=True)
        serve.start()
        try:
            server.is_up.wait()
            if not server.started:
                raise ServeError(f"{listen}: the server did not start; its log says why")
            yield _show_address(opened)
        finally:
            server.should_exit = True
            serve.join(_LAST_ANSWERS + 5)


def open_socket(listen: Listen) -> socket.socket:
    """Bound and listening. Raises ServeError."""
    try:
        family = socket.getaddrinfo(listen.host, listen.port, type=socket.SOCK_STREAM)[0][0]
        opened = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise ServeError(f"{listen}: cannot listen there: {_reason(error)}; change web.listen") from error
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((listen.host, listen.port))
        opened.listen(_BACKLOG)
    except OSError as error:
        opened.close()
        hint = _HINTS.get(error.errno or 0, "change web.listen")
        raise ServeError(f"{listen}: cannot listen there: {_reason(error)}; {hint}") from error
    return opened


class _Server(uvicorn.Server):
    """Says when it is up, whether it succeeded or not."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = threading.Event()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            super().run(sockets)
        finally:
            self.is_up.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()


class _Complaints(logging.Handler):
    """What uvicorn has to complain of goes into our log, by its kind; what clients do wrong does not."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        reason = record.getMessage().strip()
        get_log().error("server", reason=f"{reason}: {type(error).__name__}: {error}" if error else reason)


def _configure(application: Any) -> uvicorn.Config:
    complaints = logging.getLogger("uvicorn.error")
    complaints.propagate = False
    if not any(isinstance(handler, _Complaints) for handler in complaints.handlers):
        complaints.addHandler(_Complaints(logging.ERROR))
    return uvicorn.Config(
        application,
        http=LimitedProtocol,
        loop="uvloop",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level=logging.ERROR,
        access_log=False,
        proxy_headers=False,  # believed where they are needed: see application.py
        server_header=False,
        limit_concurrency=_CONNECTIONS,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_LAST_ANSWERS,
    )


def _flush(context: Context, readers: Readers, every: timedelta, stop: threading.Event) -> None:
    """Never in the way of an answer. What cannot be stored now is not worth an error that ends the service."""
    is_last = False
    while not is_last:
        is_last = stop.wait(every.total_seconds())
        counts = readers.take()
        if not counts:
            continue
        try:
            save_reader_counts(context, counts)
        except StorageError as error:
            get_log().warning("readers not counted", reason=str(error))


def _show_address(opened: socket.socket) -> str:
    host, port = cast("tuple[str, int]", opened.getsockname()[:2])
    return f"http://{Listen(host, port)}/"


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
