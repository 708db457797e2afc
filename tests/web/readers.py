"""A served site whose readers have links of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from publisher import tokens
from publisher.app.context import Context
from publisher.app.people import add_subscriber
from publisher.model import Subscriber
from publisher.storage import subscribers as rows
from tests.site import Site
from tests.web.served import WEB, Served, serve

HANAKO = "hanako@reader.example"
HTML = {"accept": "text/html", "accept-language": "en"}


@contextmanager
def serve_readers(site: Site, config: str = WEB) -> Iterator[Served]:
    """With one reader, of both newsletters."""
    with serve(site, config) as served:
        add_subscriber(served.context, HANAKO, ["weekly", "new-article"], name="佐藤 花子")
        yield served


def post(served: Served, path: str, fields: dict[str, str | list[str]] | None = None, **more: str) -> httpx.Response:
    """As a browser without cookies sends a form."""
    headers = HTML | {name.replace("_", "-"): value for name, value in more.items()}
    return served.client.post(served.address.rstrip("/") + path, data=fields or {}, headers=headers)


def person(context: Context, email: str = HANAKO) -> Subscriber:
    with context.database.read() as connection:
        found = rows.find_by_email(connection, email)
    assert found is not None, email
    return found


def link_to(context: Context, purpose: str, newsletter: str = "weekly", email: str = HANAKO) -> str:
    """The path that a mail to this reader has."""
    token = tokens.sign(context.key, purpose, person(context, email).id, newsletter)
    return f"/{purpose}/{token}"
