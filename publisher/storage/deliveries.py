"""Rows of deliveries: the ledger. Every change is a compare-and-set; a row that is not ours is left alone.

queued ──claim──> claimed ──start──> sending ──settle──> accepted | failed | uncertain | deferred
   ^                 │                  │
   └──lease over─────┘                  └──lease over──> uncertain (or queued, where repeating is harmless)
deferred ──due──> claimed          any waiting one ──unsubscribed, issue cancelled──> suppressed

Nothing comes back to waiting in a cancelled issue: there it is suppressed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    tuple_,
    update,
)

from publisher.model import Delivery, DeliveryState, IssueState, SubscriberState
from publisher.storage.issues import LIVE_STATES
from publisher.storage.schema import (
    USE_WAITING,
    WAITING_STATES,
    deliveries,
    is_held,
    is_waiting,
    issues,
    subscribers,
    subscriptions,
)

_FREED: Mapping[str, object] = {"owner": None, "lease_until": None}


@dataclass(frozen=True, slots=True)
class Claim:
    """The fence: a delivery is ours as long as owner and epoch in the row are these."""

    delivery: Delivery
    owner: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of a claim; `due_at` only with DEFERRED."""

    claim: Claim
    state: DeliveryState
    now: datetime
    code: int = 0
    reply: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Troubled:
    """Why somebody has not got an issue. `code` is the SMTP reply code, None or 0 without one."""

    email: str
    state: str
    attempts: int
    code: int | None
    reply: str | None


def freeze_audience(
    connection: Connection,
    issue_id: int,
    newsletter: str,
    variant: str,
    now: datetime,
    *,
    only: ColumnElement[bool] | None = None,
) -> int:
    """Write one queued row for each present subscriber; twice is a no-op. Returns the number of rows.

    `only` is a condition on subscribers (see storage/segments.py).
    """
    audience = (
        select(
            literal(issue_id),
            subscribers.c.id,
            literal(variant),
            literal(DeliveryState.QUEUED.value),
            literal(now, deliveries.c.due_at.type),
        )
        .join(subscriptions, subscriptions.c.subscriber_id == subscribers.c.id)
        .where(
            subscriptions.c.newsletter == newsletter,
            subscriptions.c.ended_at.is_(None),
            subscribers.c.state == SubscriberState.ACTIVE,
            true() if only is None else only,
        )
        .order_by(subscribers.c.id)
    )
    columns = ["issue_id", "subscriber_id", "variant", "state", "due_at"]
    connection.execute(insert(deliveries).prefix_with("OR IGNORE").from_select(columns, audience))
    query = select(func.count()).where(deliveries.c.issue_id == issue_id)
    return int(connection.execute(query).scalar_one())


def claim(
    connection: Connection, issue_id: int, owner: str, limit: int, *, now: datetime, lease_until: datetime
) -> list[Claim]:
    """Take up to `limit` rows that are due, under a lease; none when the issue may not go out now."""
    picked = (
        select(deliveries.c.issue_id, deliveries.c.subscriber_id)
        .with_hint(deliveries, USE_WAITING, "sqlite")
        .where(deliveries.c.issue_id == issue_id, is_waiting, deliveries.c.due_at <= now, _is_live(issue_id))
        .order_by(deliveries.c.due_at, deliveries.c.subscriber_id)
        .limit(limit)
    )
    taken = connection.execute(
        update(deliveries)
        .where(tuple_(deliveries.c.issue_id, deliveries.c.subscriber_id).in_(picked))
        .values(state=DeliveryState.CLAIMED, owner=owner, epoch=deliveries.c.epoch + 1, lease_until=lease_until)
        .returning(deliveries)
    ).all()
    if not taken:
        return []
    people = {
        row.id: row
        for row in connection.execute(
            select(subscribers.c.id, subscribers.c.email, subscribers.c.name, subscribers.c.fields).where(
                subscribers.c.id.in_([row.subscriber_id for row in taken])
            )
        )
    }
    newsletter = connection.execute(select(issues.c.newsletter).where(issues.c.id == issue_id)).scalar_one()
    claims = [
        Claim(
            Delivery(
                issue_id=row.issue_id,
                subscriber_id=row.subscriber_id,
                newsletter=newsletter,
                variant=row.variant,
                email=people[row.subscriber_id].email,
                name=people[row.subscriber_id].name,
                attempts=row.attempts,
                message_id=row.message_id,
                date=row.date,
                fields=people[row.subscriber_id].fields,
            ),
            owner,
            row.epoch,
        )
        for row in taken
    ]
    return sorted(claims, key=lambda item: item.delivery.subscriber_id)


def start(connection: Connection, item: Claim, *, message_id: str, date: datetime, lease_until: datetime) -> bool:
    """Note, before its first byte of content, that this message may go out. False: it must not.

    Unsubscribing, and stopping the issue, between claim and start are noticed here.
    """
    key = _key(item)
    values = {"the_message_id": message_id, "the_date": date, "the_lease": lease_until}
    if connection.execute(_START, {**key, **values}).rowcount:
        connection.execute(_BEGIN_ISSUE, {"the_issue": item.delivery.issue_id})
        return True
    connection.execute(_SUPPRESS_UNWANTED, key)
    connection.execute(_RELEASE, key)  # the issue was stopped; when it goes on, nobody waits for our lease
    return False


def settle(connection: Connection, settlement: Settlement) -> bool:
    """Write down what became of it. False when the row is not ours any more."""
    answer = {"the_code": settlement.code, "the_reply": settlement.reply, "the_now": settlement.now}
    if settlement.state is DeliveryState.DEFERRED:
        answer["the_due"] = settlement.due_at
        return connection.execute(_DEFER, {**_key(settlement.claim), **answer}).rowcount == 1
    answer["the_state"] = settlement.state
    return connection.execute(_SETTLE, {**_key(settlement.claim), **answer}).rowcount == 1


def release(connection: Connection, claims: Sequence[Claim]) -> None:
    """Give back what was claimed and not started."""
    for item in claims:
        connection.execute(_RELEASE, _key(item))


def recover(connection: Connection, gone: Sequence[str], *, now: datetime, repeatable: bool) -> dict[str, int]:
    """Take back what crashed senders held: those named in `gone`, and every lease that is over.

    What was only claimed is queued again. What was `sending` is uncertain, unless repeating it is harmless.
    Returns the numbers as {"queued": n, "uncertain": m}.
    """
    lost = or_(deliveries.c.owner.in_(gone), deliveries.c.lease_until <= now)
    queued = connection.execute(
        update(deliveries)
        .where(is_held, deliveries.c.state == DeliveryState.CLAIMED, lost)
        .values(state=_unless_cancelled(DeliveryState.QUEUED), **_FREED)
    ).rowcount
    after = _unless_cancelled(DeliveryState.QUEUED) if repeatable else DeliveryState.UNCERTAIN
    sending = connection.execute(
        update(deliveries)
        .where(is_held, deliveries.c.state == DeliveryState.SENDING, lost)
        .values(state=after, reply="the sender stopped before the answer was read", **_FREED)
    ).rowcount
    if repeatable:
        return {"queued": queued + sending, "uncertain": 0}
    return {"queued": queued, "uncertain": sending}


def owners(connection: Connection) -> list[str]:
    """Who holds anything at this moment."""
    query = select(deliveries.c.owner).where(is_held).distinct()
    return [owner for owner in connection.execute(query).scalars() if owner]


def suppress_waiting(connection: Connection, issue_id: int, reason: str) -> int:
    """Nothing of this issue that has not started will go out."""
    states = [*WAITING_STATES, DeliveryState.CLAIMED]
    statement = update(deliveries).where(deliveries.c.issue_id == issue_id, deliveries.c.state.in_(states))
    return connection.execute(statement.values(state=DeliveryState.SUPPRESSED, reply=reason, **_FREED)).rowcount


def find_troubled(connection: Connection, issue_id: int, limit: int) -> list[Troubled]:
    """Deliveries of an issue that did not end well or have not ended, with the last answer, by address."""
    states = [DeliveryState.FAILED, DeliveryState.UNCERTAIN, DeliveryState.DEFERRED]
    columns = (subscribers.c.email, deliveries.c.state, deliveries.c.attempts, deliveries.c.code, deliveries.c.reply)
    query = (
        select(*columns)
        .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
        .where(deliveries.c.issue_id == issue_id, deliveries.c.state.in_(states))
        .order_by(subscribers.c.email)
        .limit(limit)
    )
    return [Troubled(*row) for row in connection.execute(query)]


def count_due(connection: Connection, issue_ids: Sequence[int], now: datetime) -> int:
    """How many of these issues' deliveries could be claimed now."""
    query = (
        select(func.count())
        .select_from(deliveries)
        .with_hint(deliveries, USE_WAITING, "sqlite")
        .where(deliveries.c.issue_id.in_(issue_ids), is_waiting, deliveries.c.due_at <= now)
    )
    return int(connection.execute(query).scalar_one())


def next_due(connection: Connection) -> datetime | None:
    """When the first of all waiting deliveries of live issues is due; in the past when one can go out now."""
    first = (
        select(deliveries.c.due_at)
        .with_hint(deliveries, USE_WAITING, "sqlite")
        .where(deliveries.c.issue_id == issues.c.id, is_waiting)
        .order_by(deliveries.c.due_at)
        .limit(1)
        .correlate(issues)
    )
    query = select(func.min(first.scalar_subquery())).where(issues.c.state.in_(LIVE_STATES))
    return connection.execute(query).scalar_one_or_none()


def _is_live(issue_id: int) -> ColumnElement[bool]:
    return exists().where(issues.c.id == issue_id, issues.c.state.in_(LIVE_STATES))


def _unless_cancelled(state: DeliveryState) -> ColumnElement[str]:
    """What waits in a cancelled issue would wait for ever."""
    is_cancelled = exists().where(issues.c.id == deliveries.c.issue_id, issues.c.state == IssueState.CANCELLED)
    return case((is_cancelled.correlate(deliveries), DeliveryState.SUPPRESSED.value), else_=state.value)


def _key(item: Claim) -> dict[str, object]:
    """The values of the fence, for the statements below."""
    return {
        "the_issue": item.delivery.issue_id,
        "the_subscriber": item.delivery.subscriber_id,
        "the_newsletter": item.delivery.newsletter,
        "the_owner": item.owner,
        "the_epoch": item.epoch,
    }


# Built once: SQLAlchemy takes longer to put such a statement together than SQLite to carry it out, and there are two
# for every message.
_is_claimed = deliveries.c.state == DeliveryState.CLAIMED
_is_ours = and_(
    deliveries.c.issue_id == bindparam("the_issue"),
    deliveries.c.subscriber_id == bindparam("the_subscriber"),
    deliveries.c.owner == bindparam("the_owner"),
    deliveries.c.epoch == bindparam("the_epoch"),
)
_still_wants = exists().where(
    subscribers.c.id == bindparam("the_subscriber"),
    subscribers.c.state == SubscriberState.ACTIVE,
    subscriptions.c.subscriber_id == subscribers.c.id,
    subscriptions.c.newsletter == bindparam("the_newsletter"),
    subscriptions.c.ended_at.is_(None),
)
_START = (
    update(deliveries)
    .where(
        _is_ours,
        _is_claimed,
        exists().where(issues.c.id == bindparam("the_issue"), or_(*(issues.c.state == state for state in LIVE_STATES))),
        _still_wants,
    )
    .values(
        state=DeliveryState.SENDING,
        attempts=deliveries.c.attempts + 1,
        message_id=func.coalesce(deliveries.c.message_id, bindparam("the_message_id")),
        date=func.coalesce(deliveries.c.date, bindparam("the_date", type_=deliveries.c.date.type)),
        lease_until=bindparam("the_lease", type_=deliveries.c.date.type),
    )
)
_BEGIN_ISSUE = (
    update(issues)
    .where(issues.c.id == bindparam("the_issue"), issues.c.state == IssueState.FROZEN)
    .values(state=IssueState.SENDING)
)
_SUPPRESS_UNWANTED = (
    update(deliveries)
    .where(_is_ours, _is_claimed, ~_still_wants)
    .values(state=DeliveryState.SUPPRESSED, reply="unsubscribed before it was sent", **_FREED)
)
_RELEASE = (
    update(deliveries).where(_is_ours, _is_claimed).values(state=_unless_cancelled(DeliveryState.QUEUED), **_FREED)
)
_ANSWERED = (
    update(deliveries)
    .where(_is_ours, or_(_is_claimed, deliveries.c.state == DeliveryState.SENDING))
    .values(
        code=bindparam("the_code"),
        reply=bindparam("the_reply"),
        # Refused before any content: the attempt counts although `start` was never reached.
        attempts=case((_is_claimed, deliveries.c.attempts + 1), else_=deliveries.c.attempts),
        date=func.coalesce(deliveries.c.date, bindparam("the_now", type_=deliveries.c.date.type)),
        **_FREED,
    )
)
_SETTLE = _ANSWERED.values(
    state=bindparam("the_state"), settled_at=bindparam("the_now", type_=deliveries.c.settled_at.type)
)
_DEFER = _ANSWERED.values(
    state=_unless_cancelled(DeliveryState.DEFERRED), due_at=bindparam("the_due", type_=deliveries.c.due_at.type)
)
