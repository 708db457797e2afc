"""A segment -> a condition on the table of subscribers. Every value is a bound parameter."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, exists, false, func, literal, not_, or_, select, type_coerce
from sqlalchemy.types import String

from publisher import urls
from publisher.model.delivery import DeliveryState
from publisher.model.subscriber import SubscriberState
from publisher.segments.expression import (
    And,
    DayTest,
    Expression,
    LedgerTest,
    Not,
    NumberTest,
    Or,
    RecentTest,
    TextTest,
)
from publisher.storage.audience import TOPICS_END
from publisher.storage.connection import Connection
from publisher.storage.schema import deliveries, subscribers, subscriptions

Condition = ColumnElement[bool]

# What a receipt, or a report later, has made of a delivery.
_STATES = {
    "accepted": (DeliveryState.ACCEPTED.value,),
    "bounced": (DeliveryState.FAILED.value, DeliveryState.BOUNCED.value),
    "complained": (DeliveryState.COMPLAINED.value,),
    "deferred": (DeliveryState.DEFERRED.value,),
    "uncertain": (DeliveryState.UNCERTAIN.value,),
}
_DAY = timedelta(days=1)
_own = subscriptions.alias("own")  # an audience has subscriptions of its own in the same statement


def segment_condition(expression: Expression, now: datetime) -> ColumnElement[bool]:
    """True for the subscribers whom the expression means; never NULL. Its days are those of the clock of `now`.

    What the ledger says is asked once for all of them, not for each: the ledger has no index by subscriber, whose
    upkeep every message that is sent would pay for.
    """
    match expression:
        case And(parts):
            return and_(*(segment_condition(part, now) for part in parts))
        case Or(parts):
            return or_(*(segment_condition(part, now) for part in parts))
        case Not(inner):
            return not_(segment_condition(inner, now))
        case TextTest():
            return _test_text(expression)
        case DayTest(_, op, _):
            return _test_day(expression, op, now)
        case RecentTest(_, within):
            return subscribers.c.created_at >= _before(now, within)
        case NumberTest(_, op, number):
            return _test_hour(op, number)
        case LedgerTest():
            return _test_ledger(expression, now)


def matching_ids(connection: Connection, expression: Expression, now: datetime) -> Sequence[int]:
    """Ids in their order, eight bytes each: asked once, however many pages are made of them. Not of the forgotten."""
    query = (
        select(subscribers.c.id).where(_is_somebody(), segment_condition(expression, now)).order_by(subscribers.c.id)
    )
    return array("q", connection.execute(query.execution_options(yield_per=10_000)).scalars())


def pages_of(ids: Sequence[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(ids), size):
        yield list(ids[start : start + size])


def count_matching(connection: Connection, expression: Expression, now: datetime) -> int:
    query = select(func.count()).select_from(subscribers).where(_is_somebody(), segment_condition(expression, now))
    return int(connection.execute(query).scalar_one())


def _is_somebody() -> ColumnElement[bool]:
    return subscribers.c.state != SubscriberState.FORGOTTEN


def _test_text(test: TextTest) -> ColumnElement[bool]:
    name = test.property
    if name in {"newsletter", "rhythm"}:
        return _runs(_matches(_own.c[name], test))
    if name == "topic":
        return _test_topic(test)
    if name == "tag":
        return _has(_field("tags"), test)
    if name.startswith("field."):
        return _has(_field(name.removeprefix("field.")), test)
    if name == "language" and test.op == "=":
        return or_(*(_is_language(value) for value in test.values))
    if name == "status":
        return _matches(subscribers.c.state, test)
    return _matches(subscribers.c.email_key if name == "email" else subscribers.c[name], test, folds=name == "email")


def _matches(value: ColumnElement[str], test: TextTest, *, folds: bool = False) -> ColumnElement[bool]:
    values = [text.casefold() if folds else text for text in test.values]
    if test.op == "empty":
        return value == ""
    if test.op == "contains":  # a search for letters, without signs that mean others
        return func.instr(value, values[0]) > 0
    return value.in_(values)


def _has(value: ColumnElement[str], test: TextTest) -> ColumnElement[bool]:
    """Of a text that lists things with commas between."""
    if test.op != "has":
        return _matches(value, test)
    listed = literal(", ").concat(value).concat(", ")
    return or_(*(func.instr(listed, f", {text}, ") > 0 for text in test.values))


def _field(name: str) -> ColumnElement[str]:
    """A member of the JSON object, found by comparing names: no name can be a path."""
    each = func.json_each(subscribers.c.fields).table_valued("key", "value")
    found = select(type_coerce(each.c.value, String)).where(each.c.key == name).limit(1)
    return func.coalesce(found.correlate(subscribers).scalar_subquery(), "")


def _is_language(value: str) -> ColumnElement[bool]:
    """`en` means `en-GB` too (RFC 4647 3.3.1)."""
    language, wanted = func.lower(subscribers.c.language), value.lower()
    return or_(language == wanted, func.substr(language, 1, len(wanted) + 1) == f"{wanted}-")


def _test_topic(test: TextTest) -> ColumnElement[bool]:
    """Of any newsletter that they receive. Who chose none gets all of them, and is empty here."""
    if test.op == "empty":
        return not_(_runs(_own.c.topics != ""))
    end = TOPICS_END
    listed = literal(end).concat(_own.c.topics).concat(end)
    keys = [key for text in test.values if (key := urls.folder_key(text))]
    return _runs(or_(false(), *(func.instr(listed, f"{end}{key}{end}") > 0 for key in keys)))


def _runs(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """One of the subscriptions that run is so."""
    running = (_own.c.subscriber_id == subscribers.c.id, _own.c.ended_at.is_(None))
    return exists().where(*running, condition)


def _test_day(test: DayTest, op: str, now: datetime) -> ColumnElement[bool]:
    begin = datetime.combine(test.day, time.min, now.tzinfo)
    end = datetime.combine(test.day + _DAY, time.min, now.tzinfo) if test.day.toordinal() < 3_652_059 else None
    joined = subscribers.c.created_at
    if op == "before":
        return joined < begin
    if op == "since":
        return joined >= begin
    if end is None:  # the last day of the calendar
        return joined >= begin if op == "on" else false()
    return joined >= end if op == "after" else and_(joined >= begin, joined < end)


def _test_hour(op: str, number: int) -> ColumnElement[bool]:
    hour = func.coalesce(subscribers.c.hour, -1)  # who chose none has none of them
    if op == "=":
        return hour == number
    return and_(hour >= 0, hour < number) if op == "<" else and_(hour >= 0, hour >= number)


def _test_ledger(test: LedgerTest, now: datetime) -> ColumnElement[bool]:
    found = select(deliveries.c.subscriber_id).where(deliveries.c.state.in_(_STATES[test.event]))
    if test.within is not None:
        found = found.where(deliveries.c.settled_at >= _before(now, test.within))
    if test.least > 1:
        found = found.group_by(deliveries.c.subscriber_id).having(func.count() >= test.least)
    return subscribers.c.id.in_(found)


def _before(now: datetime, length: timedelta) -> datetime:
    try:
        return now - length
    except OverflowError:
        return datetime.min.replace(tzinfo=now.tzinfo)
