"""Rows about a person taken away; the ledger's stay for their numbers, and name nobody."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Update, case, delete, exists, select, update

from publisher.model import DeliveryState, SubscriberState
from publisher.storage.schema import (
    WAITING_STATES,
    consents,
    deliveries,
    notices,
    requests,
    subscribers,
    subscriptions,
)

_UNSENT = (*WAITING_STATES, DeliveryState.CLAIMED)


def erase_person(connection: Connection, subscriber_id: int) -> None:
    """All that says who they are. What waits to be sent to them never is; who was sent something stays a number.

    A sender that holds one of their deliveries finds at its start that it holds it no more.
    """
    for table in (consents, requests, notices, subscriptions):
        connection.execute(delete(table).where(table.c.subscriber_id == subscriber_id))
    theirs = deliveries.c.subscriber_id == subscriber_id
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
        )
    )
