"""Rows of our own hub: who has subscribed to which feed, what waits to be asked of them, and what to be sent.

Work is claimed before it is done, so that two processes do not do it twice, and settled by its claim. What a crash
leaves claimed is free again when `held_until` has come.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from publisher.model.hub import HubMode, HubQuestion, HubSubscription
from publisher.storage.connection import Connection
from publisher.storage.schema import hub_questions, hub_subscriptions, hub_turns

_KEY = ("topic", "callback")
_FREE: dict[str, object] = {"claim": None, "held_until": None}
_QUESTION = tuple(hub_questions.c["lease_seconds" if name == "lease" else name] for name in HubQuestion.__slots__)
_SUBSCRIPTION = tuple(hub_subscriptions.c[name] for name in HubSubscription.__slots__)


@dataclass(frozen=True, slots=True)
class HubCounts:
    """`waiting`: subscribers that a change is still to be sent to; `dropped`: changes that were given up."""

    subscriptions: int = 0
    questions: int = 0
    waiting: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Farthest:
    """How far ahead a moment can lie: when something is due, when a claim ends, when a subscription does."""

    wait: timedelta
    claim: timedelta
    lease: timedelta


# ---------------------------------------------------------------------------------------------------- questions


def save_question(connection: Connection, question: HubQuestion) -> None:
    """In place of what waited for this subscriber and feed; who is at work on that one learns that it is over."""
    values = {**asdict(question), "lease_seconds": int(question.lease.total_seconds()), **_FREE}
    del values["lease"]
    _upsert(connection, hub_questions, values, [name for name in values if name not in _KEY])


def take_turn(connection: Connection, host: str, now: datetime, pace: timedelta) -> datetime:
    """When this host may be asked one more question; the one after that comes `pace` later."""
    query = select(hub_turns.c.next_at).where(hub_turns.c.host == host)
    due = max(now, connection.execute(query).scalar_one_or_none() or now)
    statement = insert(hub_turns).values(host=host, next_at=due + pace)
    columns = {"next_at": statement.excluded.next_at}
    connection.execute(statement.on_conflict_do_update(index_elements=[hub_turns.c.host], set_=columns))
    return due


def forget_old_turns(connection: Connection, now: datetime) -> None:
    connection.execute(delete(hub_turns).where(hub_turns.c.next_at <= now))


def question_due(connection: Connection, topic: str, callback: str) -> datetime | None:
    """When a question that waits, and that nobody is at work on, is to be asked."""
    table = hub_questions
    query = select(table.c.due_at).where(*_is(table, topic, callback), table.c.claim.is_(None))
    return connection.execute(query).scalar_one_or_none()


def has_question(connection: Connection, topic: str, callback: str) -> bool:
    query = select(hub_questions.c.topic).where(*_is(hub_questions, topic, callback))
    return connection.execute(query).first() is not None


def find_question(connection: Connection, claimed: HubQuestion, claim: str) -> HubQuestion | None:
    """None when it was replaced, or taken by somebody else, in the meantime."""
    table = hub_questions
    query = select(*_QUESTION).where(*_is(table, claimed.topic, claimed.callback), table.c.claim == claim)
    row = connection.execute(query).one_or_none()
    return _question(row) if row else None


def end_question(connection: Connection, question: HubQuestion) -> None:
    connection.execute(delete(hub_questions).where(*_is(hub_questions, question.topic, question.callback)))


def claim_question(
    connection: Connection, now: datetime, lease: timedelta, busy: Collection[str]
) -> tuple[str, HubQuestion] | None:
    """The one that is due first, of no host in `busy`, with the claim it is settled by."""
    row = _first_due(connection, hub_questions, _QUESTION, now, busy)
    return None if row is None else (_claim(connection, hub_questions, row, now + lease), _question(row))


# ---------------------------------------------------------------------------------------------------- subscriptions


def save_subscription(connection: Connection, subscription: HubSubscription) -> None:
    """Who is sending to it goes on doing so."""
    values = asdict(subscription)
    _upsert(connection, hub_subscriptions, values, [name for name in values if name not in _KEY])


def find_subscription(connection: Connection, topic: str, callback: str) -> HubSubscription | None:
    query = select(*_SUBSCRIPTION).where(*_is(hub_subscriptions, topic, callback))
    row = connection.execute(query).one_or_none()
    return _subscription(row) if row else None


def find_claimed(connection: Connection, claimed: HubSubscription, claim: str) -> HubSubscription | None:
    """None when it has ended, or was taken by somebody else, in the meantime."""
    table = hub_subscriptions
    query = select(*_SUBSCRIPTION).where(*_is(table, claimed.topic, claimed.callback), table.c.claim == claim)
    row = connection.execute(query).one_or_none()
    return _subscription(row) if row else None


def release(connection: Connection, subscription: HubSubscription) -> None:
    where = _is(hub_subscriptions, subscription.topic, subscription.callback)
    connection.execute(update(hub_subscriptions).where(*where).values(**_FREE))


def end_subscription(connection: Connection, topic: str, callback: str) -> None:
    connection.execute(delete(hub_subscriptions).where(*_is(hub_subscriptions, topic, callback)))


def subscriptions_to(connection: Connection, topic: str) -> list[HubSubscription]:
    query = select(*_SUBSCRIPTION).where(hub_subscriptions.c.topic == topic).order_by(hub_subscriptions.c.callback)
    return [_subscription(row) for row in connection.execute(query)]


def mark_changed(connection: Connection, topics: Sequence[str], now: datetime) -> None:
    """A new version is due at once, also to those who failed with the one before."""
    table = hub_subscriptions
    values = {"version": table.c.version + 1, "due_at": now, "since": now, "attempts": 0}
    if topics:
        statement = update(table).where(table.c.topic == bindparam("changed")).values(**values)
        connection.execute(statement, [{"changed": topic} for topic in topics])


def claim_send(
    connection: Connection, now: datetime, lease: timedelta, busy: Collection[str]
) -> tuple[str, HubSubscription] | None:
    """As `claim_question`, of those whose lease is not over."""
    row = _first_send(connection, now, busy)
    if row is None:
        return None
    return _claim(connection, hub_subscriptions, row, now + lease), _subscription(row)


def end_old_subscriptions(connection: Connection, now: datetime) -> int:
    return connection.execute(delete(hub_subscriptions).where(hub_subscriptions.c.lease_until <= now)).rowcount


# ---------------------------------------------------------------------------------------------------- both


def bring_back(connection: Connection, farthest: Farthest, now: datetime) -> int:
    """What a clock that was ahead has put off further than anything is put off is due now, or ends as if it began now.

    Returns for how many questions and subscriptions.
    """
    moved = 0
    for table in (hub_questions, hub_subscriptions):
        waits = table.c.due_at.is_not(None)
        statement = update(table).where(table.c.due_at > now + farthest.wait).values(due_at=now)
        moved += connection.execute(statement).rowcount
        statement = update(table).where(waits, table.c.held_until > now + farthest.claim).values(**_FREE)
        moved += connection.execute(statement).rowcount
    connection.execute(
        update(hub_subscriptions)
        .where(hub_subscriptions.c.due_at.is_not(None), hub_subscriptions.c.since > now)
        .values(since=now)
    )
    connection.execute(
        update(hub_subscriptions)
        .where(hub_subscriptions.c.lease_until > now + farthest.lease)
        .values(lease_until=now + farthest.lease)
    )
    connection.execute(delete(hub_turns).where(hub_turns.c.next_at > now + farthest.wait))
    return moved


def has_hub_work(connection: Connection, now: datetime, busy: Collection[str]) -> bool:
    """Whether there is something to claim."""
    has_question = _first_due(connection, hub_questions, _QUESTION, now, busy) is not None
    return has_question or _first_send(connection, now, busy) is not None


def next_hub_work(connection: Connection) -> datetime | None:
    """When something is due next, what is held not before it is free again."""
    moments: list[datetime] = []
    for table in (hub_questions, hub_subscriptions):
        is_free = table.c.held_until.is_(None)
        waiting = table.c.due_at.is_not(None)
        for column, condition in ((table.c.due_at, is_free), (table.c.held_until, ~is_free)):
            found = connection.execute(select(func.min(column)).where(waiting, condition)).scalar_one_or_none()
            moments += [found] if found is not None else []
    return min(moments, default=None)


def count_of_host(connection: Connection, host: str) -> HubCounts:
    """Subscriptions and questions only."""
    held, asked = (
        connection.execute(select(func.count()).select_from(table).where(table.c.host == host)).scalar_one()
        for table in (hub_subscriptions, hub_questions)
    )
    return HubCounts(subscriptions=held, questions=asked)


def count_hub(connection: Connection) -> HubCounts:
    table = hub_subscriptions
    query = select(func.count(), func.count(table.c.due_at), func.coalesce(func.sum(table.c.dropped), 0))
    subscriptions, waiting, dropped = connection.execute(query).one()
    questions = connection.execute(select(func.count()).select_from(hub_questions)).scalar_one()
    return HubCounts(subscriptions, questions, waiting, dropped)


def _first_send(connection: Connection, now: datetime, busy: Collection[str]) -> Row[Any] | None:
    has_lease = hub_subscriptions.c.lease_until > now
    return _first_due(connection, hub_subscriptions, _SUBSCRIPTION, now, busy, has_lease)


def _first_due(
    connection: Connection,
    table: Table,
    columns: Sequence[ColumnElement[Any]],
    now: datetime,
    busy: Collection[str],
    *more: ColumnElement[bool],
) -> Row[Any] | None:
    is_due = and_(table.c.due_at.is_not(None), table.c.due_at <= now)
    is_free = or_(table.c.held_until.is_(None), table.c.held_until <= now)
    query = select(*columns).where(is_due, is_free, table.c.host.not_in(list(busy)), *more)
    return connection.execute(query.order_by(table.c.due_at).limit(1)).one_or_none()


def _claim(connection: Connection, table: Table, row: Row[Any], until: datetime) -> str:
    claim = token_hex(12)
    where = _is(table, row.topic, row.callback)
    connection.execute(update(table).where(*where).values(claim=claim, held_until=until))
    return claim


def _is(table: Table, topic: str, callback: str) -> tuple[ColumnElement[bool], ...]:
    return (table.c.topic == topic, table.c.callback == callback)


def _upsert(connection: Connection, table: Table, values: dict[str, Any], changed: Sequence[str]) -> None:
    statement = insert(table).values(**values)
    columns = {name: statement.excluded[name] for name in changed}
    connection.execute(statement.on_conflict_do_update(index_elements=[table.c[key] for key in _KEY], set_=columns))


def _question(row: Row[Any]) -> HubQuestion:
    return HubQuestion(
        mode=HubMode(row.mode),
        topic=row.topic,
        callback=row.callback,
        host=row.host,
        secret=row.secret,
        lease=timedelta(seconds=row.lease_seconds),
        due_at=row.due_at,
        attempts=row.attempts,
    )


def _subscription(row: Any) -> HubSubscription:
    return HubSubscription(*row)
