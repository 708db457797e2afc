"""Rows of notices: claimed under a lease, started before their content goes out, settled by the answer.

The states are those of deliveries, and so is the rule: what a crash leaves in `sending` is uncertain, unless repeating
it is harmless. Every step is a compare-and-set on owner and epoch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, case, delete, func, literal, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from publisher.model.delivery import DeliveryState
from publisher.model.notice import Notice, NoticeKind
from publisher.storage.connection import Connection
from publisher.storage.schema import HELD_STATES, WAITING_STATES, notices

_FREED: Mapping[str, object] = {"owner": None, "lease_until": None}
_REPORTABLE = (DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN, DeliveryState.BOUNCED)
_LONGEST_TEXT = 500
_OPEN_STATES = (*WAITING_STATES, *HELD_STATES)


@dataclass(frozen=True, slots=True)
class NoticeClaim:
    """The fence: a notice is ours as long as owner and epoch in the row are these."""

    notice: Notice
    owner: str
    epoch: int


@dataclass(frozen=True, slots=True)
class NoticeAnswer:
    """What became of a claim; `due_at` only with DEFERRED."""

    state: DeliveryState
    now: datetime
    code: int = 0
    reply: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NoticeRecord:
    """A notice and what became of it; `code` and `reply` are those of the last answer, 0 and empty without one."""

    notice: Notice
    state: DeliveryState
    created_at: datetime
    settled_at: datetime | None
    code: int
    reply: str


def add_notice(connection: Connection, notice: Notice, now: datetime) -> bool:
    """Due at once. False when its key was written down before; `notice.id` is not used."""
    statement = insert(notices).values(
        kind=notice.kind,
        key=notice.key,
        subscriber_id=notice.subscriber_id,
        newsletters=list(notice.newsletters),
        email=notice.email,
        name=notice.name,
        language=notice.language,
        request_id=notice.request_id,
        created_at=now,
        state=DeliveryState.QUEUED,
        due_at=now,
    )
    return connection.execute(statement.on_conflict_do_nothing(index_elements=["key"])).rowcount == 1


def claim_notices(
    connection: Connection, owner: str, limit: int, *, now: datetime, lease_until: datetime
) -> list[NoticeClaim]:
    """Take up to `limit` that are due, those that wait longest first."""
    picked = (
        select(notices.c.id)
        .where(notices.c.state.in_(WAITING_STATES), notices.c.due_at <= now)
        .order_by(notices.c.due_at, notices.c.id)
        .limit(limit)
    )
    taken = connection.execute(
        update(notices)
        .where(notices.c.id.in_(picked))
        .values(state=DeliveryState.CLAIMED, owner=owner, epoch=notices.c.epoch + 1, lease_until=lease_until)
        .returning(notices)
    ).all()
    return [NoticeClaim(_notice(row), owner, row.epoch) for row in sorted(taken, key=lambda row: (row.due_at, row.id))]


def start_notice(
    connection: Connection, claim: NoticeClaim, *, message_id: str, date: datetime, lease_until: datetime
) -> bool:
    """Note, before its first byte of content, that it may go out. False: it is not ours any more."""
    statement = (
        update(notices)
        .where(*_is_ours(claim), notices.c.state == DeliveryState.CLAIMED)
        .values(
            state=DeliveryState.SENDING,
            attempts=notices.c.attempts + 1,
            message_id=func.coalesce(notices.c.message_id, message_id),
            date=func.coalesce(notices.c.date, literal(date, notices.c.date.type)),
            lease_until=lease_until,
        )
    )
    return connection.execute(statement).rowcount == 1


def settle_notice(connection: Connection, claim: NoticeClaim, answer: NoticeAnswer) -> bool:
    """Write down what became of it. False when it is not ours any more."""
    is_claimed = notices.c.state == DeliveryState.CLAIMED  # refused before any content: an attempt all the same
    values: dict[str, object] = {
        "state": answer.state,
        "code": answer.code,
        "reply": answer.reply,
        "attempts": case((is_claimed, notices.c.attempts + 1), else_=notices.c.attempts),
        "date": func.coalesce(notices.c.date, literal(answer.now, notices.c.date.type)),
        **_FREED,
    }
    if answer.state is DeliveryState.DEFERRED:
        values["due_at"] = answer.due_at
    else:
        values["settled_at"] = answer.now
    statement = update(notices).where(*_is_ours(claim), notices.c.state.in_(HELD_STATES)).values(**values)
    return connection.execute(statement).rowcount == 1


def release_notices(connection: Connection, claims: Sequence[NoticeClaim]) -> None:
    """Give back what was claimed and not started."""
    for claim in claims:
        is_claimed = notices.c.state == DeliveryState.CLAIMED
        statement = update(notices).where(*_is_ours(claim), is_claimed)
        connection.execute(statement.values(state=DeliveryState.QUEUED, **_FREED))


def recover_notices(connection: Connection, gone: Sequence[str], *, now: datetime, repeatable: bool) -> int:
    """Take back what crashed senders held, as with deliveries; returns how many are uncertain."""
    lost = or_(notices.c.owner.in_(gone), notices.c.lease_until <= now)
    claimed = update(notices).where(notices.c.state == DeliveryState.CLAIMED, lost)
    connection.execute(claimed.values(state=DeliveryState.QUEUED, **_FREED))
    sending = update(notices).where(notices.c.state == DeliveryState.SENDING, lost)
    if repeatable:
        connection.execute(sending.values(state=DeliveryState.QUEUED, **_FREED))
        return 0
    reply = "the sender stopped before the answer was read"
    values = {"state": DeliveryState.UNCERTAIN, "settled_at": now, "reply": reply}
    return connection.execute(sending.values(**values, **_FREED)).rowcount


def notice_owners(connection: Connection) -> list[str]:
    """Who holds any at this moment."""
    query = select(notices.c.owner).where(notices.c.state.in_(HELD_STATES)).distinct()
    return [owner for owner in connection.execute(query).scalars() if owner]


def has_open_notices(connection: Connection, now: datetime) -> bool:
    """Whether one is due, or held by somebody."""
    is_due = or_(notices.c.state.in_(HELD_STATES), notices.c.due_at <= now)
    query = select(notices.c.id).where(notices.c.state.in_(_OPEN_STATES), is_due).limit(1)
    return connection.execute(query).first() is not None


def has_put_off(connection: Connection, beyond: datetime) -> bool:
    """Whether one waits until after `beyond`."""
    query = select(notices.c.id).where(notices.c.state.in_(WAITING_STATES), notices.c.due_at > beyond).limit(1)
    return connection.execute(query).first() is not None


def bring_back(connection: Connection, beyond: datetime, now: datetime) -> int:
    """What waits until after `beyond` is due now; returns how many."""
    statement = update(notices).where(notices.c.state.in_(WAITING_STATES), notices.c.due_at > beyond)
    return connection.execute(statement.values(due_at=now)).rowcount


def count_notices(connection: Connection) -> dict[str, int]:
    """How many by state."""
    query = select(notices.c.state, func.count()).group_by(notices.c.state)
    return {state: number for state, number in connection.execute(query)}  # noqa: C416 - rows are no pairs for mypy


def find_notices(connection: Connection, subscriber_id: int) -> list[NoticeRecord]:
    """All of one person, oldest first."""
    query = select(notices).where(notices.c.subscriber_id == subscriber_id).order_by(notices.c.id)
    return [
        NoticeRecord(
            notice=_notice(row),
            state=DeliveryState(row.state),
            created_at=row.created_at,
            settled_at=row.settled_at,
            code=row.code or 0,
            reply=row.reply or "",
        )
        for row in connection.execute(query)
    ]


def find_notice(connection: Connection, notice_id: int) -> Notice | None:
    row = connection.execute(select(notices).where(notices.c.id == notice_id)).one_or_none()
    return _notice(row) if row else None


def find_message(connection: Connection, message_id: str) -> Notice | None:
    """The notice with this Message-ID; reads all of them, who are those of the last 30 days."""
    row = connection.execute(select(notices).where(notices.c.message_id == message_id).limit(1)).one_or_none()
    return _notice(row) if row else None


def find_state(connection: Connection, notice_id: int) -> DeliveryState | None:
    state = connection.execute(select(notices.c.state).where(notices.c.id == notice_id)).scalar_one_or_none()
    return None if state is None else DeliveryState(state)


def settle_reported(connection: Connection, notice_id: int, state: DeliveryState, words: str) -> bool:
    """What was accepted has bounced, or its reader complains; as with deliveries, a complaint outlives a bounce."""
    expected = [item for item in _REPORTABLE if item is not state]
    statement = update(notices).where(notices.c.id == notice_id, notices.c.state.in_(expected))
    return connection.execute(statement.values(state=state, code=None, reply=words[:_LONGEST_TEXT])).rowcount == 1


def forget_settled(connection: Connection, before: datetime) -> int:
    """Delete what was settled by then: nobody needs the address any more."""
    return connection.execute(delete(notices).where(notices.c.settled_at <= before)).rowcount


def drop_open_notices(connection: Connection, reason: str, now: datetime) -> int:
    """None that has not gone out ever will; returns how many."""
    statement = update(notices).where(notices.c.state.in_(_OPEN_STATES))
    values = {"state": DeliveryState.SUPPRESSED, "settled_at": now, "reply": reason}
    return connection.execute(statement.values(**values, **_FREED)).rowcount


def _is_ours(claim: NoticeClaim) -> tuple[ColumnElement[bool], ...]:
    return (notices.c.id == claim.notice.id, notices.c.owner == claim.owner, notices.c.epoch == claim.epoch)


def _notice(row: Row[tuple[object, ...]]) -> Notice:
    return Notice(
        id=row.id,
        kind=NoticeKind(row.kind),
        key=row.key,
        subscriber_id=row.subscriber_id,
        newsletters=tuple(row.newsletters),
        email=row.email,
        name=row.name,
        language=row.language,
        request_id=row.request_id,
        attempts=row.attempts,
        message_id=row.message_id,
        date=row.date,
    )
