"""Rows of our own hub."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from publisher.model.hub import HubMode, HubQuestion, HubSubscription
from publisher.storage import subscriptions as rows
from publisher.storage.database import Connection, Database
from publisher.storage.subscriptions import Farthest, HubCounts
from tests.storage.rows import NOW

TOPIC, OTHER = "https://note.example/rss.xml", "https://note.example/atom.xml"
LEASE = timedelta(minutes=2)
SECOND = timedelta(seconds=1)


def question(number: int = 1, host: str = "reader.example", due_at: datetime = NOW, topic: str = TOPIC) -> HubQuestion:
    callback = f"https://{host}/push/{number}"
    return HubQuestion(HubMode.SUBSCRIBE, topic, callback, host, "密", timedelta(days=3), due_at, attempts=1)


def subscription(number: int = 1, host: str = "reader.example", topic: str = TOPIC) -> HubSubscription:
    return HubSubscription(topic, f"https://{host}/push/{number}", host, "密", NOW + timedelta(days=3), version=2)


def claim_all(connection: Connection, now: datetime = NOW, *busy: str) -> list[str]:
    found = []
    while claimed := rows.claim_question(connection, now, LEASE, busy):
        found.append(claimed[1].callback)
    return found


@pytest.fixture
def waiting(database: Database) -> Database:
    """Three who wait for a change, the second of them for longest."""
    with database.write() as connection:
        for number, minutes in ((1, 2), (2, 3), (3, 1)):
            due = NOW - timedelta(minutes=minutes)
            rows.save_subscription(
                connection, replace(subscription(number, f"{number}.example"), due_at=due, since=due)
            )
    return database


# ---------------------------------------------------------------------------------------------------- questions


def test_a_question_comes_back_as_it_was(database: Database) -> None:
    with database.write() as connection:
        rows.save_question(connection, question())
        found = rows.claim_question(connection, NOW, LEASE, [])
        assert found is not None
        assert found[1] == question()
        assert rows.find_question(connection, found[1], found[0]) == question()


def test_questions_are_claimed_once_in_order_when_due_and_not_of_busy_hosts(database: Database) -> None:
    with database.write() as connection:
        for number, (host, seconds) in enumerate([("a.example", 0), ("b.example", -5), ("a.example", -9), ("c", 1)]):
            rows.save_question(connection, question(number, host, NOW + seconds * SECOND))
        assert claim_all(connection, NOW, "a.example") == ["https://b.example/push/1"]
        assert claim_all(connection) == ["https://a.example/push/2", "https://a.example/push/0"]
        assert claim_all(connection) == []
        assert claim_all(connection, NOW + SECOND) == ["https://c/push/3"]


def test_what_a_crash_leaves_claimed_is_free_again_after_a_while(database: Database) -> None:
    with database.write() as connection:
        rows.save_question(connection, question())
        lost = rows.claim_question(connection, NOW, LEASE, [])
        assert rows.claim_question(connection, NOW + LEASE - SECOND, LEASE, []) is None
        assert rows.next_hub_work(connection) == NOW + LEASE
        again = rows.claim_question(connection, NOW + LEASE, LEASE, [])
        assert lost is not None
        assert again is not None
        assert rows.find_question(connection, lost[1], lost[0]) is None
        assert rows.find_question(connection, again[1], again[0]) == question()


def test_a_newer_question_takes_the_place_of_one_under_way(database: Database) -> None:
    with database.write() as connection:
        rows.save_question(connection, question())
        claimed = rows.claim_question(connection, NOW, LEASE, [])
        newer = replace(question(), mode=HubMode.UNSUBSCRIBE, attempts=0)
        rows.save_question(connection, newer)
        assert claimed is not None
        assert rows.find_question(connection, claimed[1], claimed[0]) is None
        found = rows.claim_question(connection, NOW, LEASE, [])
        assert found is not None
        assert found[1] == newer


def test_a_host_is_asked_in_turn(database: Database) -> None:
    with database.write() as connection:
        assert [rows.take_turn(connection, "a", NOW, SECOND) for _ in range(3)] == [NOW, NOW + SECOND, NOW + 2 * SECOND]
        assert rows.take_turn(connection, "b", NOW, SECOND) == NOW
        rows.forget_old_turns(connection, NOW + 2 * SECOND)
        assert rows.take_turn(connection, "a", NOW, SECOND) == NOW + 3 * SECOND
        assert rows.take_turn(connection, "a", NOW + LEASE, SECOND) == NOW + LEASE


def test_a_question_that_waits_is_known_until_somebody_is_at_work_on_it(database: Database) -> None:
    one = question()
    with database.write() as connection:
        assert not rows.has_question(connection, one.topic, one.callback)
        rows.save_question(connection, one)
        assert rows.question_due(connection, one.topic, one.callback) == NOW
        rows.claim_question(connection, NOW, LEASE, [])
        assert rows.question_due(connection, one.topic, one.callback) is None
        assert rows.has_question(connection, one.topic, one.callback)
        rows.end_question(connection, one)
        assert not rows.has_question(connection, one.topic, one.callback)


# ---------------------------------------------------------------------------------------------------- subscriptions


def test_a_subscription_comes_back_as_it_was(database: Database) -> None:
    one = replace(subscription(), due_at=NOW, since=NOW, attempts=3, dropped=4)
    with database.write() as connection:
        rows.save_subscription(connection, one)
        rows.save_subscription(connection, subscription(2))
        rows.save_subscription(connection, subscription(1, topic=OTHER))
        assert rows.find_subscription(connection, one.topic, one.callback) == one
        assert rows.subscriptions_to(connection, TOPIC) == [one, subscription(2)]
        rows.end_subscription(connection, one.topic, one.callback)
        assert rows.find_subscription(connection, one.topic, one.callback) is None
        assert rows.count_hub(connection).subscriptions == 2


def test_a_change_is_due_at_once_for_all_who_wait_for_that_feed(database: Database) -> None:
    failing = replace(subscription(1), due_at=NOW + timedelta(hours=3), since=NOW - LEASE, attempts=5)
    with database.write() as connection:
        for one in (failing, subscription(2), subscription(3, topic=OTHER)):
            rows.save_subscription(connection, one)
        rows.mark_changed(connection, [], NOW)
        rows.mark_changed(connection, [TOPIC, "https://note.example/none"], NOW)
        changed = replace(failing, version=3, due_at=NOW, since=NOW, attempts=0)
        assert rows.find_subscription(connection, TOPIC, failing.callback) == changed
        assert rows.find_subscription(connection, OTHER, subscription(3).callback) == subscription(3, topic=OTHER)


def test_who_waits_longest_is_sent_to_first_and_nobody_twice(waiting: Database) -> None:
    with waiting.write() as connection:
        order = [rows.claim_send(connection, NOW, LEASE, ["3.example"]) for _ in range(3)]
        assert [found[1].host if found else "" for found in order] == ["2.example", "1.example", ""]
        last = rows.claim_send(connection, NOW, LEASE, [])
        assert last is not None
        claim, held = last
        assert rows.find_claimed(connection, held, claim) == held
        rows.release(connection, held)
        assert rows.find_claimed(connection, held, claim) is None


def test_a_renewal_does_not_take_the_work_out_of_the_hands_of_who_sends(waiting: Database) -> None:
    with waiting.write() as connection:
        found = rows.claim_send(connection, NOW, LEASE, [])
        assert found is not None
        claim, held = found
        renewed = replace(held, secret="new")
        rows.save_subscription(connection, renewed)
        assert rows.find_claimed(connection, held, claim) == renewed
        assert rows.claim_send(connection, NOW, LEASE, ["1.example", "3.example"]) is None


def test_nothing_is_sent_to_whose_lease_is_over(waiting: Database) -> None:
    end = NOW + timedelta(days=3)
    with waiting.write() as connection:
        assert rows.claim_send(connection, end, LEASE, []) is None
        assert rows.end_old_subscriptions(connection, end - SECOND) == 0
        assert rows.end_old_subscriptions(connection, end) == 3
        assert rows.count_hub(connection) == HubCounts()


# ---------------------------------------------------------------------------------------------------- both


def test_counts(database: Database) -> None:
    with database.write() as connection:
        rows.save_question(connection, question(1, "a"))
        rows.save_question(connection, question(2, "b"))
        rows.save_subscription(connection, replace(subscription(1, "a"), due_at=NOW, dropped=2))
        rows.save_subscription(connection, replace(subscription(2, "a"), dropped=3))
        assert rows.count_of_host(connection, "a") == HubCounts(subscriptions=2, questions=1)
        assert rows.count_of_host(connection, "c") == HubCounts()
        assert rows.count_hub(connection) == HubCounts(subscriptions=2, questions=2, waiting=1, dropped=5)


def test_the_next_work_is_what_is_due_first(database: Database) -> None:
    with database.write() as connection:
        assert rows.next_hub_work(connection) is None
        rows.save_subscription(connection, subscription(1))
        assert rows.next_hub_work(connection) is None
        rows.save_subscription(connection, replace(subscription(2), due_at=NOW + 5 * SECOND))
        rows.save_question(connection, question(3, due_at=NOW + 9 * SECOND))
        assert rows.next_hub_work(connection) == NOW + 5 * SECOND
        rows.claim_send(connection, NOW + 5 * SECOND, LEASE, [])
        assert rows.next_hub_work(connection) == NOW + 9 * SECOND
        assert not rows.has_hub_work(connection, NOW + 8 * SECOND, [])
        assert rows.has_hub_work(connection, NOW + 9 * SECOND, [])
        assert not rows.has_hub_work(connection, NOW + 9 * SECOND, ["reader.example"])


# ---------------------------------------------------------------------------------------------------- clocks


def test_what_lies_further_ahead_than_anything_is_put_off_is_brought_back(database: Database) -> None:
    farthest = Farthest(wait=timedelta(hours=6), claim=LEASE, lease=timedelta(days=30))
    with database.write() as connection:
        near, far = NOW + timedelta(hours=6), NOW + timedelta(hours=6, seconds=1)
        for number, due in enumerate((near, far)):
            rows.save_question(connection, question(number, due_at=due))
            long = NOW + timedelta(days=29 + 2 * number)
            rows.save_subscription(connection, replace(subscription(number), due_at=due, since=due, lease_until=long))
        assert rows.bring_back(connection, farthest, NOW) == 2
        assert rows.bring_back(connection, farthest, NOW) == 0
        assert [rows.question_due(connection, TOPIC, question(number).callback) for number in (0, 1)] == [near, NOW]
        kept = rows.subscriptions_to(connection, TOPIC)
        assert [one.due_at for one in kept] == [near, NOW]
        assert [one.since for one in kept] == [NOW, NOW]
        assert [one.lease_until for one in kept] == [NOW + timedelta(days=29), NOW + timedelta(days=30)]


def test_work_that_is_claimed_until_the_far_future_is_free(database: Database) -> None:
    farthest = Farthest(wait=timedelta(hours=6), claim=LEASE, lease=timedelta(days=30))
    with database.write() as connection:
        rows.save_question(connection, question())
        rows.save_subscription(connection, replace(subscription(), due_at=NOW, since=NOW))
        for begun, free in ((NOW, 0), (NOW + SECOND, 2)):
            assert rows.claim_question(connection, begun, LEASE, [])
            assert rows.claim_send(connection, begun, LEASE, [])
            assert rows.bring_back(connection, farthest, NOW) == free
            rows.save_question(connection, question())
            rows.release(connection, subscription())


def test_a_host_does_not_wait_for_a_turn_in_the_far_future(database: Database) -> None:
    farthest = Farthest(wait=timedelta(hours=6), claim=LEASE, lease=timedelta(days=30))
    with database.write() as connection:
        rows.take_turn(connection, "reader.example", NOW + timedelta(days=9), SECOND)
        rows.bring_back(connection, farthest, NOW)
        assert rows.take_turn(connection, "reader.example", NOW, SECOND) == NOW
