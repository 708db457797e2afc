"""Numbers about the rows, for those who watch: none of these questions reads what is settled and done with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case as sql_case
from sqlalchemy import func, select

from publisher.model.bounce import BounceKind
from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueState
from publisher.storage.bounces import OFFERED
from publisher.storage.connection import Connection
from publisher.storage.issues import LIVE_STATES
from publisher.storage.schema import (
    USE_HELD,
    USE_WAITING,
    bounces,
    deliveries,
    feed_faults,
    is_held,
    is_waiting,
    issues,
    subscribers,
)

_HANDLED = (
    DeliveryState.ACCEPTED,
    DeliveryState.FAILED,
    DeliveryState.UNCERTAIN,
    DeliveryState.BOUNCED,
    DeliveryState.COMPLAINED,
)


_REPORTED = (BounceKind.HARD, BounceKind.SOFT, BounceKind.POLICY, BounceKind.COMPLAINT)


@dataclass(frozen=True, slots=True)
class Handled:
    """How many deliveries of an issue were settled since a moment, and when the first and the last of them."""

    number: int
    first: datetime
    last: datetime


def count_issues(connection: Connection) -> dict[str, int]:
    """By state, those that are not over."""
    over = (IssueState.DONE, IssueState.CANCELLED)
    query = select(issues.c.state, func.count()).where(issues.c.state.not_in(over)).group_by(issues.c.state)
    return {row[0]: row[1] for row in connection.execute(query)}


def list_stopped_by_trouble(connection: Connection) -> list[int]:
    """Paused issues for which a reason was noted."""
    query = select(issues.c.id).where(issues.c.state == IssueState.PAUSED, issues.c.pause_reason.is_not(None))
    return list(connection.execute(query.order_by(issues.c.id)).scalars())


def count_queue(connection: Connection, now: datetime) -> dict[str, int]:
    """Deliveries of live and paused issues: `queued` can go out now, `deferred` later, a sender holds the others.

    By when they are due: what was put off, and whose time has come, is like what never was.
    """
    open_ids = select(issues.c.id).where(issues.c.state.in_((*LIVE_STATES, IssueState.PAUSED)))
    is_ready = deliveries.c.due_at <= now
    waiting = (
        select(func.count(), func.coalesce(func.sum(sql_case((is_ready, 1), else_=0)), 0))
        .select_from(deliveries)
        .with_hint(deliveries, USE_WAITING, "sqlite")
        .where(is_waiting, deliveries.c.issue_id.in_(open_ids))
    )
    held = (
        select(deliveries.c.state, func.count())
        .select_from(deliveries)
        .with_hint(deliveries, USE_HELD, "sqlite")
        .where(is_held, deliveries.c.issue_id.in_(open_ids))
        .group_by(deliveries.c.state)
    )
    total, ready = connection.execute(waiting).one()
    numbers = {row[0]: row[1] for row in connection.execute(held)}
    return {"queued": ready, "deferred": total - ready, "claimed": 0, "sending": 0} | numbers


def find_handled(connection: Connection, issue_ids: Sequence[int], since: datetime) -> dict[int, Handled]:
    """By issue, of those that had any; reads all rows of these issues, as counting them by state does."""
    query = (
        select(
            deliveries.c.issue_id,
            func.count(),
            func.min(deliveries.c.settled_at),
            func.max(deliveries.c.settled_at),
        )
        .where(deliveries.c.issue_id.in_(issue_ids), deliveries.c.state.in_(_HANDLED), deliveries.c.settled_at >= since)
        .group_by(deliveries.c.issue_id)
    )
    return {row[0]: Handled(row[1], row[2], row[3]) for row in connection.execute(query)}


def count_waiting(connection: Connection) -> int:
    """Deliveries of live issues that wait; reads no more than an index."""
    live = select(issues.c.id).where(issues.c.state.in_(LIVE_STATES))
    query = select(func.count()).select_from(deliveries).with_hint(deliveries, USE_WAITING, "sqlite")
    return int(connection.execute(query.where(is_waiting, deliveries.c.issue_id.in_(live))).scalar_one())


def count_waiting_by_domain(connection: Connection) -> dict[str, int]:
    """The same by receiving domain in lower case; reads each of them (a million in three seconds)."""
    domain = func.lower(func.substr(subscribers.c.email, func.instr(subscribers.c.email, "@") + 1))
    query = (
        select(domain, func.count())
        .select_from(deliveries)
        .with_hint(deliveries, USE_WAITING, "sqlite")
        .join(issues, issues.c.id == deliveries.c.issue_id)
        .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
        .where(issues.c.state.in_(LIVE_STATES), is_waiting)
        .group_by(domain)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def count_feed_faults(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(feed_faults)).scalar_one())


def count_reports(connection: Connection) -> dict[str, int]:
    """Bounces and complaints that were read, ever, by kind: no row of theirs is removed, so they only grow.

    What servers said as messages were offered is not among them: those deliveries have failed, and never bounced.
    """
    was_read = bounces.c.kind.in_(_REPORTED) & ~bounces.c.source_id.startswith(OFFERED)
    query = select(bounces.c.kind, func.count()).where(was_read).group_by(bounces.c.kind)
    found = {row[0]: row[1] for row in connection.execute(query)}
    return {kind.value: found.get(kind.value, 0) for kind in _REPORTED}
