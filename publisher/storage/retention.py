"""Rows of deliveries that have had their day: removed, and counted."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.dialects.sqlite import insert

from publisher.model.issue import IssueState
from publisher.storage.bounces import forget_refusals
from publisher.storage.connection import Connection
from publisher.storage.schema import HELD_STATES, WAITING_STATES, deliveries, issues, removed_deliveries

_OVER = (IssueState.DONE, IssueState.CANCELLED)


def list_old_issues(connection: Connection, before: datetime) -> list[int]:
    """Those that are over, were made by then and have rows still; oldest first."""
    has_rows = select(deliveries.c.subscriber_id).where(deliveries.c.issue_id == issues.c.id).correlate(issues).exists()
    query = select(issues.c.id).where(issues.c.state.in_(_OVER), issues.c.created_at <= before, has_rows)
    return list(connection.execute(query.order_by(issues.c.id)).scalars())


def has_removed(connection: Connection, issue_id: int) -> bool:
    """Rows of the issue are gone, so that nobody can say any more who had it."""
    query = select(removed_deliveries.c.issue_id).where(removed_deliveries.c.issue_id == issue_id).limit(1)
    return connection.execute(query).first() is not None


def remove_deliveries(connection: Connection, issue_id: int, before: datetime, limit: int) -> int:
    """Remove up to `limit` rows of an issue that were settled by then, with what servers answered; returns how many.

    What waits, or is held by a sender, stays.
    """
    query = (
        select(deliveries.c.subscriber_id, deliveries.c.state)
        .where(
            deliveries.c.issue_id == issue_id,
            deliveries.c.state.not_in((*WAITING_STATES, *HELD_STATES)),
            or_(deliveries.c.settled_at.is_(None), deliveries.c.settled_at <= before),
        )
        .order_by(deliveries.c.subscriber_id)
        .limit(limit)
    )
    rows = connection.execute(query).all()
    if not rows:
        return 0
    values = (issue_id, json.dumps([row.subscriber_id for row in rows]))
    for table in ("attempts", "deliveries"):
        connection.exec_driver_sql(
            f"DELETE FROM {table} WHERE issue_id = ? AND subscriber_id IN (SELECT value FROM json_each(?))",  # noqa: S608 - our names
            values,
        )
    forget_refusals(connection, issue_id, [row.subscriber_id for row in rows])
    _count(connection, issue_id, Counter(row.state for row in rows))
    return len(rows)


def _count(connection: Connection, issue_id: int, numbers: Counter[str]) -> None:
    statement = insert(removed_deliveries)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[removed_deliveries.c.issue_id, removed_deliveries.c.state],
            set_={"number": removed_deliveries.c.number + statement.excluded.number},
        ),
        [{"issue_id": issue_id, "state": state, "number": number} for state, number in numbers.items()],
    )
