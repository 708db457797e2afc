"""Rows of bounces: reports that were read, and what they make of a delivery."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from publisher.addresses import identity_key
from publisher.model import Bounce, BounceKind, DeliveryState
from publisher.storage.schema import bounces, deliveries, issues, subscribers

_LONGEST_TEXT = 500
_RECENT_ISSUES = 200  # of a newsletter, in which a message is looked for
_SETTLED = (DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN, DeliveryState.BOUNCED, DeliveryState.COMPLAINED)


@dataclass(frozen=True, slots=True)
class Report:
    """What a report said of somebody; `issue_id` when it was about one."""

    at: datetime
    kind: str
    issue_id: int | None
    code: str
    text: str


def list_reports(connection: Connection, subscriber_id: int) -> list[Report]:
    """All about this person, oldest first."""
    columns = (bounces.c.at, bounces.c.kind, bounces.c.issue_id, bounces.c.code, bounces.c.text)
    query = select(*columns).where(bounces.c.subscriber_id == subscriber_id)
    return [Report(*row) for row in connection.execute(query.order_by(bounces.c.at, bounces.c.source_id))]


def note(connection: Connection, bounce: Bounce, delivery: tuple[int | None, int | None], now: datetime) -> bool:
    """Write down that this report was read. False when it was read before."""
    statement = (
        upsert(bounces)
        .values(
            source_id=bounce.source_id,
            at=now,
            kind=bounce.kind,
            issue_id=delivery[0],
            subscriber_id=delivery[1],
            code=bounce.code,
            text=bounce.text[:_LONGEST_TEXT],
        )
        .on_conflict_do_nothing()
    )
    return connection.execute(statement).rowcount == 1


def is_known(connection: Connection, source_id: str) -> bool:
    query = select(bounces.c.source_id).where(bounces.c.source_id == source_id)
    return connection.execute(query).scalar_one_or_none() is not None


def count_soft(connection: Connection, subscriber_id: int, since: datetime) -> int:
    """How many different issues came back softly from this person, from `since` on."""
    query = select(func.count(bounces.c.issue_id.distinct())).where(
        bounces.c.subscriber_id == subscriber_id, bounces.c.kind == BounceKind.SOFT, bounces.c.at >= since
    )
    return int(connection.execute(query).scalar_one())


def settle(connection: Connection, delivery: tuple[int, int], state: DeliveryState, code: str, text: str) -> bool:
    """What was accepted has bounced, or its reader complains; a complaint outlives a bounce, not the other way.

    The words of the report take the place of the answer that it was accepted with.
    """
    expected = [item for item in _SETTLED if item not in {state, DeliveryState.COMPLAINED}]
    statement = (
        update(deliveries)
        .where(
            deliveries.c.issue_id == delivery[0],
            deliveries.c.subscriber_id == delivery[1],
            deliveries.c.state.in_(expected),
        )
        .values(state=state, code=None, reply=f"{code} {text}".strip()[:_LONGEST_TEXT])
    )
    return connection.execute(statement).rowcount == 1


def find_state(connection: Connection, delivery: tuple[int, int]) -> DeliveryState | None:
    query = select(deliveries.c.state).where(
        deliveries.c.issue_id == delivery[0], deliveries.c.subscriber_id == delivery[1]
    )
    state = connection.execute(query).scalar_one_or_none()
    return None if state is None else DeliveryState(state)


def find_message(connection: Connection, subscriber_id: int, message_id: str) -> tuple[int, int] | None:
    """The delivery with this Message-ID among the newest of a person; there is no index of all Message-IDs."""
    recent = select(issues.c.id).order_by(issues.c.id.desc()).limit(_RECENT_ISSUES)
    query = select(deliveries.c.issue_id).where(
        deliveries.c.issue_id.in_(recent),
        deliveries.c.subscriber_id == subscriber_id,
        deliveries.c.message_id == message_id,
    )
    found = connection.execute(query).scalars().first()
    return None if found is None else (found, subscriber_id)


def find_subscriber(connection: Connection, email: str) -> int | None:
    query = select(subscribers.c.id).where(subscribers.c.email_key == identity_key(email))
    return connection.execute(query).scalar_one_or_none()
