"""Reading of the mailbox of reports in `publisher run`: before a pass, or beside all passes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from publisher.app.context import Context
from publisher.app.mailboxes import read_mailbox
from publisher.cli import output
from publisher.cli.loop import Loop
from publisher.errors import FetchError


def read_returned(opened: Context) -> dict[str, object]:
    """Before anything is sent, for `run --once`; what it found, for `--json`. A mailbox that fails holds up nothing."""
    if opened.config.delivery.bounce_mailbox is None:
        return {}
    try:
        return {"bounces": asdict(read_mailbox(opened))}
    except FetchError as error:
        output.warn(f"note: {error}")
        return {"bounces": {"problem": str(error)}}


@contextmanager
def bounces_at_work(opened: Context, log: Any) -> Iterator[None]:
    """While the block lasts, the mailbox is read now and every so often, in a thread of its own."""
    section = opened.config.delivery.bounce_mailbox
    if section is None:
        yield
        return
    pause = section.every.total_seconds()
    loop = Loop(opened, log, "bounces", threading.Event(), lambda: _read(opened, log), lambda _: pause)
    loop.start()
    try:
        yield
    finally:
        opened.stop.set()
        loop.end()


def _read(opened: Context, log: Any) -> None:
    report = read_mailbox(opened)
    found = {name: number for name, number in asdict(report).items() if number and name != "read"}
    if found:
        log.info("bounces", **found)
