"""The verb `ping_hubs`: hubs of others, and the rssCloud server, are told of the feeds that wait for it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from publisher.app.context import Context
from publisher.errors import FetchError
from publisher.hub.pings import (
    GIVE_UP_AFTER,
    LONGEST_RETRY_AFTER,
    Ping,
    PingOutcome,
    Protocol,
    explain_status,
    judge_ping,
    make_pings,
    next_ping,
)
from publisher.storage import topics
from publisher.storage.topics import Hub, WaitingPing

BUILD_SECONDS = 10.0  # that a build may take longer for its hubs
_REQUEST_SECONDS = 10.0
LONGEST_PAUSE = 60.0  # seconds; a build in another process tells hubs by itself, and leaves what fails to us
_AT_ONCE = 8  # hubs
_MOST_PINGS = 1_000  # in one go, of one hub; the rest comes in the next
_SHORTEST_REQUEST = 2.0  # a hub that is not given more would fail through no fault of its own


@dataclass(slots=True)
class PingReport:
    """`told` counts feed documents, for each hub; `failing` are hubs and what is wrong with them."""

    told: int = 0
    hubs: int = 0
    waiting: int = 0
    failing: list[tuple[str, str]] = field(default_factory=list)


def ping_hubs(context: Context, *, seconds: float | None = None) -> PingReport:
    """Every hub that is due, all at the same time. What is not said within `seconds`, or failed, waits for the next
    call. Raises nothing for what a hub does."""
    report = PingReport()
    hubs = [(hub, Protocol.WEBSUB) for hub in context.config.other_hub_urls]
    hubs += [(context.config.websub.rsscloud, Protocol.RSSCLOUD)] if context.config.websub.rsscloud else []
    if not hubs:
        return report
    end = time.monotonic() + seconds if seconds is not None else None
    with context.database.read() as connection:
        states = topics.load_hubs(connection)
        due = [
            _HubJob(context, states.get(hub) or Hub(hub), protocol, waiting, end)
            for hub, protocol in hubs
            if (waiting := topics.waiting_pings(connection, hub, _MOST_PINGS))
            and _is_due(states.get(hub), context.clock())
        ]
    if due:
        with ThreadPoolExecutor(min(_AT_ONCE, len(due)), thread_name_prefix="ping") as pool:
            for told in pool.map(_HubJob.run, due):
                report.told += told
                report.hubs += bool(told)
    with context.database.read() as connection:
        report.waiting = topics.count_pings(connection)
        report.failing = [(hub.url, hub.problem) for hub in topics.load_hubs(connection).values() if hub.problem]
    return report


def pause_of_pings(context: Context) -> float:
    """Seconds until a hub is to be told something; never longer than `LONGEST_PAUSE`."""
    with context.database.read() as connection:
        states = topics.load_hubs(connection)
        urls = topics.hubs_with_pings(connection)
    now = context.clock()
    left = (_wait_of(states.get(url), now).total_seconds() for url in urls)
    return min((min(pause, LONGEST_PAUSE) for pause in left), default=LONGEST_PAUSE)


class _HubJob:
    """One hub, told of one feed after the other until it fails."""

    def __init__(
        self, context: Context, hub: Hub, protocol: Protocol, waiting: Sequence[WaitingPing], end: float | None
    ) -> None:
        self._context = context
        self._hub = hub
        self._protocol = protocol
        self._waiting = {ping.topic: ping for ping in waiting}
        self._end = end

    def run(self) -> int:
        """How many feeds the hub was told of."""
        told = 0
        for ping in make_pings(self._hub.url, self._protocol, list(self._waiting)):
            left = _REQUEST_SECONDS if self._end is None else min(_REQUEST_SECONDS, self._end - time.monotonic())
            if left < _SHORTEST_REQUEST or self._context.stop.is_set():
                break
            outcome = self._say(ping, float(round(left)))
            if outcome is PingOutcome.LATER:
                break
            told += len(ping.topics) if outcome is PingOutcome.TOLD else 0
        return told

    def _say(self, ping: Ping, seconds: float) -> PingOutcome:
        from publisher.fetch import Limits, post  # noqa: PLC0415 - httpx takes 0.3 s to load, and most sites have no hub

        config = self._context.config
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        limits = Limits(connect=min(seconds, 5.0), total=seconds)
        try:
            answer = post(
                ping.url, config.agent, ping.content, headers, allow_private=config.websub.allow_private, limits=limits
            )
        except FetchError as error:
            self._fail(ping, str(error), {})
            return PingOutcome.LATER
        outcome = judge_ping(answer.status)
        if outcome is PingOutcome.LATER:
            self._fail(ping, explain_status(answer.status, answer.headers), answer.headers)
        else:
            refusal = "" if outcome is PingOutcome.TOLD else explain_status(answer.status, answer.headers)
            self._settle(ping, refusal)
        return outcome

    def _settle(self, ping: Ping, refusal: str) -> None:
        """A refusal is remembered, and the feed is not spoken of again before its next change."""
        now = self._context.clock()
        hub = replace(self._hub, due_at=None, failures=0)
        if refusal:
            since = self._hub.failing_since or now
            self._hub = replace(hub, problem=refusal, failing_since=since, dropped=hub.dropped + len(ping.topics))
        else:
            self._hub = replace(hub, problem=None, failing_since=None, told_at=now)
        with self._context.database.write() as connection:
            topics.end_pings(connection, self._hub.url, self._take(ping))
            topics.save_hub(connection, self._hub)

    def _fail(self, ping: Ping, reason: str, headers: Mapping[str, str]) -> None:
        now = self._context.clock()
        failed = self._take(ping)
        failures = self._hub.failures + 1
        attempts = max(failures, *(one.attempts + 1 for one in failed))
        with self._context.database.write() as connection:
            dropped = topics.drop_old_pings(connection, self._hub.url, now - GIVE_UP_AFTER)
            topics.put_off_pings(connection, self._hub.url, failed, now)
            self._hub = replace(
                self._hub,
                due_at=next_ping(attempts, headers, now, self._hub.url),
                failures=failures,
                failing_since=self._hub.failing_since or now,
                problem=reason,
                dropped=self._hub.dropped + dropped,
            )
            topics.save_hub(connection, self._hub)

    def _take(self, ping: Ping) -> list[WaitingPing]:
        return [self._waiting[topic] for topic in ping.topics]


def _is_due(hub: Hub | None, now: datetime) -> bool:
    return not _wait_of(hub, now)


def _wait_of(hub: Hub | None, now: datetime) -> timedelta:
    """None for a moment further away than any wait: a clock has set it that had jumped."""
    wait = hub.due_at - now if hub is not None and hub.due_at is not None else timedelta(0)
    return max(wait, timedelta(0)) if wait <= LONGEST_RETRY_AFTER else timedelta(0)
