"""People, and what they receive: who has left does not come back by accident."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from publisher.model.subscriber import Subscriber, SubscriberState
from publisher.storage import subscribers as rows
from publisher.storage.database import Connection, Database
from publisher.storage.schema import subscriptions
from tests.storage.rows import NOW, add_reader

LATER = NOW + timedelta(days=1)
HANAKO = Subscriber(
    id=0, email=" Hanako@例え.JP", name="花子 🌸", language="ja", source="手で", fields={"会社": "試験社", "空": ""}
)


def subscription(connection: Connection, id_: int, name: str) -> tuple[object, ...]:
    query = select(subscriptions.c.since, subscriptions.c.ended_at, subscriptions.c.last_seq)
    return tuple(
        connection.execute(query.where(subscriptions.c.subscriber_id == id_, subscriptions.c.newsletter == name)).one()
    )


def test_a_person_comes_back_as_added(database: Database) -> None:
    with database.write() as connection:
        id_ = rows.add(connection, HANAKO, NOW)
        rows.subscribe(connection, id_, ["weekly", "新着"], 3, NOW)
        found = rows.find_by_email(connection, "hanako@xn--r8jz45g.jp")
    assert found == Subscriber(
        id=id_,
        email="Hanako@xn--r8jz45g.jp",
        name="花子 🌸",
        language="ja",
        state=SubscriberState.ACTIVE,
        source="手で",
        created_at=NOW,
        newsletters=("weekly", "新着"),
        fields={"会社": "試験社", "空": ""},
    )


def test_another_spelling_of_an_address_is_the_same_person(database: Database) -> None:
    with database.write() as connection:
        id_ = rows.add(connection, HANAKO, NOW)
        for spelling in ("HANAKO@例え.jp", "hanako@XN--R8JZ45G.jp "):
            found = rows.find_by_email(connection, spelling)
            assert found is not None
            assert found.id == id_
        assert rows.find_by_email(connection, "hanako+x@例え.jp") is None
        assert rows.find_by_email(connection, "no address") is None
    with pytest.raises(IntegrityError), database.write() as connection:
        rows.add(connection, Subscriber(id=0, email="hanako@例え.jp"), NOW)


def test_the_id_of_a_person_is_never_given_again(database: Database) -> None:
    with database.write() as connection:
        id_ = rows.add(connection, HANAKO, NOW)
        connection.exec_driver_sql("DELETE FROM subscribers")
        assert rows.add(connection, HANAKO, NOW) > id_  # links in old mail name the id


def test_a_person_can_be_changed(database: Database) -> None:
    with database.write() as connection:
        id_, other = rows.add(connection, HANAKO, NOW), add_reader(connection, 1)
        rows.change(connection, id_, {})
        rows.change(connection, id_, {"name": "はな", "fields": {"a": "b"}, "state": SubscriberState.SUPPRESSED})
        found = {person.id: person for person in rows.iterate(connection)}
    assert (found[id_].name, found[id_].fields, found[id_].state) == ("はな", {"a": "b"}, SubscriberState.SUPPRESSED)
    assert (found[other].name, found[other].state) == ("読者1", SubscriberState.ACTIVE)


def test_subscribing_again_changes_nothing(database: Database) -> None:
    with database.write() as connection:
        id_ = rows.add(connection, HANAKO, NOW)
        rows.subscribe(connection, id_, ["weekly"], 3, NOW)
        rows.subscribe(connection, id_, ["weekly"], 9, LATER)
        rows.subscribe(connection, id_, [], 9, LATER)
        assert subscription(connection, id_, "weekly") == (NOW, None, 3)


def test_who_left_is_remembered_and_may_come_back(database: Database) -> None:
    with database.write() as connection:
        id_ = rows.add(connection, HANAKO, NOW)
        rows.subscribe(connection, id_, ["weekly", "新着"], 3, NOW)
        assert rows.unsubscribe(connection, id_, ["weekly", "unknown"], LATER) == 1
        assert rows.unsubscribe(connection, id_, ["weekly"], LATER + timedelta(days=1)) == 0
        assert rows.unsubscribe(connection, id_, [], LATER) == 0
        assert rows.ended_newsletters(connection, id_) == {"weekly"}
        assert subscription(connection, id_, "weekly") == (NOW, LATER, 3)
        found = rows.find_by_email(connection, HANAKO.email)
        assert found is not None
        assert found.newsletters == ("新着",)
        rows.subscribe(connection, id_, ["weekly"], 9, LATER)
        assert rows.ended_newsletters(connection, id_) == set()
        assert subscription(connection, id_, "weekly") == (LATER, None, 9)  # what came meanwhile is history


def test_leaving_touches_nobody_else(database: Database) -> None:
    with database.write() as connection:
        one, other = add_reader(connection, 1), add_reader(connection, 2)
        rows.unsubscribe(connection, one, ["weekly"], NOW)
        assert [person.id for person in rows.iterate(connection, "weekly")] == [other]


@pytest.mark.parametrize("state", list(SubscriberState))
def test_only_active_people_with_a_running_subscription_receive(database: Database, state: SubscriberState) -> None:
    with database.write() as connection:
        subject, reader, left = (add_reader(connection, number) for number in range(3))
        add_reader(connection, 3, "another")
        rows.change(connection, subject, {"state": state})
        rows.unsubscribe(connection, left, ["weekly"], NOW)
        expected = [subject, reader] if state is SubscriberState.ACTIVE else [reader]
        assert [person.id for person in rows.iterate(connection, "weekly")] == expected
        assert rows.count_receivers(connection, "weekly") == len(expected)
        assert rows.count_receivers(connection, "unknown") == 0


def test_everybody_is_listed_by_id_over_many_pages(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) "
            "INSERT INTO subscribers (id, email, email_key, name, language, state, source, created_at, fields) "
            "SELECT i, 'r' || i, 'r' || i, '', '', 'active', '', '2026-01-01T00:00:00.000000Z', '{}' FROM n"
        )
        connection.exec_driver_sql(
            "INSERT INTO subscriptions (subscriber_id, newsletter, since) "
            "SELECT id, 'weekly', created_at FROM subscribers WHERE id % 5 = 0"
        )
        assert [person.id for person in rows.iterate(connection)] == list(range(1, 2501))
        some = list(rows.iterate(connection, "weekly"))
    assert [person.id for person in some] == list(range(5, 2501, 5))
    assert all(person.newsletters == ("weekly",) for person in some)


def test_people_are_counted_by_state(database: Database) -> None:
    with database.write() as connection:
        assert rows.count_by_state(connection) == {}
        ids = [add_reader(connection, number) for number in range(3)]
        rows.change(connection, ids[0], {"state": SubscriberState.PENDING})
        assert rows.count_by_state(connection) == {"active": 2, "pending": 1}
