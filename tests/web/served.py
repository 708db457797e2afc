"""A site that is served: a real server on a free port, and a way to ask it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import httpx

from publisher.app.context import Context
from publisher.app.publishing import publish_feeds
from publisher.app.reading import scan
from publisher.config.values import Listen
from publisher.web.server import serving
from tests.site import CONFIG, Site

WEB = CONFIG + "web: {listen: '127.0.0.1:0', trusted_proxies: [127.0.0.1]}\n"
ANYWHERE = Listen("127.0.0.1", 0)
A_LONG_TIME = timedelta(hours=1)


@dataclass
class Served:
    """`get` follows nothing and sends no header of its own accord but Host; `raw` writes and reads bytes."""

    site: Site
    context: Context
    address: str
    client: httpx.Client

    def ask(self, method: str, path: str, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        # A target as it is: httpx would normalise what a test wants to be odd.
        request = httpx.Request(method, self.address, headers=named, extensions={"target": path.encode()})
        return self.client.send(request)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.ask("GET", path, **headers)

    def connect(self) -> socket.socket:
        parts = urlsplit(self.address)
        return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20)

    def raw(self, content: bytes) -> bytes:
        """All that comes until the server closes."""
        with self.connect() as connection:
            connection.sendall(content)
            return read_all(connection)

    def build(self) -> None:
        publish_feeds(self.context, scan(self.context).articles)


@contextmanager
def serve(site: Site, config: str = WEB) -> Iterator[Served]:
    """Built once, then served."""
    site.configure(config)
    with site.open() as context, httpx.Client(headers={}, timeout=20) as client:
        client.headers.clear()
        publish_feeds(context, scan(context).articles)
        with serving(context, ANYWHERE, flush_every=A_LONG_TIME) as address:
            yield Served(site, context, address, client)


def read_all(connection: socket.socket) -> bytes:
    pieces: list[bytes] = []
    while piece := connection.recv(65_536):
        pieces.append(piece)
    return b"".join(pieces)
