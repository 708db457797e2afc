"""A served site whose readers have links of their own."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
from sqlalchemy import select

from publisher import tokens
from publisher.app.context import Context
from publisher.app.noticing import deliver_notices
from publisher.app.people import add_subscriber
from publisher.model.subscriber import Subscriber
from publisher.storage import subscribers as rows
from publisher.storage.schema import notices
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


def post(served: Served, path: str, fields: Mapping[str, str | list[str]] | None = None, **more: str) -> httpx.Response:
    """As a browser without cookies sends a form."""
    headers = HTML | {name.replace("_", "-"): value for name, value in more.items()}
    return served.client.post(served.address.rstrip("/") + path, data=dict(fields or {}), headers=headers)


def person(context: Context, email: str = HANAKO) -> Subscriber:
    with context.database.read() as connection:
        found = rows.find_by_email(connection, email)
    assert found is not None, email
    return found


def link_to(context: Context, purpose: str, newsletter: str = "weekly", email: str = HANAKO) -> str:
    """The path that a mail to this reader has."""
    token = tokens.sign(context.key, purpose, person(context, email).id, newsletter)
    return f"/{purpose}/{token}"


def settle_notices(served: Served) -> None:
    """All notices are out, whoever sends them: the server does it behind its answers, in a thread of its own."""
    for_a_moment, until = threading.Event(), time.monotonic() + 20
    states: set[str] = set()
    while time.monotonic() < until:
        deliver_notices(served.context)
        with served.context.database.read() as connection:
            states = set(connection.execute(select(notices.c.state)).scalars())
        if not states & {"queued", "claimed", "sending"}:
            return
        for_a_moment.wait(0.01)
    raise AssertionError(f"notices do not go out: {states}")


def mails_to(served: Served, email: str) -> list[str]:
    """The text of each mail to this address, oldest first."""
    settle_notices(served)
    parts = [mail.get_body(("plain",)) for mail in served.site.mails() if email in str(mail["to"])]
    return [str(part.get_content()) for part in parts if part is not None]


def find_link(text: str, kind: str) -> str:
    """The path of the link in a mail that leads to `/kind/…`."""
    found = re.findall(rf"https://\S+/{kind}/[A-Za-z0-9_-]+", text)
    assert found, text
    return str(urlsplit(found[0]).path)
