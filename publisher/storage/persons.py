"""All rows about one person: told, and taken away. The ledger's stay for their numbers, and name nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Update, and_, case, delete, exists, func, select, update

from publisher.addresses import identity_key, normalise
from publisher.model.delivery import DeliveryState
from publisher.model.subscriber import SubscriberState
from publisher.storage.connection import Connection
from publisher.storage.ledger import Attempt, load_tries_of
from publisher.storage.schema import (
    WAITING_STATES,
    attempts,
    bounces,
    consents,
    deliveries,
    issues,
    notices,
    requests,
    subscribers,
    subscriptions,
)

_UNSENT = (*WAITING_STATES, DeliveryState.CLAIMED)


@dataclass(frozen=True, slots=True)
class Received:
    """What the ledger says of an issue and one person."""

    issue_id: int
    newsletter: str
    subject: str
    state: str
    attempts: int
    date: datetime | None
    settled_at: datetime | None
    message_id: str
    code: int
    reply: str
    tries: tuple[Attempt, ...]


def find_received(connection: Connection, subscriber_id: int) -> list[Received]:
    """By issue, oldest first."""
    query = (
        select(deliveries, issues.c.newsletter, issues.c.subject)
        .join(issues, deliveries.c.issue_id == issues.c.id)
        .where(deliveries.c.subscriber_id == subscriber_id)
        .order_by(issues.c.id)
    )
    tries = load_tries_of(connection, subscriber_id)
    return [
        Received(
            issue_id=row.issue_id,
            newsletter=row.newsletter,
            subject=row.subject,
            state=row.state,
            attempts=row.attempts,
            date=row.date,
            settled_at=row.settled_at,
            message_id=row.message_id or "",
            code=row.code or 0,
            reply=row.reply or "",
            tries=tuple(tries.get(row.issue_id, ())),
        )
        for row in connection.execute(query)
    ]


def erase_person(connection: Connection, subscriber_id: int) -> None:
    """All that says who they are. What waits to be sent to them never is; who was sent something stays a number.

    A sender that holds one of their deliveries finds at its start that it holds it no more.
    """
    for table in (consents, requests, notices, subscriptions):
        connection.execute(delete(table).where(table.c.subscriber_id == subscriber_id))
    # What was read stays known, so that it counts for nobody else; a server's words may hold the address.
    connection.execute(
        update(bounces).where(bounces.c.subscriber_id == subscriber_id).values(subscriber_id=None, text="")
    )
    in_attempts = attempts.c.issue_id.in_(select(issues.c.id)), attempts.c.subscriber_id == subscriber_id
    connection.execute(update(attempts).where(*in_attempts).values(reply=""))
    theirs = _theirs(subscriber_id)
    if connection.execute(select(exists().where(theirs))).scalar_one():
        is_unsent = deliveries.c.state.in_(_UNSENT)
        connection.execute(
            update(deliveries)
            .where(theirs)
            .values(
                state=case((is_unsent, DeliveryState.SUPPRESSED.value), else_=deliveries.c.state),
                owner=case((is_unsent, None), else_=deliveries.c.owner),
                lease_until=case((is_unsent, None), else_=deliveries.c.lease_until),
                message_id=None,
                reply=None,
            )
        )
        connection.execute(_blank(subscriber_id))
    else:
        connection.execute(delete(subscribers).where(subscribers.c.id == subscriber_id))


def erase_address(connection: Connection, email: str) -> None:
    """Where it stands in what is held of others: who has asked to move there, and reports about nobody we know."""
    spellings = (normalise(email), identity_key(email))
    for table in (notices, requests):
        is_it = table.c.email.in_(spellings) | (func.lower(table.c.email) == spellings[1])
        connection.execute(delete(table).where(is_it))
    names_it = func.instr(func.lower(bounces.c.text), spellings[1]) > 0
    connection.execute(update(bounces).where(bounces.c.subscriber_id.is_(None), names_it).values(text=""))


def erase_unconfirmed(connection: Connection, subscriber_ids: list[int], now: datetime) -> int:
    """Those of them that are pending and have nothing left to confirm; returns how many."""
    waits = exists().where(requests.c.subscriber_id == subscribers.c.id, requests.c.expires_at > now)
    query = select(subscribers.c.id).where(
        subscribers.c.id.in_(subscriber_ids), subscribers.c.state == SubscriberState.PENDING, ~waits
    )
    found = list(connection.execute(query).scalars())
    for subscriber_id in found:
        erase_person(connection, subscriber_id)
    return len(found)


def _theirs(subscriber_id: int) -> ColumnElement[bool]:
    """One look for each issue, where the ledger alone would be read from one end to the other."""
    return and_(deliveries.c.issue_id.in_(select(issues.c.id)), deliveries.c.subscriber_id == subscriber_id)


def _blank(subscriber_id: int) -> Update:
    return (
        update(subscribers)
        .where(subscribers.c.id == subscriber_id)
        .values(
            email="",
            email_key=f"forgotten:{subscriber_id}",
            name="",
            language="",
            state=SubscriberState.FORGOTTEN,
            source="",
            fields={},
            timezone="",
            hour=None,
            paused_until=None,
        )
    )
