"""Rows of the feed documents that can be subscribed to, and of which of them which hub is to be told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from publisher.model.topic import Topic
from publisher.storage.connection import Connection
from publisher.storage.instants import read_instant, write_instant
from publisher.storage.statements import AMONG, list_of, select, upsert


@dataclass(frozen=True, slots=True)
class Hub:
    """How a hub is doing. `due_at`: it is not asked before; `problem`: what is wrong with it since `failing_since`.

    `failures` counts those in a row, `dropped` the feeds that it was never told of.
    """

    url: str
    due_at: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    problem: str | None = None
    told_at: datetime | None = None
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class WaitingPing:
    """`sha256` is the version of the feed that made it wait; another one is another ping."""

    topic: str
    since: datetime
    sha256: str
    attempts: int


_TOPIC = Topic.__slots__
_PING = WaitingPing.__slots__
_HUB = Hub.__slots__
_LOAD_TOPICS = select("topics", _TOPIC)
_SAVE_TOPIC = upsert("topics", _TOPIC, ["url"])
_ADD_PING = upsert("pings", ["hub", "topic", "since", "sha256"], ["hub", "topic"])
_LOAD_PINGS = select("pings", _PING, "WHERE hub = ? ORDER BY attempts, length(topic), topic LIMIT ?")
_IS_SAME = "hub = ? AND topic = ? AND sha256 = ?"
_END_PING = f"DELETE FROM pings WHERE {_IS_SAME}"  # noqa: S608 - words of ours
_PUT_OFF_PING = f"UPDATE pings SET attempts = ?, since = ? WHERE {_IS_SAME}"  # noqa: S608 - words of ours
_LOAD_HUBS = select("hubs", _HUB)
_SAVE_HUB = upsert("hubs", _HUB, ["url"])

# ---------------------------------------------------------------------------------------------------- topics


def load_topics(connection: Connection) -> dict[str, Topic]:
    """By URL."""
    return {row[0]: Topic(*row) for row in connection.fetch(_LOAD_TOPICS)}


def has_topics(connection: Connection) -> bool:
    return bool(connection.fetch("SELECT 1 FROM topics LIMIT 1"))


def find_topic(connection: Connection, url: str) -> Topic | None:
    rows = connection.fetch(f"{_LOAD_TOPICS} WHERE url = ?", (url,))
    return Topic(*rows[0]) if rows else None


def save_topics(connection: Connection, changed: Sequence[Topic]) -> None:
    connection.run_many(_SAVE_TOPIC, map(attrgetter(*_TOPIC), changed))


def forget_topics(connection: Connection, urls: Sequence[str]) -> None:
    """Of what is no more, nobody is told."""
    connection.run_many("DELETE FROM topics WHERE url = ?", ((url,) for url in urls))
    connection.run_many("DELETE FROM pings WHERE topic = ?", ((url,) for url in urls))


# ---------------------------------------------------------------------------------------------------- pings


def add_pings(connection: Connection, hub: str, changed: Sequence[Topic], now: datetime) -> None:
    """A feed that waits already goes on waiting, with its newest version."""
    moment = write_instant(now)
    connection.run_many(_ADD_PING, ((hub, topic.url, moment, topic.sha256) for topic in changed))


def waiting_pings(connection: Connection, hub: str, limit: int) -> list[WaitingPing]:
    """Those that failed least come first, so that one a hub chokes on does not keep it from the others; among those,
    the feed of the whole site, which has the shortest address."""
    rows = connection.fetch(_LOAD_PINGS, (hub, limit))
    return [WaitingPing(topic, read_instant(since), sha256, attempts) for topic, since, sha256, attempts in rows]


def hubs_with_pings(connection: Connection) -> list[str]:
    return [hub for (hub,) in connection.fetch("SELECT DISTINCT hub FROM pings")]


def count_pings(connection: Connection) -> int:
    ((number,),) = connection.fetch("SELECT count(*) FROM pings")
    return int(number)


def end_pings(connection: Connection, hub: str, done: Iterable[WaitingPing]) -> None:
    """A feed that has changed since goes on waiting."""
    connection.run_many(_END_PING, ((hub, one.topic, one.sha256) for one in done))


def put_off_pings(connection: Connection, hub: str, failed: Iterable[WaitingPing], now: datetime) -> None:
    """One that waits since a moment of a clock that was ahead waits since now."""
    rows = ((one.attempts + 1, write_instant(min(one.since, now)), hub, one.topic, one.sha256) for one in failed)
    connection.run_many(_PUT_OFF_PING, rows)


def drop_old_pings(connection: Connection, hub: str, before: datetime) -> int:
    """How many were given up."""
    return connection.run("DELETE FROM pings WHERE hub = ? AND since < ?", (hub, write_instant(before)))


# ---------------------------------------------------------------------------------------------------- hubs


def load_hubs(connection: Connection) -> dict[str, Hub]:
    """By URL."""
    return {
        url: Hub(url, read_instant(due_at), failures, read_instant(since), problem, read_instant(told_at), dropped)
        for url, due_at, failures, since, problem, told_at, dropped in connection.fetch(_LOAD_HUBS)
    }


def save_hub(connection: Connection, hub: Hub) -> None:
    moments = write_instant(hub.due_at), hub.failures, write_instant(hub.failing_since)
    connection.run(_SAVE_HUB, (hub.url, *moments, hub.problem, write_instant(hub.told_at), hub.dropped))


def add_hub(connection: Connection, url: str) -> None:
    """From now on it is known, however it is doing."""
    connection.run("INSERT INTO hubs (url) VALUES (?) ON CONFLICT DO NOTHING", (url,))


def forget_other_hubs(connection: Connection, urls: Collection[str]) -> None:
    """Whoever is taken out of the config hears nothing more."""
    for table, column in (("hubs", "url"), ("pings", "hub")):
        connection.run(f"DELETE FROM {table} WHERE {column} NOT {AMONG}", [list_of(urls)])  # noqa: S608 - words of ours
