"""A web server on the loopback interface that says what a test tells it to, and remembers what it was asked.

with WebServer() as server:
    server.pages["/feed"] = Page(b"<rss>...", headers={"ETag": '"1"'})
    ... ask server.url("/feed") ...
"""

from __future__ import annotations

import contextlib
import gzip
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self, TypeAlias

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Asked:
    path: str
    headers: Mapping[str, str]  # names in lower case
    method: str = "GET"
    content: bytes = b""


@dataclass(frozen=True)
class Page:
    """What is said of one path. With an ETag or Last-Modified, whoever sends it back gets a 304."""

    content: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    packed: bool = False


Script: TypeAlias = Callable[["Handler"], object]


class WebServer:
    """`pages` by path, or in `fallback` by path without query; what is in neither is a 404. A script writes to the
    wire by itself."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.pages: dict[str, Page | Script] = {}
        self.fallback: dict[str, Page | Script] = {}
        self.asked: list[Asked] = []
        self.stopped = threading.Event()
        self._scheme = "https" if context else "http"

        class Bound(Handler):
            web = self

        self._server = ThreadingHTTPServer((HOST, 0), Bound)
        if context:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    def url(self, path: str, host: str = HOST) -> str:
        return f"{self._scheme}://{host}:{self.port}{path}"

    def redirect(self, path: str, to: str, status: int = 301) -> None:
        self.pages[path] = Page(status=status, headers={"Location": to})

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    web: WebServer
    content: bytes  # of the request

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def _answer(self, method: str) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.content = self.rfile.read(int(headers.get("content-length", "0")))
        self.web.asked.append(Asked(self.path, headers, method, self.content))
        nothing = Page(b"not here", 404)
        page = self.web.pages.get(self.path) or self.web.fallback.get(self.path.partition("?")[0], nothing)
        if not isinstance(page, Page):
            self.close_connection = True
            with contextlib.suppress(OSError):  # the other side has heard enough
                page(self)
            return
        content = gzip.compress(page.content) if page.packed else page.content
        is_known = _is_known(page.headers, headers)
        self.send_response(304 if is_known else page.status)
        for name, value in page.headers.items():
            self.send_header(name, value)
        if page.packed:
            self.send_header("Content-Encoding", "gzip")
        if not is_known:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if not is_known:
            self.wfile.write(content)

    def say(self, head: str, body: bytes = b"") -> None:
        """For scripts: lines of the head, then whatever bytes."""
        self.wfile.write(head.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        pass


def _is_known(said: Mapping[str, str], asked: Mapping[str, str]) -> bool:
    """RFC 9110 13.2.2: where there is If-None-Match, it alone counts."""
    if "if-none-match" in asked:
        return asked["if-none-match"] == said.get("ETag")
    return "Last-Modified" in said and asked.get("if-modified-since") == said["Last-Modified"]
