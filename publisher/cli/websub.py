"""WebSub on the command line: hubs told after a build; hubs told and our own served beside whatever else goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from publisher.app.context import Context
from publisher.cli import output

if TYPE_CHECKING:  # most builds have no hub to tell, and none has our own at work
    from publisher.app.pinging import PingReport
    from publisher.app.websubstatus import WebSubStatus
    from publisher.cli.loop import Loop
    from publisher.config import Config


def tell_hubs(opened: Context) -> PingReport | None:
    """What a build has to tell them, as long as it may take. None: there is no hub of others."""
    if not _has_hubs(opened.config):
        return None
    from publisher.app.pinging import BUILD_SECONDS, ping_hubs

    return ping_hubs(opened, seconds=BUILD_SECONDS)


def _has_hubs(config: Config) -> bool:
    return bool(config.other_hub_urls or config.websub.rsscloud)


def print_pings(report: PingReport | None) -> None:
    """Nothing when there was nothing to tell; what is wrong with a hub is a note, and no failure of ours."""
    if report is None:
        return
    if report.told:
        files = output.count(report.told, "changed feed file")
        typer.echo(f"Told {output.count(report.hubs, 'hub')} of {files}.")
    for hub, reason in report.failing:
        output.warn(f"note: the hub {hub}: {reason}")
    if report.waiting:
        waiting = output.count(report.waiting, "message to hubs waits", "messages to hubs wait")
        output.warn(f"note: {waiting} for the next run")


def pings_as_mapping(report: PingReport | None) -> dict[str, object]:
    if report is None:
        return {"told": 0, "waiting": 0, "failing": []}
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
    from publisher.app.pinging import pause_of_pings
    from publisher.cli.loop import Loop

    config = opened.config
    loops: list[Loop] = []
    if _has_hubs(config):
        loops.append(Loop(opened, log, "pings", opened.ping_wake, _Pings(opened, log), pause_of_pings))
    if config.has_own_hub:
        from publisher.app.distributing import pause_of_hub

        loops.append(Loop(opened, log, "hub", opened.hub_wake, _OwnHub(opened, log), pause_of_hub))
    for loop in loops:
        loop.start()
    try:
        yield
    finally:
        opened.stop.set()
        for loop in loops:
            loop.end()


class _Pings:
    """Says in the log what was told, and once what is wrong with a hub."""

    def __init__(self, opened: Context, log: Any) -> None:
        self._opened = opened
        self._log = log
        self._known: set[tuple[str, str]] = set()

    def __call__(self) -> None:
        from publisher.app.pinging import ping_hubs

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
        from publisher.app.distributing import serve_hub

        outcomes = serve_hub(self._opened)
        if outcomes:
            self._log.info("hub", **{name.replace(" ", "_"): number for name, number in sorted(outcomes.items())})
