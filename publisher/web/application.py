"""The whole server as one ASGI application: files on the quick path, pages behind it."""

from __future__ import annotations

from typing import cast

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from publisher import urls
from publisher.app.context import Context
from publisher.config import Web
from publisher.web.errorpages import ErrorPages
from publisher.web.face import Face
from publisher.web.feedserver import Application, FeedServer, Place, Scope, collect_headers
from publisher.web.guard import Guard
from publisher.web.memory import Files
from publisher.web.pageheaders import page_headers
from publisher.web.pages import make_pages, reserved_parts
from publisher.web.paths import find_prefix
from publisher.web.proxies import find_client
from publisher.web.readers import Readers
from publisher.web.representation import Policy
from publisher.web.shelf import Shelf


def make_application(context: Context, readers: Readers | None = None) -> FeedServer:
    """Serves the output folder and the pages of `context`; `readers` counts who asks for feeds."""
    config = context.config
    web = config.web or Web()
    counted = readers or Readers(config.site.timezone, context.clock)
    face = Face(context)
    shelf = Shelf(face.choose_language)
    app = make_pages(context, face, shelf)
    # uvicorn's types name each kind of scope; ours are plain mappings.
    inner = cast("Application", app)
    if web.trusted_proxies:
        trusted = [str(network) for network in web.trusted_proxies]
        inner = cast("Application", ProxyHeadersMiddleware(app, trusted_hosts=trusted))  # type: ignore[arg-type] # see above

    def client_of(scope: Scope) -> str:
        peer = scope["client"][0] if scope["client"] else ""
        return find_client(peer, collect_headers(scope["headers"]).get(b"x-forwarded-for", b""), web.trusted_proxies)

    pages = Guard(inner, ErrorPages(face), page_headers(is_https=face.is_https), client_of)

    def url_of(path: str) -> str:
        folder, _, name = path.rpartition("/")
        return urls.folder_url(config.feeds_url, folder) + urls.folder_url("", name).rstrip("/")

    def note(path: str, peer: str, asked: dict[bytes, bytes]) -> None:
        client = find_client(peer, asked.get(b"x-forwarded-for", b""), web.trusted_proxies)
        counted.note(path, client, asked.get(b"user-agent", b""))

    policy = Policy(int(web.max_age.total_seconds()), config.hub_urls)
    place = Place(find_prefix(config.feeds_url, config.web_url), reserved_parts(app), config.feeds.page)
    server = FeedServer(Files(config.output_dir, policy, url_of), place, pages, note, shelf.find)
    if web.metrics:
        server.note_answer = context.tally.note_answer
    return server
