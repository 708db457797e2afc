"""Rows of deliveries: the ledger. Every change is a compare-and-set; a row that is not ours is left alone.

queued ──claim──> claimed ──start──> sending ──settle──> accepted | failed | uncertain | deferred
   ^                 │                  │
   └──lease over─────┘                  └──lease over──> uncertain (or queued, where repeating is harmless)
deferred ──due──> claimed          any waiting one ──unsubscribed, issue cancelled──> suppressed
accepted, uncertain ──a report──> bounced | complained

Nothing comes back to waiting in a cancelled issue: there it is suppressed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, case, exists, func, or_, select, update

from publisher.model.delivery import Delivery, DeliveryState, FailureClass
from publisher.model.issue import IssueState
from publisher.model.subscriber import SubscriberState
from publisher.storage.connection import Connection
from publisher.storage.instants import write_instant
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
    suppressions,
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
    """What became of a claim; `due_at` only with DEFERRED, `reason` of what is not ACCEPTED. The rest as in Receipt."""

    claim: Claim
    state: DeliveryState
    now: datetime
    code: int = 0
    reply: str = ""
    due_at: datetime | None = None
    server: str = ""
    enhanced: str = ""
    reason: FailureClass | None = None  # is not stored: it can be told from the answer


@dataclass(frozen=True, slots=True)
class Start:
    """A message that is about to go out."""

    claim: Claim
    message_id: str
    date: datetime


def claim(
    connection: Connection, issue_id: int, owner: str, limit: int, *, now: datetime, lease_until: datetime
) -> list[Claim]:
    """Take up to `limit` rows that are due, under a lease; none when the issue may not go out now."""
    values = (owner, write_instant(lease_until), issue_id, write_instant(now), limit)
    taken = connection.fetch(_CLAIM, values)
    if not taken:
        return []
    newsletter = connection.execute(select(issues.c.newsletter).where(issues.c.id == issue_id)).scalar_one()
    found = connection.fetch(_PEOPLE, (json.dumps([row[0] for row in taken]),))
    people = {id_: person for id_, *person in found}
    claims = []
    for id_, variant, attempts, epoch, message_id, date in sorted(taken):
        email, name, fields = people[id_]
        first_at = datetime.fromisoformat(date) if date else None
        values = json.loads(fields) if fields != "{}" else {}
        delivery = Delivery(issue_id, id_, newsletter, variant, email, name, attempts, message_id, first_at, values)
        claims.append(Claim(delivery, owner, epoch))
    return claims


def start(connection: Connection, item: Claim, *, message_id: str, date: datetime, lease_until: datetime) -> bool:
    """As `start_all`, for one message; one that must not start is given back, or suppressed when nobody wants it."""
    if start_all(connection, [Start(item, message_id, date)], lease_until):
        return True
    connection.execute(_SUPPRESS_UNWANTED, _key(item))
    connection.execute(_RELEASE, _key(item))  # the issue was stopped; when it goes on, nobody waits for our lease
    return False


def start_all(
    connection: Connection, starts: Sequence[Start], lease_until: datetime, begun: Collection[int] = ()
) -> int:
    """Note, before their first byte of content, that these messages may go out. Returns how many may.

    Unsubscribing, and stopping the issue, between claim and start are noticed here. `begun` are issues of which some
    have started: such a one never becomes frozen again, and is not looked at.
    """
    rows = _json(
        (*_fence(one.claim), one.claim.delivery.newsletter, one.message_id, write_instant(one.date)) for one in starts
    )
    started = connection.run(_START, (write_instant(lease_until), rows))
    for issue_id in {one.claim.delivery.issue_id for one in starts}.difference(begun) if started else ():
        connection.execute(_BEGIN_ISSUE, {"the_issue": issue_id})
    return started


def settle(connection: Connection, settlement: Settlement) -> bool:
    """Write down what became of it. False when the row is not ours any more."""
    return settle_all(connection, [settlement]) == 1


def settle_all(connection: Connection, settlements: Sequence[Settlement]) -> int:
    """Write down what became of these, and append each answer to `attempts`. Returns how many were still ours.

    When some were not, nothing can be said of the others and nothing is appended: roll back and take them one by one.
    """
    rows = _json(
        (
            *_fence(one.claim),
            one.state,
            write_instant(one.now),
            write_instant(one.due_at),
            one.code,
            one.reply,
            one.server,
            one.enhanced,
        )
        for one in settlements
    )
    settled = connection.run(_SETTLE, (rows,))
    if settled == len(settlements):
        connection.run(_APPEND, (rows,))
    return settled


def release(connection: Connection, claims: Sequence[Claim]) -> None:
    """Give back what was claimed and not started."""
    for item in claims:
        connection.execute(_RELEASE, _key(item))


def release_owner(connection: Connection, owner: str) -> int:
    """Give back all that `owner` has claimed and not started."""
    statement = update(deliveries).where(
        is_held, deliveries.c.owner == owner, deliveries.c.state == DeliveryState.CLAIMED
    )
    return connection.execute(statement.values(state=_unless_cancelled(DeliveryState.QUEUED), **_FREED)).rowcount


def renew(connection: Connection, owner: str, lease_until: datetime) -> int:
    """A longer lease for what `owner` has claimed and not started."""
    statement = update(deliveries).where(
        is_held, deliveries.c.owner == owner, deliveries.c.state == DeliveryState.CLAIMED
    )
    return connection.execute(statement.values(lease_until=lease_until)).rowcount


def requeue_refused(connection: Connection, claims: Sequence[Claim], now: datetime) -> int:
    """Back into the queue, at once: what was refused, but not because of the reader. Returns how many.

    A row that somebody else has claimed since is left alone. An issue that another process has called done meanwhile
    is opened again by `issues.reopen_unsettled`.
    """
    moved = 0
    for item in claims:
        statement = update(deliveries).where(
            deliveries.c.issue_id == item.delivery.issue_id,
            deliveries.c.subscriber_id == item.delivery.subscriber_id,
            deliveries.c.epoch == item.epoch,
            deliveries.c.state.in_((DeliveryState.FAILED, DeliveryState.DEFERRED)),
        )
        values = {"state": _unless_cancelled(DeliveryState.QUEUED), "due_at": now, "settled_at": None}
        moved += connection.execute(statement.values(values)).rowcount
    return moved


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


def _unless_cancelled(state: DeliveryState) -> ColumnElement[str]:
    """What waits in a cancelled issue would wait for ever."""
    is_cancelled = exists().where(issues.c.id == deliveries.c.issue_id, issues.c.state == IssueState.CANCELLED)
    return case((is_cancelled.correlate(deliveries), DeliveryState.SUPPRESSED.value), else_=state.value)


def _fence(item: Claim) -> tuple[object, ...]:
    return (item.delivery.issue_id, item.delivery.subscriber_id, item.owner, item.epoch)


def _key(item: Claim) -> dict[str, object]:
    """The values of the fence, for the statements below."""
    return {
        "the_issue": item.delivery.issue_id,
        "the_subscriber": item.delivery.subscriber_id,
        "the_newsletter": item.delivery.newsletter,
        "the_owner": item.owner,
        "the_epoch": item.epoch,
    }


def _json(rows: Iterable[Sequence[object]]) -> str:
    return json.dumps(list(rows), ensure_ascii=False, separators=(",", ":"))


# Whole groups of rows in one statement each, handed over as JSON: in an executemany the driver lets go of the
# interpreter lock and takes it again for every row, while connections want it. An item is what `_fence` has and then
# state, now, due_at, code, reply, server, enhanced (settle); or newsletter, message_id, date (start). What is refused
# before any content counts as an attempt although it never started.
_CLAIM = """
UPDATE deliveries SET state = 'claimed', owner = ?, epoch = epoch + 1, lease_until = ?
WHERE (issue_id, subscriber_id) IN (
    SELECT issue_id, subscriber_id FROM deliveries INDEXED BY deliveries_waiting
    WHERE issue_id = ? AND state IN ('queued', 'deferred') AND due_at <= ?
        AND EXISTS (SELECT 1 FROM issues WHERE id = deliveries.issue_id AND issues.state IN ('frozen', 'sending'))
    ORDER BY due_at, subscriber_id LIMIT ?
)
RETURNING subscriber_id, variant, attempts, epoch, message_id, date
"""
_PEOPLE = "SELECT id, email, name, fields FROM subscribers WHERE id IN (SELECT value FROM json_each(?))"
_SETTLE = """
UPDATE deliveries SET
    state = CASE
        WHEN item.value ->> '$[4]' = 'deferred' AND EXISTS (
            SELECT 1 FROM issues WHERE issues.id = deliveries.issue_id AND issues.state = 'cancelled'
        ) THEN 'suppressed'
        ELSE item.value ->> '$[4]'
    END,
    settled_at = CASE WHEN item.value ->> '$[4]' = 'deferred' THEN settled_at ELSE item.value ->> '$[5]' END,
    due_at = coalesce(item.value ->> '$[6]', due_at),
    attempts = attempts + (state = 'claimed'),
    date = coalesce(date, item.value ->> '$[5]'),
    code = item.value ->> '$[7]', reply = item.value ->> '$[8]', owner = NULL, lease_until = NULL
FROM json_each(?) AS item
WHERE deliveries.issue_id = item.value ->> '$[0]' AND deliveries.subscriber_id = item.value ->> '$[1]'
    AND deliveries.owner = item.value ->> '$[2]' AND deliveries.epoch = item.value ->> '$[3]'
    AND deliveries.state IN ('claimed', 'sending')
"""
_APPEND = """
INSERT OR REPLACE INTO attempts (issue_id, subscriber_id, number, at, server, code, enhanced, reply, state)
SELECT deliveries.issue_id, deliveries.subscriber_id, deliveries.attempts, item.value ->> '$[5]',
    item.value ->> '$[9]', item.value ->> '$[7]', item.value ->> '$[10]', item.value ->> '$[8]', item.value ->> '$[4]'
FROM json_each(?) AS item CROSS JOIN deliveries
WHERE deliveries.issue_id = item.value ->> '$[0]' AND deliveries.subscriber_id = item.value ->> '$[1]'
"""
_START = """
UPDATE deliveries SET
    state = 'sending', attempts = attempts + 1, lease_until = ?,
    message_id = coalesce(message_id, item.value ->> '$[5]'), date = coalesce(date, item.value ->> '$[6]')
FROM json_each(?) AS item
WHERE deliveries.issue_id = item.value ->> '$[0]' AND deliveries.subscriber_id = item.value ->> '$[1]'
    AND deliveries.owner = item.value ->> '$[2]' AND deliveries.epoch = item.value ->> '$[3]'
    AND deliveries.state = 'claimed'
    AND EXISTS (
        SELECT 1 FROM issues WHERE issues.id = deliveries.issue_id AND issues.state IN ('frozen', 'sending')
    )
    AND EXISTS (
        SELECT 1 FROM subscribers JOIN subscriptions ON subscriptions.subscriber_id = subscribers.id
        WHERE subscribers.id = deliveries.subscriber_id AND subscribers.state = 'active'
            AND subscriptions.newsletter = item.value ->> '$[4]' AND subscriptions.ended_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM suppressions WHERE suppressions.email_key = subscribers.email_key)
    )
"""
_BEGIN_ISSUE = (
    update(issues)
    .where(issues.c.id == bindparam("the_issue"), issues.c.state == IssueState.FROZEN)
    .values(state=IssueState.SENDING)
)
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
    ~exists().where(suppressions.c.email_key == subscribers.c.email_key),
)
_SUPPRESS_UNWANTED = (
    update(deliveries)
    .where(_is_ours, _is_claimed, ~_still_wants)
    .values(state=DeliveryState.SUPPRESSED, reply="unsubscribed before it was sent", **_FREED)
)
_RELEASE = (
    update(deliveries).where(_is_ours, _is_claimed).values(state=_unless_cancelled(DeliveryState.QUEUED), **_FREED)
)
