"""WebSub on the command line: hubs told after a build; hubs told and our own served beside whatever else goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer

from publisher.app.context import Context
from publisher.app.distributing import pause_of_hub, serve_hub
from publisher.app.pinging import PingReport, pause_of_pings, ping_hubs
from publisher.app.websubstatus import WebSubStatus
from publisher.cli import output
from publisher.cli.crash import write_crash_log
from publisher.errors import PublisherError

_AFTER_TROUBLE = 60.0  # seconds
_JOIN = 20.0  # what is under way has limits of its own, below this


def print_pings(report: PingReport) -> None:
    """Nothing when there was nothing to tell; what is wrong with a hub is a note, and no failure of ours."""
    if report.told:
        files = output.count(report.told, "changed feed file")
        typer.echo(f"Told {output.count(report.hubs, 'hub')} of {files}.")
    for hub, reason in report.failing:
        output.warn(f"note: the hub {hub}: {reason}")
    if report.waiting:
        waiting = output.count(report.waiting, "message to hubs waits", "messages to hubs wait")
        output.warn(f"note: {waiting} for the next run")


def pings_as_mapping(report: PingReport) -> dict[str, object]:
    failing = [{"hub": hub, "problem": reason} for hub, reason in report.failing]
    return {"told": report.told, "waiting": report.waiting, "failing": failing}


def print_websub(now: WebSubStatus) -> None:
    """Of `publisher status`."""
    subscriptions = output.count(now.subscriptions, "subscription")
    waiting = output.count(now.pending_pings, "message to hubs waits", "messages to hubs wait")
    typer.echo(f"WebSub       {subscriptions} here, {now.pending_deliveries} to be sent to; {waiting}")
    for failing in now.failing_hubs:
        typer.echo(f"             {failing.hub}: {failing.problem}")


@contextmanager
def websub_at_work(opened: Context, log: Any) -> Iterator[None]:
    """While the block lasts, hubs are told of changes and our own hub works, each in a thread of its own."""
    config = opened.config
    loops: list[_Loop] = []
    if config.other_hub_urls or config.websub.rsscloud:
        loops.append(_Loop(opened, log, "pings", opened.ping_wake, _Pings(opened, log), pause_of_pings))
    if config.has_own_hub:
        loops.append(_Loop(opened, log, "hub", opened.hub_wake, _OwnHub(opened, log), pause_of_hub))
    for loop in loops:
        loop.start()
    try:
        yield
    finally:
        opened.stop.set()
        for loop in loops:
            loop.end()


class _Loop:
    """One verb, again whenever it is woken or something is due, whatever goes wrong in it."""

    def __init__(
        self,
        opened: Context,
        log: Any,
        name: str,
        wake: threading.Event,
        work: Callable[[], None],
        pause: Callable[[Context], float],
    ) -> None:
        self._opened = opened
        self._log = log
        self._name = name
        self._wake = wake
        self._work = work
        self._pause = pause
        self._last_reason = ""
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._wake.set()
        self._thread.join(_JOIN)

    def _run(self) -> None:
        while not self._opened.stop.is_set():
            self._wake.clear()
            pause = self._work_once()
            if not self._opened.stop.is_set():
                self._wake.wait(pause)

    def _work_once(self) -> float:
        """Seconds until the next time."""
        try:
            self._work()
            pause = self._pause(self._opened)
        except PublisherError as error:  # a locked database, a full disk
            return self._complain(str(error), str(error))
        except Exception as error:  # noqa: BLE001 - an answer that nobody thought of must not end the service
            reason = f"unexpected {type(error).__name__}"
            return self._complain(reason, f"{reason}, please report {write_crash_log(error)}")
        self._last_reason = ""
        return pause

    def _complain(self, reason: str, words: str) -> float:
        if reason != self._last_reason:
            self._log.error(f"{self._name} failed", reason=words)
        self._last_reason = reason
        return _AFTER_TROUBLE


class _Pings:
    """Says in the log what was told, and once what is wrong with a hub."""

    def __init__(self, opened: Context, log: Any) -> None:
        self._opened = opened
        self._log = log
        self._known: set[tuple[str, str]] = set()

    def __call__(self) -> None:
        report = ping_hubs(self._opened)
        if report.told:
            self._log.info("hubs told", files=report.told, hubs=report.hubs)
        for hub, reason in report.failing:
            if (hub, reason) not in self._known:
                self._log.warning("hub fails", hub=hub, reason=reason)
        self._known = set(report.failing)


class _OwnHub:
    def __init__(self, opened: Context, log: Any) -> None:
        self._opened = opened
        self._log = log

    def __call__(self) -> None:
        outcomes = serve_hub(self._opened)
        if outcomes:
            self._log.info("hub", **{name.replace(" ", "_"): number for name, number in sorted(outcomes.items())})
