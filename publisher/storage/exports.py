"""Everybody, with all that a list says of them, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, func, select

from publisher.model.lists import Enrolment, ListEntry
from publisher.model.subscriber import SubscriberState
from publisher.storage.audience import split_topics
from publisher.storage.connection import Connection
from publisher.storage.schema import subscribers, subscriptions

_PAGE = 2000


def list_entries(
    connection: Connection, newsletter: str | None = None, ids: Sequence[int] | None = None
) -> Iterator[ListEntry]:
    """By id, in bounded memory. With `newsletter` who has it or had it; with `ids`, which are in order, only those."""
    for page in _pages(connection, newsletter, ids):
        enrolments: dict[int, list[Enrolment]] = {row.id: [] for row in page}
        found = select(subscriptions).where(subscriptions.c.subscriber_id.in_(list(enrolments)))
        for row in connection.execute(found.order_by(subscriptions.c.newsletter)):
            item = Enrolment(row.newsletter, row.since, row.ended_at, split_topics(row.topics), row.rhythm)
            enrolments[row.subscriber_id].append(item)
        for row in page:
            yield _entry(row, tuple(enrolments[row.id]))


def field_names(connection: Connection, limit: int) -> list[str]:
    """Names of the fields that anybody has, in their order; no more than `limit`."""
    each = func.json_each(subscribers.c.fields).table_valued("key")
    query = select(each.c.key).select_from(subscribers.join(each, onclause=subscribers.c.id.is_not(None)))
    return list(connection.execute(query.distinct().order_by(each.c.key).limit(limit)).scalars())


def _pages(connection: Connection, newsletter: str | None, ids: Sequence[int] | None) -> Iterator[Sequence[Row[Any]]]:
    is_somebody = subscribers.c.state != SubscriberState.FORGOTTEN
    query = select(subscribers).where(is_somebody).order_by(subscribers.c.id)
    if newsletter is not None:
        has_it = select(subscriptions.c.subscriber_id).where(
            subscriptions.c.subscriber_id == subscribers.c.id, subscriptions.c.newsletter == newsletter
        )
        query = query.where(has_it.exists())
    if ids is not None:
        for start in range(0, len(ids), _PAGE):
            some = list(ids[start : start + _PAGE])
            yield connection.execute(query.where(subscribers.c.id.in_(some))).all()
        return
    last = 0
    while page := connection.execute(query.where(subscribers.c.id > last).limit(_PAGE)).all():
        yield page
        last = page[-1].id


def _entry(row: Row[Any], enrolments: tuple[Enrolment, ...]) -> ListEntry:
    return ListEntry(
        email=row.email,
        name=row.name,
        language=row.language,
        status=SubscriberState(row.state),
        joined=row.created_at,
        left_at=max((item.ended_at for item in enrolments if item.ended_at is not None), default=None),
        source=row.source,
        enrolments=enrolments,
        timezone=row.timezone,
        hour=row.hour,
        paused_until=row.paused_until,
        fields=row.fields,
    )
