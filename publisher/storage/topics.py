"""Rows of the feed documents that can be subscribed to, and of which of them which hub is to be told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from publisher.model.topic import Topic
from publisher.storage.schema import hubs, pings, topics

_FIELDS = tuple(topics.c[name] for name in Topic.__slots__)


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


# ---------------------------------------------------------------------------------------------------- topics


def load_topics(connection: Connection) -> dict[str, Topic]:
    """By URL."""
    return {row.url: Topic(*row) for row in connection.execute(select(*_FIELDS))}


def has_topics(connection: Connection) -> bool:
    return connection.execute(select(topics.c.url).limit(1)).first() is not None


def find_topic(connection: Connection, url: str) -> Topic | None:
    row = connection.execute(select(*_FIELDS).where(topics.c.url == url)).one_or_none()
    return Topic(*row) if row else None


def save_topics(connection: Connection, changed: Sequence[Topic]) -> None:
    if not changed:
        return
    statement = insert(topics)
    columns = {name: statement.excluded[name] for name in Topic.__slots__}
    connection.execute(
        statement.on_conflict_do_update(index_elements=[topics.c.url], set_=columns), [asdict(one) for one in changed]
    )


def forget_topics(connection: Connection, urls: Sequence[str]) -> None:
    """Of what is no more, nobody is told."""
    for table, column in ((topics, topics.c.url), (pings, pings.c.topic)):
        if urls:
            connection.execute(delete(table).where(column == bindparam("gone")), [{"gone": url} for url in urls])


# ---------------------------------------------------------------------------------------------------- pings


def add_pings(connection: Connection, hub: str, changed: Sequence[Topic], now: datetime) -> None:
    """A feed that waits already goes on waiting, with its newest version."""
    if not changed:
        return
    statement = insert(pings)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[pings.c.hub, pings.c.topic],
            set_={"since": statement.excluded.since, "sha256": statement.excluded.sha256},
        ),
        [{"hub": hub, "topic": topic.url, "since": now, "sha256": topic.sha256} for topic in changed],
    )


def waiting_pings(connection: Connection, hub: str, limit: int) -> list[WaitingPing]:
    """Those that failed least come first, so that one a hub chokes on does not keep it from the others; among those,
    the feed of the whole site, which has the shortest address."""
    columns = (pings.c[name] for name in WaitingPing.__slots__)
    order = (pings.c.attempts, func.length(pings.c.topic), pings.c.topic)
    query = select(*columns).where(pings.c.hub == hub).order_by(*order).limit(limit)
    return [WaitingPing(*row) for row in connection.execute(query)]


def hubs_with_pings(connection: Connection) -> list[str]:
    return list(connection.execute(select(pings.c.hub).distinct()).scalars())


def count_pings(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(pings)).scalar_one()


def end_pings(connection: Connection, hub: str, done: Iterable[WaitingPing]) -> None:
    """A feed that has changed since goes on waiting."""
    for one in done:
        connection.execute(delete(pings).where(*_same(hub, one)))


def put_off_pings(connection: Connection, hub: str, failed: Iterable[WaitingPing], now: datetime) -> None:
    """One that waits since a moment of a clock that was ahead waits since now."""
    for one in failed:
        values = {"attempts": one.attempts + 1, "since": min(one.since, now)}
        connection.execute(update(pings).where(*_same(hub, one)).values(values))


def _same(hub: str, one: WaitingPing) -> tuple[ColumnElement[bool], ...]:
    return (pings.c.hub == hub, pings.c.topic == one.topic, pings.c.sha256 == one.sha256)


def drop_old_pings(connection: Connection, hub: str, before: datetime) -> int:
    """How many were given up."""
    return connection.execute(delete(pings).where(pings.c.hub == hub, pings.c.since < before)).rowcount


# ---------------------------------------------------------------------------------------------------- hubs


def load_hubs(connection: Connection) -> dict[str, Hub]:
    """By URL."""
    columns = (hubs.c[name] for name in Hub.__slots__)
    return {row.url: Hub(*row) for row in connection.execute(select(*columns))}


def save_hub(connection: Connection, hub: Hub) -> None:
    statement = insert(hubs).values(**asdict(hub))
    columns = {name: statement.excluded[name] for name in Hub.__slots__ if name != "url"}
    connection.execute(statement.on_conflict_do_update(index_elements=[hubs.c.url], set_=columns))


def add_hub(connection: Connection, url: str) -> None:
    """From now on it is known, however it is doing."""
    connection.execute(insert(hubs).values(url=url).on_conflict_do_nothing())


def forget_other_hubs(connection: Connection, urls: Collection[str]) -> None:
    """Whoever is taken out of the config hears nothing more."""
    connection.execute(delete(hubs).where(hubs.c.url.not_in(list(urls))))
    connection.execute(delete(pings).where(pings.c.hub.not_in(list(urls))))
