"""Rows of subscribers and of what they subscribe to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, case, exists, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from publisher.addresses import identity_key, normalise
from publisher.model.subscriber import Subscriber, SubscriberState
from publisher.storage.audience import split_topics
from publisher.storage.connection import Connection
from publisher.storage.schema import articles, issue_articles, issues, newsletters, subscribers, subscriptions

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Subscription:
    """Somebody's, to a newsletter; it ended at `ended_at` unless that is None. `topics` as they are kept.

    Articles up to number `last_seq`, and those in `ahead`, are dealt with for them; `next_at`: their own next mail.
    """

    newsletter: str
    since: datetime
    ended_at: datetime | None
    topics: tuple[str, ...] = ()
    rhythm: str = ""
    last_seq: int = 0
    ahead: str = ""
    next_at: datetime | None = None


def find_by_email(connection: Connection, email: str) -> Subscriber | None:
    query = _select_all().where(subscribers.c.email_key == identity_key(email))
    found = _collect(connection, query)
    return found[0] if found else None


def find_by_id(connection: Connection, subscriber_id: int) -> Subscriber | None:
    found = _collect(connection, _select_all().where(subscribers.c.id == subscriber_id))
    return found[0] if found else None


def load_many(connection: Connection, ids: Sequence[int], newsletter: str | None = None) -> list[Subscriber]:
    """Those of `ids`, by id; with `newsletter` only who receives it now."""
    query = _select_all().where(subscribers.c.id.in_(ids))
    return _collect(connection, query if newsletter is None else query.where(_receives(newsletter)))


def iterate(connection: Connection, newsletter: str | None = None) -> Iterator[Subscriber]:
    """Every subscriber by id, a page at a time. With `newsletter`: those who receive it now."""
    last = 0
    while True:
        is_somebody = subscribers.c.state != SubscriberState.FORGOTTEN
        query = _select_all().where(subscribers.c.id > last, is_somebody).limit(_PAGE)
        if newsletter is not None:
            query = query.where(_receives(newsletter))
        page = _collect(connection, query)
        if not page:
            return
        yield from page
        last = page[-1].id


def add(connection: Connection, subscriber: Subscriber, now: datetime) -> int:
    """Insert a person who is not there yet; returns the new id (`subscriber.id` is not used)."""
    statement = (
        insert(subscribers)
        .values(
            email=normalise(subscriber.email),
            email_key=identity_key(subscriber.email),
            name=subscriber.name,
            language=subscriber.language,
            state=subscriber.state,
            source=subscriber.source,
            created_at=now,
            fields=dict(subscriber.fields),
        )
        .returning(subscribers.c.id)
    )
    return int(connection.execute(statement).scalar_one())


def change(connection: Connection, subscriber_id: int, values: Mapping[str, object]) -> None:
    """Set columns (name, language, state, source, fields) of one subscriber."""
    if values:
        connection.execute(update(subscribers).where(subscribers.c.id == subscriber_id).values(**values))


def ended_newsletters(connection: Connection, subscriber_id: int) -> set[str]:
    """Newsletters this person left."""
    query = select(subscriptions.c.newsletter).where(
        subscriptions.c.subscriber_id == subscriber_id, subscriptions.c.ended_at.is_not(None)
    )
    return set(connection.execute(query).scalars())


def subscribe(connection: Connection, subscriber_id: int, names: Sequence[str], seq: int, now: datetime) -> None:
    """Start (or take up again) these subscriptions, as far as each newsletter is: the next issue is for them, too.

    Of a newsletter whose history is not closed yet, articles up to `seq` are history.
    """
    if not names:
        return
    rows = []
    for name in names:
        last_seq, ahead = how_far(connection, name, seq)
        start = {"since": now, "last_seq": last_seq, "ahead": ahead}
        rows.append({"subscriber_id": subscriber_id, "newsletter": name, **start})
    statement = upsert(subscriptions)
    new, own = statement.excluded, subscriptions.c
    # Who comes back may have had more than the newsletter itself has sent, at a rhythm of their own.
    is_further = own.last_seq >= new.last_seq
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["subscriber_id", "newsletter"],
            set_={
                "ended_at": None,
                "since": new.since,
                "last_seq": case((is_further, own.last_seq), else_=new.last_seq),
                "ahead": case((is_further, own.ahead), else_=new.ahead),
            },
            where=own.ended_at.is_not(None),
        ),
        rows,
    )


def catch_up(connection: Connection, subscriber_id: int, names: Sequence[str], seq: int) -> None:
    """These running subscriptions are as far as each newsletter, as for who joins now; none goes back.

    `seq` as above.
    """
    for name in names:
        last_seq, ahead = how_far(connection, name, seq)
        mine = (
            subscriptions.c.subscriber_id == subscriber_id,
            subscriptions.c.newsletter == name,
            subscriptions.c.ended_at.is_(None),
            subscriptions.c.last_seq < last_seq,
        )
        own = connection.execute(select(subscriptions.c.ahead).where(*mine)).scalar_one_or_none()
        if own is not None:
            had = {int(one) for one in f"{own},{ahead}".split(",") if one and int(one) > last_seq}
            values = {"last_seq": last_seq, "ahead": ",".join(map(str, sorted(had)))}
            connection.execute(update(subscriptions).where(*mine).values(values))


def resume(connection: Connection, subscriber_id: int, names: Sequence[str], since: datetime) -> set[str]:
    """Take up again what ended at `since` or later, as if it had never ended; returns which."""
    statement = (
        update(subscriptions)
        .where(
            subscriptions.c.subscriber_id == subscriber_id,
            subscriptions.c.newsletter.in_(names),
            subscriptions.c.ended_at >= since,
        )
        .values(ended_at=None)
        .returning(subscriptions.c.newsletter)
    )
    return set(connection.execute(statement).scalars())


def unsubscribe(connection: Connection, subscriber_id: int, names: Sequence[str], now: datetime) -> int:
    """End these subscriptions; returns how many were running."""
    statement = (
        update(subscriptions)
        .where(
            subscriptions.c.subscriber_id == subscriber_id,
            subscriptions.c.newsletter.in_(names),
            subscriptions.c.ended_at.is_(None),
        )
        .values(ended_at=now)
    )
    return connection.execute(statement).rowcount


def find_subscriptions(connection: Connection, subscriber_id: int) -> list[Subscription]:
    """All that this person has or had, by name."""
    query = select(subscriptions).where(subscriptions.c.subscriber_id == subscriber_id)
    rows = connection.execute(query.order_by(subscriptions.c.newsletter))
    return [
        Subscription(
            newsletter=row.newsletter,
            since=row.since,
            ended_at=row.ended_at,
            topics=split_topics(row.topics),
            rhythm=row.rhythm,
            last_seq=row.last_seq,
            ahead=row.ahead,
            next_at=row.next_at,
        )
        for row in rows
    ]


def count_receivers(connection: Connection, newsletter: str, only: ColumnElement[bool] | None = None) -> int:
    """`only` is a condition on subscribers (see storage/segments.py)."""
    receivers = _receivers(newsletter) if only is None else _receivers(newsletter).where(only)
    query = select(func.count()).select_from(receivers.subquery())
    return int(connection.execute(query).scalar_one())


def count_by_state(connection: Connection) -> dict[str, int]:
    """Without those who are forgotten: their rows are numbers of the ledger, and nobody."""
    is_somebody = subscribers.c.state != SubscriberState.FORGOTTEN
    query = select(subscribers.c.state, func.count()).where(is_somebody).group_by(subscribers.c.state)
    return {state: number for state, number in connection.execute(query)}  # noqa: C416 - rows are no pairs for mypy


def how_far(connection: Connection, name: str, seq: int) -> tuple[int, str]:
    """The last article that the newsletter has dealt with, and those behind it that it has sent, for who joins now.

    `seq`, the last article there is, where its history is not closed yet.
    """
    last_seq = connection.execute(select(newsletters.c.last_seq).where(newsletters.c.name == name)).scalar_one_or_none()
    if last_seq is None:
        return seq, ""
    query = (
        select(articles.c.seq)
        .distinct()
        .join(issue_articles, issue_articles.c.article_id == articles.c.id)
        .join(issues, issues.c.id == issue_articles.c.issue_id)
        .where(articles.c.seq > last_seq, issues.c.newsletter == name, issues.c.audience == "")
        .order_by(articles.c.seq)
    )
    return last_seq, ",".join(str(seq) for seq in connection.execute(query).scalars())


def _receives(newsletter: str) -> ColumnElement[bool]:
    """Asked for each person of a page; `id IN (all receivers)` would gather all of them anew for every page."""
    runs = (
        subscriptions.c.subscriber_id == subscribers.c.id,
        subscriptions.c.newsletter == newsletter,
        subscriptions.c.ended_at.is_(None),
    )
    return exists().where(*runs) & (subscribers.c.state == SubscriberState.ACTIVE)


def _receivers(newsletter: str) -> Select[tuple[int]]:
    """Ids of those who receive this newsletter now."""
    return (
        select(subscriptions.c.subscriber_id)
        .join(subscribers, subscribers.c.id == subscriptions.c.subscriber_id)
        .where(
            subscriptions.c.newsletter == newsletter,
            subscriptions.c.ended_at.is_(None),
            subscribers.c.state == SubscriberState.ACTIVE,
        )
    )


def _select_all() -> Select[tuple[object, ...]]:
    return select(subscribers).order_by(subscribers.c.id)


def _collect(connection: Connection, query: Select[tuple[object, ...]]) -> list[Subscriber]:
    rows = connection.execute(query).all()
    running: dict[int, list[str]] = {row.id: [] for row in rows}
    names = (
        select(subscriptions.c.subscriber_id, subscriptions.c.newsletter)
        .where(subscriptions.c.subscriber_id.in_(running), subscriptions.c.ended_at.is_(None))
        .order_by(subscriptions.c.newsletter)
    )
    for subscriber_id, newsletter in connection.execute(names):
        running[subscriber_id].append(newsletter)
    return [
        Subscriber(
            id=row.id,
            email=row.email,
            name=row.name,
            language=row.language,
            state=SubscriberState(row.state),
            source=row.source,
            created_at=row.created_at,
            newsletters=tuple(running[row.id]),
            fields=row.fields,
        )
        for row in rows
    ]
