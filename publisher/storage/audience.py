"""Who gets an issue: readers in groups, and the audience frozen group by group.

Groups are counted, and their rows written, inside the database: a million readers who have chosen nothing are one
group, one line here. A group that is not in the shares any more (somebody has just changed their mind) gets nothing
and stays as it is, so that the next issue finds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Insert,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    Update,
    and_,
    case,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)

from publisher.model.delivery import DeliveryState
from publisher.model.subscriber import SubscriberState
from publisher.storage.connection import Connection
from publisher.storage.schema import Instant, deliveries, subscribers, subscriptions, suppressions

_NO_HOUR = -1  # NULL equals nothing, and groups are joined by what is equal
TOPICS_END = "\n"  # stands in no tag


class Audience(StrEnum):
    """Which subscriptions of a newsletter."""

    SCHEDULE = "schedule"  # those without a rhythm of their own, less who pauses
    ABREAST = "abreast"  # of those, who has nothing to make up for in a mail of their own
    DUE = "due"  # those whose own next mail is due
    EVERYBODY = "everybody"  # all, less who pauses


@dataclass(frozen=True, slots=True)
class Group:
    """Readers alike in all that decides what they get, and when.

    `receives`: false for who must not be written to; `is_meant`: for whom the condition on the audience leaves out.
    """

    last_seq: int
    ahead: str
    topics: str
    rhythm: str
    language: str
    timezone: str
    hour: int
    receives: bool
    is_meant: bool = True

    @property
    def topic_keys(self) -> tuple[str, ...]:
        return split_topics(self.topics)

    @property
    def own_hour(self) -> int | None:
        return None if self.hour == _NO_HOUR else self.hour


@dataclass(frozen=True, slots=True)
class Share:
    """What a group gets, and where it stands then. `variant` is empty for nothing at all.

    `next_at`, of those whose mail was due, is when their next one is.
    """

    group: Group
    variant: str
    due_at: datetime
    last_seq: int
    ahead: str
    next_at: datetime | None = None


# What narrows an audience further: a condition on `subscribers`, which is never NULL.
Narrow = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Readers:
    """Of which subscriptions the readers are, and when that is asked.

    Those whom `narrow` leaves out are groups, too: they get nothing, and must not get all of it at once on the day
    when they are meant.
    """

    newsletter: str
    audience: Audience
    now: datetime
    narrow: Narrow | None = None


def join_topics(keys: Sequence[str]) -> str:
    return TOPICS_END.join(keys)


def split_topics(topics: str) -> tuple[str, ...]:
    return tuple(topics.split(TOPICS_END)) if topics else ()


def load_groups(connection: Connection, readers: Readers) -> list[tuple[Group, int]]:
    """Each group, and how many readers it has."""
    own = _columns(readers)
    query = (
        select(*own, func.count())
        .select_from(subscriptions.join(subscribers, subscribers.c.id == subscriptions.c.subscriber_id))
        .where(_belongs(readers))
        .group_by(*own)
    )
    return [(Group(*values), number) for *values, number in connection.execute(query)]


def freeze_shares(connection: Connection, issue_id: int | None, readers: Readers, shares: Sequence[Share]) -> int:
    """Write one queued row for each reader whose group gets a variant, then note how far everybody is.

    Without an issue only the latter. Returns the number of rows written.
    """
    if not shares:
        return 0
    _shares.create(connection.core)
    try:
        connection.execute(insert(_shares), [_to_row(share) for share in shares])
        belongs = and_(_belongs(readers), *_same(readers))
        written = 0
        if issue_id is not None:
            written = connection.execute(_insert_deliveries(issue_id, belongs)).rowcount
        connection.execute(_update_subscriptions(belongs, is_due=readers.audience is Audience.DUE))
    finally:
        _shares.drop(connection.core)
    return written


def has_due(connection: Connection, newsletter: str, now: datetime) -> bool:
    """Anybody's own mail is due."""
    query = select(subscriptions.c.subscriber_id).where(_belongs_to_due(newsletter, now)).limit(1)
    return connection.execute(query).first() is not None


def next_due(connection: Connection, newsletter: str) -> datetime | None:
    """When the first of all own mails is due."""
    query = select(func.min(subscriptions.c.next_at, type_=Instant)).where(
        subscriptions.c.newsletter == newsletter,
        subscriptions.c.next_at.is_not(None),
        subscriptions.c.ended_at.is_(None),
    )
    return connection.execute(query).scalar_one_or_none()


def _belongs(readers: Readers) -> ColumnElement[bool]:
    if readers.audience is Audience.DUE:
        return _belongs_to_due(readers.newsletter, readers.now)
    runs = (subscriptions.c.newsletter == readers.newsletter, subscriptions.c.ended_at.is_(None))
    own = true() if readers.audience is Audience.EVERYBODY else subscriptions.c.rhythm == ""
    if readers.audience is Audience.ABREAST:
        own = and_(own, subscriptions.c.next_at.is_(None))
    return and_(*runs, own, _receives(readers.now))


def _belongs_to_due(newsletter: str, now: datetime) -> ColumnElement[bool]:
    return and_(
        subscriptions.c.newsletter == newsletter,
        subscriptions.c.next_at <= now,
        subscriptions.c.ended_at.is_(None),
    )


def _receives(now: datetime) -> ColumnElement[bool]:
    is_here = or_(subscribers.c.paused_until.is_(None), subscribers.c.paused_until <= now)
    is_barred = exists().where(suppressions.c.email_key == subscribers.c.email_key).correlate(subscribers)
    return and_(subscribers.c.state == SubscriberState.ACTIVE, is_here, ~is_barred)


def _columns(readers: Readers) -> list[ColumnElement[object]]:
    """Those of Group, in its order."""
    # All but those who are due belong because they receive; to ask once more takes as long as to write their rows.
    receives = _receives(readers.now) if readers.audience is Audience.DUE else true()
    return [
        subscriptions.c.last_seq,
        subscriptions.c.ahead,
        subscriptions.c.topics,
        subscriptions.c.rhythm,
        subscribers.c.language,
        subscribers.c.timezone,
        func.coalesce(subscribers.c.hour, _NO_HOUR),
        case((receives, true()), else_=false()),
        case((true() if readers.narrow is None else readers.narrow, true()), else_=false()),
    ]


def _same(readers: Readers) -> list[ColumnElement[bool]]:
    names = Group.__slots__
    return [_shares.c[name] == column for name, column in zip(names, _columns(readers), strict=True)]


def _insert_deliveries(issue_id: int, belongs: ColumnElement[bool]) -> Insert:
    rows = (
        select(
            literal(issue_id),
            subscribers.c.id,
            _shares.c.variant,
            literal(DeliveryState.QUEUED.value),
            _shares.c.due_at,
        )
        .select_from(subscriptions.join(subscribers, subscribers.c.id == subscriptions.c.subscriber_id), _shares)
        .where(belongs, _shares.c.receives, _shares.c.is_meant, _shares.c.variant != "")
        .order_by(subscribers.c.id)
    )
    columns = ["issue_id", "subscriber_id", "variant", "state", "due_at"]
    return insert(deliveries).prefix_with("OR IGNORE").from_select(columns, rows)


def _update_subscriptions(belongs: ColumnElement[bool], *, is_due: bool) -> Update:
    changes = [subscriptions.c.last_seq != _shares.c.new_last_seq, subscriptions.c.ahead != _shares.c.new_ahead]
    values = {"last_seq": _shares.c.new_last_seq, "ahead": _shares.c.new_ahead}
    if is_due:
        changes.append(subscriptions.c.next_at.is_distinct_from(_shares.c.new_next_at))
        values["next_at"] = _shares.c.new_next_at
    statement = update(subscriptions).where(subscribers.c.id == subscriptions.c.subscriber_id, belongs, or_(*changes))
    return statement.values(values)


def _to_row(share: Share) -> dict[str, object]:
    group = {name: getattr(share.group, name) for name in Group.__slots__}
    return {
        **group,
        "variant": share.variant,
        "due_at": share.due_at,
        "new_last_seq": share.last_seq,
        "new_ahead": share.ahead,
        "new_next_at": share.next_at,
    }


# Lives within one transaction of one connection; SQLite joins a million readers to it in one go.
_shares = Table(
    "shares",
    MetaData(),
    Column("last_seq", Integer),
    Column("ahead", Text),
    Column("topics", Text),
    Column("rhythm", String),
    Column("language", String),
    Column("timezone", String),
    Column("hour", Integer),
    Column("receives", Boolean),
    Column("is_meant", Boolean),
    Column("variant", String),
    Column("due_at", Instant),
    Column("new_last_seq", Integer),
    Column("new_ahead", Text),
    Column("new_next_at", Instant),
    prefixes=["TEMPORARY"],
)
