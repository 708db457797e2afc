"""The ledger in the hands of a person: what became of each reader of an issue, and what is to be done about it.

Beside a sender that runs, every change is a compare-and-set: what a sender holds is left alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, exists, false, literal, or_, select, update

from publisher.addresses import identity_key
from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueState
from publisher.model.subscriber import SubscriberState
from publisher.storage.connection import Connection
from publisher.storage.database import Database
from publisher.storage.deliveries import Claim
from publisher.storage.schema import (
    USE_WAITING,
    attempts,
    deliveries,
    is_waiting,
    issues,
    subscribers,
    subscriptions,
)

_PAGE = 1000
_DISMISSED = "it is not known whether they have it; a person decided that they need not get it again"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One answer. `code` is the SMTP reply code, 0 without one; `state` what the delivery became."""

    number: int
    at: datetime
    server: str
    code: int
    enhanced: str
    reply: str
    state: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One reader of an issue. `attempts` counts the tries, `tries` are those whose answers were kept."""

    subscriber_id: int
    email: str
    state: DeliveryState
    attempts: int
    due_at: datetime
    settled_at: datetime | None
    message_id: str
    code: int
    reply: str
    tries: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """Somebody who receives a newsletter now, or was to get the issue, and has no accepted message of it.

    Without a row, `state` is None; `since` is when the subscription began.
    """

    subscriber_id: int
    email: str
    state: DeliveryState | None
    code: int
    reply: str
    since: datetime | None


def iterate_entries(database: Database, issue_id: int, states: Collection[DeliveryState] = ()) -> Iterator[Entry]:
    """Every delivery of an issue, or those in `states`, by subscriber; a page at a time, so that no sender waits."""
    last = 0
    while True:
        with database.read() as connection:
            page = _read_entries(connection, issue_id, states, last)
        if not page:
            return
        yield from page
        last = page[-1].subscriber_id


def iterate_missing(database: Database, issue_id: int) -> Iterator[Missing]:
    """Who has no accepted message of the issue, by subscriber."""
    last = 0
    while True:
        with database.read() as connection:
            page = _read_missing(connection, issue_id, last)
        if not page:
            return
        yield from page
        last = page[-1].subscriber_id


def load_tries(connection: Connection, issue_id: int, ids: Sequence[int]) -> dict[int, list[Attempt]]:
    """The attempts of some readers of an issue, in order."""
    query = (
        select(attempts)
        .where(attempts.c.issue_id == issue_id, attempts.c.subscriber_id.in_(ids))
        .order_by(attempts.c.subscriber_id, attempts.c.number)
    )
    found: dict[int, list[Attempt]] = {}
    for row in connection.execute(query):
        found.setdefault(row.subscriber_id, []).append(_attempt(row))
    return found


def load_tries_of(connection: Connection, subscriber_id: int) -> dict[int, list[Attempt]]:
    """The attempts of one reader by issue, in order; one look for each issue there is."""
    is_theirs = attempts.c.issue_id.in_(select(issues.c.id)), attempts.c.subscriber_id == subscriber_id
    found: dict[int, list[Attempt]] = {}
    for row in connection.execute(select(attempts).where(*is_theirs).order_by(attempts.c.issue_id, attempts.c.number)):
        found.setdefault(row.issue_id, []).append(_attempt(row))
    return found


def _attempt(row: Row[Any]) -> Attempt:
    return Attempt(row.number, row.at, row.server, row.code, row.enhanced, row.reply, row.state)


def find_readers(connection: Connection, issue_id: int, emails: Collection[str]) -> dict[str, int]:
    """Subscriber ids of those of `emails` that have a delivery of the issue."""
    by_key = {identity_key(email): email for email in emails}
    query = (
        select(subscribers.c.email_key, subscribers.c.id)
        .join(deliveries, deliveries.c.subscriber_id == subscribers.c.id)
        .where(deliveries.c.issue_id == issue_id, subscribers.c.email_key.in_(list(by_key)))
    )
    return {by_key[key]: id_ for key, id_ in connection.execute(query)}


def resume(connection: Connection, issue_id: int) -> bool:
    """A paused issue goes on, as what it was. False when it is not paused."""
    has_begun = exists().where(deliveries.c.issue_id == issue_id, deliveries.c.attempts > 0)
    state = case((has_begun, IssueState.SENDING.value), else_=IssueState.FROZEN.value)
    statement = update(issues).where(issues.c.id == issue_id, issues.c.state == IssueState.PAUSED)
    return connection.execute(statement.values(state=state, pause_reason=None)).rowcount == 1


def requeue(
    connection: Connection,
    issue_id: int,
    states: Collection[DeliveryState],
    now: datetime,
    only: Sequence[int] | None = None,
) -> int:
    """Deliveries in `states` (of the subscribers `only`) are due at once; an issue that was done goes on.

    Message-ID, date and number of attempts stay. Nothing in a draft or a cancelled issue. Returns how many.
    """
    may_go_on = exists().where(issues.c.id == issue_id, issues.c.state.not_in([IssueState.DRAFT, IssueState.CANCELLED]))
    chosen = and_(_in_states(issue_id, states, only), may_go_on)
    changed = {"state": DeliveryState.QUEUED, "due_at": now, "settled_at": None}
    number = connection.execute(update(deliveries).where(chosen).values(changed)).rowcount
    if number:
        reopened = update(issues).where(issues.c.id == issue_id, issues.c.state == IssueState.DONE)
        connection.execute(reopened.values(state=IssueState.SENDING))
    return number


def dismiss(connection: Connection, issue_id: int, now: datetime, only: Sequence[int] | None = None) -> int:
    """Uncertain deliveries (of the subscribers `only`) are not sent again. Returns how many."""
    statement = update(deliveries).where(_in_states(issue_id, [DeliveryState.UNCERTAIN], only))
    return connection.execute(
        statement.values(state=DeliveryState.SUPPRESSED, reply=_DISMISSED, settled_at=now)
    ).rowcount


def postpone(connection: Connection, claims: Sequence[tuple[Claim, datetime]]) -> None:
    """Give back what was claimed and not started, each not to be taken again before its moment."""
    for item, due_at in claims:
        connection.execute(
            update(deliveries)
            .where(
                deliveries.c.issue_id == item.delivery.issue_id,
                deliveries.c.subscriber_id == item.delivery.subscriber_id,
                deliveries.c.owner == item.owner,
                deliveries.c.epoch == item.epoch,
                deliveries.c.state == DeliveryState.CLAIMED,
            )
            .values(state=_waiting_again(), due_at=due_at, owner=None, lease_until=None)
        )


def list_put_off(connection: Connection, issue_ids: Sequence[int], beyond: datetime) -> list[int]:
    """Those of these issues that have a delivery which waits until after `beyond`."""
    waits = deliveries.c.due_at > beyond
    query = select(deliveries.c.subscriber_id).with_hint(deliveries, USE_WAITING, "sqlite").where(is_waiting, waits)
    return [
        issue_id
        for issue_id in issue_ids
        if connection.execute(query.where(deliveries.c.issue_id == issue_id).limit(1)).first() is not None
    ]


def bring_back(connection: Connection, issue_id: int, beyond: datetime, now: datetime) -> int:
    """What waits until after `beyond` is due now; returns how many."""
    chosen = (deliveries.c.issue_id == issue_id, is_waiting, deliveries.c.due_at > beyond)
    return connection.execute(update(deliveries).where(*chosen).values(due_at=now)).rowcount


def _read_entries(connection: Connection, issue_id: int, states: Collection[DeliveryState], after: int) -> list[Entry]:
    query = (
        select(deliveries, subscribers.c.email)
        .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
        .where(deliveries.c.issue_id == issue_id, deliveries.c.subscriber_id > after)
        .order_by(deliveries.c.subscriber_id)
        .limit(_PAGE)
    )
    if states:
        query = query.where(deliveries.c.state.in_(states))
    rows = connection.execute(query).all()
    tries = load_tries(connection, issue_id, [row.subscriber_id for row in rows])
    return [
        Entry(
            subscriber_id=row.subscriber_id,
            email=row.email,
            state=DeliveryState(row.state),
            attempts=row.attempts,
            due_at=row.due_at,
            settled_at=row.settled_at,
            message_id=row.message_id or "",
            code=row.code or 0,
            reply=row.reply or "",
            tries=tuple(tries.get(row.subscriber_id, ())),
        )
        for row in rows
    ]


def _read_missing(connection: Connection, issue_id: int, after: int) -> list[Missing]:
    newsletter = select(issues.c.newsletter).where(issues.c.id == issue_id).scalar_subquery()
    own = and_(deliveries.c.subscriber_id == subscribers.c.id, deliveries.c.issue_id == issue_id)
    runs = and_(
        subscriptions.c.subscriber_id == subscribers.c.id,
        subscriptions.c.newsletter == newsletter,
        subscriptions.c.ended_at.is_(None),
        subscribers.c.state == SubscriberState.ACTIVE,
    )
    columns = (subscribers.c.id, subscribers.c.email, deliveries.c.state, deliveries.c.code, deliveries.c.reply)
    query = (
        select(*columns, subscriptions.c.since)
        .select_from(subscribers.outerjoin(deliveries, own).outerjoin(subscriptions, runs))
        .where(
            subscribers.c.id > after,
            or_(
                deliveries.c.state.not_in([DeliveryState.ACCEPTED, DeliveryState.COMPLAINED]),
                and_(deliveries.c.state.is_(None), subscriptions.c.since.is_not(None)),
            ),
        )
        .order_by(subscribers.c.id)
        .limit(_PAGE)
    )
    return [
        Missing(
            row.id,
            row.email,
            DeliveryState(row.state) if row.state else None,
            row.code or 0,
            row.reply or "",
            row.since,
        )
        for row in connection.execute(query)
    ]


def _in_states(issue_id: int, states: Collection[DeliveryState], only: Sequence[int] | None) -> ColumnElement[bool]:
    chosen = and_(deliveries.c.issue_id == issue_id, deliveries.c.state.in_(states))
    if only is None:
        return chosen
    return and_(chosen, deliveries.c.subscriber_id.in_(only) if only else false())


def _waiting_again() -> ColumnElement[str]:
    """What waits in a cancelled issue would wait for ever."""
    is_cancelled = exists().where(issues.c.id == deliveries.c.issue_id, issues.c.state == IssueState.CANCELLED)
    return case(
        (is_cancelled.correlate(deliveries), literal(DeliveryState.SUPPRESSED.value)),
        else_=literal(DeliveryState.QUEUED.value),
    )
