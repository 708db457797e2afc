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

_LONGEST_PAUSE = 3600.0  # seconds


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
    reports = _Reports(opened, log, section.every.total_seconds())
    loop = Loop(opened, log, "bounces", threading.Event(), reports, reports.pause)
    loop.start()
    try:
        yield
    finally:
        opened.stop.set()
        loop.end()


class _Reports:
    """Reads, and says what it found. A mailbox that fails is named once, and asked less and less often: servers lock an
    account whose password is wrong again and again.
    """

    def __init__(self, opened: Context, log: Any, every: float) -> None:
        self._opened = opened
        self._log = log
        self._every = every
        self._failures = 0

    def __call__(self) -> None:
        try:
            report = read_mailbox(self._opened)
        except FetchError as error:
            if not self._failures:
                self._log.error("bounces failed", reason=str(error))
            self._failures += 1
            return
        self._failures = 0
        found = {name: number for name, number in asdict(report).items() if number and name != "read"}
        if found:
            self._log.info("bounces", **found)

    def pause(self, _: Context) -> float:
        """Seconds."""
        longer: float = self._every * 2 ** min(self._failures, 10)
        return max(self._every, min(longer, _LONGEST_PAUSE))
