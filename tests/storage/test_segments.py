"""What a segment says is what the database finds: held against the same asked in Python."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from publisher.issues.variants import to_topics
from publisher.model.delivery import DeliveryState
from publisher.model.subscriber import Subscriber, SubscriberState
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
from publisher.segments.parse import parse_segment
from publisher.storage import segments, subscribers
from publisher.storage.audience import Audience, Readers, Share, freeze_shares, join_topics, load_groups
from publisher.storage.database import Connection, Database
from publisher.storage.schema import deliveries, subscriptions
from publisher.storage.schema import subscribers as table
from tests.segments.strategies import EXPRESSIONS
from tests.storage.rows import NOW, add_issue

LOCAL = NOW.astimezone(ZoneInfo("Asia/Tokyo"))
STATES = {"accepted": {"accepted"}, "bounced": {"failed"}, "deferred": {"deferred"}, "uncertain": {"uncertain"}}


@dataclass
class Person:
    email: str
    name: str = ""
    language: str = ""
    status: str = "active"
    source: str = ""
    timezone: str = ""
    hour: int | None = None
    joined: datetime = NOW
    fields: Mapping[str, str] = field(default_factory=dict)
    runs: list[tuple[str, list[str], str]] = field(default_factory=list)  # newsletter, topics, rhythm
    got: list[tuple[str, datetime]] = field(default_factory=list)  # state of a delivery, and when


def save(connection: Connection, people: list[Person]) -> dict[int, Person]:
    found = {}
    issues = [add_issue(connection) for _ in range(max((len(person.got) for person in people), default=0))]
    for person in people:
        row = Subscriber(
            id=0,
            email=person.email,
            name=person.name,
            language=person.language,
            state=SubscriberState(person.status),
            source=person.source,
            fields=person.fields,
        )
        id_ = subscribers.add(connection, row, person.joined)
        found[id_] = person
        values = {"timezone": person.timezone, "hour": person.hour}
        connection.execute(update(table).where(table.c.id == id_).values(**values))
        for newsletter, topics, rhythm in person.runs:
            subscribers.subscribe(connection, id_, [newsletter], 0, NOW)
            connection.execute(
                update(subscriptions)
                .where(subscriptions.c.subscriber_id == id_, subscriptions.c.newsletter == newsletter)
                .values(topics=join_topics(to_topics(topics)), rhythm=rhythm)
            )
        for issue, (state, when) in zip(issues, person.got, strict=False):
            values = {"issue_id": issue, "subscriber_id": id_, "variant": "ja", "state": state}
            connection.execute(insert(deliveries).values(**values, due_at=when, settled_at=when))
    return found


def find(connection: Connection, expression: Expression | str) -> list[int]:
    parsed = parse_segment(expression) if isinstance(expression, str) else expression
    ids = list(segments.matching_ids(connection, parsed, LOCAL))
    assert segments.count_matching(connection, parsed, LOCAL) == len(ids)
    return ids


def holds(test: Expression, person: Person) -> bool:
    match test:
        case And(parts):
            return all(holds(part, person) for part in parts)
        case Or(parts):
            return any(holds(part, person) for part in parts)
        case Not(inner):
            return not holds(inner, person)
        case TextTest(name, op, values):
            return any_text(name, op, values, person)
        case DayTest(_, op, day):
            joined = person.joined.astimezone(LOCAL.tzinfo).date()
            return {"before": joined < day, "after": joined > day, "since": joined >= day, "on": joined == day}[op]
        case RecentTest(_, within):
            return person.joined >= NOW - within
        case NumberTest(_, op, number):
            hour = person.hour
            return hour is not None and {"=": hour == number, "<": hour < number, ">=": hour >= number}[op]
        case LedgerTest(event, least, within):
            states = STATES.get(event, set())
            since = NOW - within if within is not None else datetime.min.replace(tzinfo=UTC)
            return sum(state in states and when >= since for state, when in person.got) >= least


def any_text(name: str, op: str, values: tuple[str, ...], person: Person) -> bool:
    if name == "topic":
        topics = {topic for _, chosen, _ in person.runs for topic in to_topics(chosen)}
        return not topics if op == "empty" else bool(topics & set(to_topics(values)))
    if name in {"newsletter", "rhythm"}:
        texts = [run[0] if name == "newsletter" else run[2] for run in person.runs]
    elif name == "tag" or name.startswith("field."):
        texts = [person.fields.get("tags" if name == "tag" else name[6:], "")]
    else:
        texts = [getattr(person, name)]
    if name == "language" and op == "=":
        text = texts[0].lower()
        return any(text == value.lower() or text.startswith(value.lower() + "-") for value in values if value.isascii())
    if name == "email":
        values = tuple(value.casefold() for value in values)
    return any(one_text(text, op, values) for text in texts)


def one_text(text: str, op: str, values: tuple[str, ...]) -> bool:
    if op == "empty":
        return text == ""
    if op == "contains":
        return values[0] in text
    return any(f", {value}, " in f", {text}, " for value in values) if op == "has" else text in values


_WORDS = st.sampled_from(["", "ja", "AI", "and", "松本市", 'a "b"', "\\", "has", "a b", "%", "AI, a b"])
_PEOPLE = st.builds(
    Person,
    email=st.uuids().map(lambda uuid: f"{uuid}@reader.example"),
    name=_WORDS,
    language=st.sampled_from(["", "ja", "en-GB", "en"]),
    status=st.sampled_from(["active", "pending", "unsubscribed"]),
    source=_WORDS,
    timezone=_WORDS,
    hour=st.none() | st.integers(0, 23),
    joined=st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC)),  # noqa: DTZ001 - hypothesis wants naive ones
    fields=st.dictionaries(st.sampled_from(["tags", "0", "a.b", "$", "city"]), _WORDS, max_size=3),
    runs=st.lists(
        st.tuples(
            st.sampled_from(["weekly", "ja"]), st.lists(_WORDS, max_size=2), st.sampled_from(["", "weekly", "daily"])
        ),
        max_size=2,
        unique_by=lambda run: run[0],
    ),
    got=st.lists(
        st.tuples(
            st.sampled_from(["accepted", "failed", "queued", "uncertain"]),
            st.integers(0, 9000).map(lambda hours: NOW - timedelta(hours=hours)),
        ),
        max_size=4,
    ),
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_PEOPLE, max_size=4), st.lists(EXPRESSIONS, min_size=1, max_size=4))
def test_the_database_finds_whom_the_words_mean(
    database: Database, people: list[Person], expressions: list[Expression]
) -> None:
    with database.write() as connection:
        saved = save(connection, people)
        for expression in expressions:
            assert find(connection, expression) == [id_ for id_, person in saved.items() if holds(expression, person)]
        for name in ("deliveries", "subscriptions", "variants", "issues", "subscribers"):
            connection.exec_driver_sql(f"DELETE FROM {name}")  # noqa: S608 - names of ours


@pytest.fixture
def people() -> list[Person]:
    return [
        Person(
            "hanako@reader.example",
            language="ja",
            fields={"city": "松本市", "tags": "AI, VIP"},
            runs=[("weekly", ["AI"], "daily")],
            got=[("accepted", NOW - timedelta(days=day)) for day in (1, 40, 80)],
            joined=NOW - timedelta(days=100),
        ),
        Person("emma@reader.example", language="en-GB", hour=7, runs=[("weekly", [], "")], got=[("failed", NOW)]),
        Person("jiro@reader.example", status="unsubscribed", joined=datetime(2026, 11, 18, 15, tzinfo=UTC)),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("language = EN", [2]),
        ('field.city = "松本市" and tag has VIP', [1]),
        ("field.city != 松本市", [2, 3]),
        ("topic has AI", [1]),
        ("topic is empty", [2, 3]),
        ("rhythm = daily", [1]),
        ("newsletter = weekly", [1, 2]),
        ("email = HANAKO@reader.example", [1]),
        ("status = unsubscribed", [3]),
        ("accepted last 30d", [1]),
        ("accepted count >= 2 last 60d", [1]),
        ("accepted count >= 3 last 60d", []),
        ("never accepted and status = active", [2]),
        ("bounced last 30d", [2]),
        ("hour >= 0", [2]),
        ("joined before 2026-09-01", [1]),
        ("joined on 2026-11-19", [2, 3]),  # the third at midnight in Tokyo
        ("joined after 2026-11-19", []),
        ("joined last 1w", [2, 3]),
        ("joined after 9999-12-31", []),
        ("joined last 5214w", [1, 2, 3]),
    ],
)
def test_each_test_finds_its_people(database: Database, people: list[Person], text: str, expected: list[int]) -> None:
    with database.write() as connection:
        assert list(save(connection, people)) == [1, 2, 3]
        assert find(connection, text) == expected


def test_an_audience_is_only_whom_the_segment_means(database: Database, people: list[Person]) -> None:
    with database.write() as connection:
        save(connection, people)
        only = segments.segment_condition(parse_segment("language = ja"), LOCAL)
        assert subscribers.count_receivers(connection, "weekly", only) == 1
        issue = add_issue(connection)
        readers = Readers("weekly", Audience.EVERYBODY, NOW, only)
        groups = load_groups(connection, readers)
        assert sorted((group.is_meant, number) for group, number in groups) == [(False, 1), (True, 1)]
        freeze_shares(connection, issue, readers, [Share(group, "ja", NOW, 7, "") for group, _ in groups])
        queued = select(deliveries.c.subscriber_id).where(
            deliveries.c.issue_id == issue, deliveries.c.state == DeliveryState.QUEUED
        )
        assert list(connection.execute(queued).scalars()) == [1]


def test_pages_hold_everybody_once() -> None:
    pages = list(segments.pages_of(range(10), 4))
    assert list(itertools.chain(*pages)) == list(range(10))
    assert list(segments.pages_of([], 4)) == []


@pytest.mark.parametrize("value", ["' OR 1=1 --", "$.name", "%", "_", '"]', "\\"])
def test_no_value_is_anything_but_a_value(database: Database, people: list[Person], value: Any) -> None:
    with database.write() as connection:
        save(connection, people)
        for name in ("name", "topic", f"field.{value}"):
            assert find(connection, TextTest(name, "has" if name == "topic" else "=", (value,))) == []
