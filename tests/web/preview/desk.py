"""A desk over a site in a temporary folder, and its pages served."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from publisher.app.context import load_checked_config
from publisher.config.values import Listen
from publisher.web.preview.application import showing
from publisher.web.preview.desk import Desk
from tests.site import Site


def make_desk(site: Site) -> Desk:
    return Desk(site.config, load_checked_config(site.config), site.clock)


@contextmanager
def served(desk: Desk) -> Iterator[httpx.Client]:
    with showing(desk, Listen("127.0.0.1", 0)) as address, httpx.Client(base_url=address, timeout=30) as client:
        yield client
