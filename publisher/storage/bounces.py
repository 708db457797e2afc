"""Rows of bounces: reports that were read, what servers said at once, and what reports make of a delivery."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, cast, delete, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from publisher.addresses import identity_key
from publisher.model.bounce import Bounce, BounceKind
from publisher.model.consent import ConsentEvent
from publisher.model.delivery import DeliveryState
from publisher.storage.connection import Connection
from publisher.storage.schema import bounces, consents, deliveries, issues, subscribers

_LONGEST_TEXT = 500
_RECENT_ISSUES = 200  # of a newsletter, in which a message is looked for
OFFERED = "offered:"  # before the key of a delivery: no report, but what a server said as the message was offered
_SETTLED = (DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN, DeliveryState.BOUNCED, DeliveryState.COMPLAINED)


@dataclass(frozen=True, slots=True)
class Report:
    """What a report said of somebody; `issue_id` when it was about one."""

    at: datetime
    kind: str
    issue_id: int | None
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a server said of a reader as a message was offered to it; `delivery` is (issue id, subscriber id)."""

    delivery: tuple[int, int]
    kind: BounceKind
    at: datetime
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


def note_refusals(connection: Connection, refusals: Sequence[Refusal]) -> None:
    """Write down what was said as messages were offered, once for each delivery."""
    rows = [
        {
            "source_id": f"{OFFERED}{item.delivery[0]}-{item.delivery[1]}",
            "at": item.at,
            "kind": item.kind,
            "issue_id": item.delivery[0],
            "subscriber_id": item.delivery[1],
            "code": item.code,
            "text": item.text[:_LONGEST_TEXT],
        }
        for item in refusals
    ]
    if rows:
        connection.execute(upsert(bounces).on_conflict_do_nothing(), rows)


def forget_refusals(connection: Connection, issue_id: int, subscriber_ids: Sequence[int] | None = None) -> None:
    """What was said as this issue was offered for these readers, or (None) for all."""
    if subscriber_ids is None:
        is_theirs = bounces.c.source_id.between(f"{OFFERED}{issue_id}-", f"{OFFERED}{issue_id}.")
    else:
        each = func.json_each(json.dumps(list(subscriber_ids))).table_valued("value")
        is_theirs = bounces.c.source_id.in_(select(f"{OFFERED}{issue_id}-" + cast(each.c.value, String)))
    connection.execute(delete(bounces).where(is_theirs))


def list_soft(connection: Connection, subscriber_ids: Sequence[int], since: datetime) -> dict[int, list[datetime]]:
    """When issues came back softly, from `since` on, by subscriber: of each issue the first report.

    Only what was said of the address that they have now, and since it was last taken off the list of suppressions.
    """
    each = func.json_each(json.dumps(list(subscriber_ids))).table_valued("value")
    anew = (
        select(func.max(consents.c.at))
        .where(
            consents.c.subscriber_id == bounces.c.subscriber_id,
            consents.c.event.in_((ConsentEvent.LIFTED, ConsentEvent.MOVED)),
        )
        .correlate(bounces)
        .scalar_subquery()
    )
    query = (
        select(bounces.c.subscriber_id, func.min(bounces.c.at))
        .where(
            bounces.c.subscriber_id.in_(select(each.c.value)),
            bounces.c.kind == BounceKind.SOFT,
            bounces.c.issue_id.is_not(None),
            bounces.c.at >= since,
            or_(anew.is_(None), bounces.c.at > anew),
        )
        .group_by(bounces.c.subscriber_id, bounces.c.issue_id)
    )
    found: defaultdict[int, list[datetime]] = defaultdict(list)
    for subscriber_id, at in connection.execute(query):
        found[subscriber_id].append(at)
    return found


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


def find_failed(connection: Connection, keys: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of these deliveries, of some thousands, that have failed and are not to be tried again."""
    each = func.json_each(json.dumps(keys)).table_valued("value")
    issue_id, subscriber_id = (func.json_extract(each.c.value, f"$[{place}]") for place in (0, 1))
    query = (
        select(deliveries.c.issue_id, deliveries.c.subscriber_id)
        .select_from(each)
        .join(deliveries, (deliveries.c.issue_id == issue_id) & (deliveries.c.subscriber_id == subscriber_id))
        .where(deliveries.c.state == DeliveryState.FAILED)
    )
    return {(row[0], row[1]) for row in connection.execute(query)}


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
