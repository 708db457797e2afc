"""Rows of what readers have chosen, and when their own next mail is due."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Update, select, update

from publisher.model.preferences import Choice, Preferences, Rhythm
from publisher.model.subscriber import SubscriberState
from publisher.storage.audience import join_topics, split_topics
from publisher.storage.connection import Connection
from publisher.storage.schema import newsletters, subscribers, subscriptions

_IS_DUE_SOME_DAY = (subscriptions.c.next_at.is_not(None), subscriptions.c.ended_at.is_(None))


def load_preferences(connection: Connection, subscriber_id: int) -> Preferences | None:
    """None when there is no such person. Topics come as they are kept: in the form in which names are compared."""
    own = subscribers.c
    row = connection.execute(
        select(own.name, own.language, own.timezone, own.hour, own.paused_until).where(own.id == subscriber_id)
    ).first()
    if row is None:
        return None
    query = (
        select(subscriptions.c.newsletter, subscriptions.c.topics, subscriptions.c.rhythm)
        .where(subscriptions.c.subscriber_id == subscriber_id, subscriptions.c.ended_at.is_(None))
        .order_by(subscriptions.c.newsletter)
    )
    choices = [
        Choice(name, split_topics(topics), Rhythm(rhythm) if rhythm else None)
        for name, topics, rhythm in connection.execute(query)
    ]
    return Preferences(tuple(choices), row.name, row.language, row.timezone, row.hour, row.paused_until)


def save_preferences(connection: Connection, subscriber_id: int, wanted: Preferences) -> None:
    """The person's own, unless they are forgotten by now; their choices are saved one by one."""
    connection.execute(
        update(subscribers)
        .where(subscribers.c.id == subscriber_id, subscribers.c.state != SubscriberState.FORGOTTEN)
        .values(
            name=wanted.name,
            language=wanted.language,
            timezone=wanted.timezone,
            hour=wanted.hour,
            paused_until=wanted.paused_until,
        )
    )


def save_choice(connection: Connection, subscriber_id: int, choice: Choice) -> None:
    """Of a subscription that runs."""
    values = {"topics": join_topics(choice.topics), "rhythm": choice.rhythm or ""}
    connection.execute(_running(subscriber_id, choice.newsletter).values(values))


def set_next(connection: Connection, subscriber_id: int, newsletter: str, next_at: datetime | None) -> None:
    """When this person's own next mail is due; None: with the newsletter, or with the next article."""
    connection.execute(_running(subscriber_id, newsletter).values(next_at=next_at))


def wake_readers(connection: Connection, newsletter: str, news: str, now: datetime) -> None:
    """There is something new: who wants each article is due now. `news` is remembered as what they were woken for."""
    connection.execute(
        update(subscriptions)
        .where(
            subscriptions.c.newsletter == newsletter,
            subscriptions.c.rhythm == Rhythm.EACH,
            subscriptions.c.next_at.is_(None),
            subscriptions.c.ended_at.is_(None),
        )
        .values(next_at=now)
    )
    connection.execute(update(newsletters).where(newsletters.c.name == newsletter).values(woken=news))


def has_put_off(connection: Connection, newsletter: str, beyond: datetime) -> bool:
    """Whether the own next mail of a reader is due after `beyond`."""
    query = select(subscriptions.c.subscriber_id).where(*_put_off(newsletter, beyond)).limit(1)
    return connection.execute(query).first() is not None


def bring_back(connection: Connection, newsletter: str, beyond: datetime, now: datetime) -> int:
    """Those are due now; returns how many."""
    statement = update(subscriptions).where(*_put_off(newsletter, beyond))
    return connection.execute(statement.values(next_at=now)).rowcount


def _put_off(newsletter: str, beyond: datetime) -> tuple[ColumnElement[bool], ...]:
    is_late = subscriptions.c.next_at > beyond
    # Said in words, or the index of what is due would not be used.
    return subscriptions.c.newsletter == newsletter, is_late, *_IS_DUE_SOME_DAY


def _running(subscriber_id: int, newsletter: str) -> Update:
    return update(subscriptions).where(
        subscriptions.c.subscriber_id == subscriber_id,
        subscriptions.c.newsletter == newsletter,
        subscriptions.c.ended_at.is_(None),
    )
