"""Readers in groups, frozen group by group."""

from __future__ import annotations

from datetime import timedelta

from publisher.model.preferences import Choice, Preferences, Rhythm
from publisher.model.subscriber import Subscriber, SubscriberState
from publisher.storage import audience, newsletters, rhythms, subscribers
from publisher.storage import schema as tables
from publisher.storage.audience import Audience, Group, Readers, Share, freeze_shares, load_groups
from publisher.storage.database import Connection, Database
from tests.storage.rows import NOW, add_issue, add_reader
from tests.storage.test_query_plans import plans_of

HOUR = timedelta(hours=1)
SCHEDULE, DUE = Readers("weekly", Audience.SCHEDULE, NOW), Readers("weekly", Audience.DUE, NOW)


def choose(connection: Connection, reader: int, choice: Choice, *, due: bool = False) -> None:
    rhythms.save_choice(connection, reader, choice)
    rhythms.set_next(connection, reader, "weekly", NOW - HOUR if due else None)


def progress(connection: Connection) -> list[tuple[object, ...]]:
    query = "SELECT last_seq, ahead, next_at IS NULL FROM subscriptions ORDER BY subscriber_id"
    return [tuple(row) for row in connection.exec_driver_sql(query)]


def queue(connection: Connection) -> list[tuple[object, ...]]:
    query = "SELECT subscriber_id, variant, due_at FROM deliveries ORDER BY subscriber_id"
    return [tuple(row) for row in connection.exec_driver_sql(query)]


def moment(hours: int = 0) -> str:
    return f"{NOW + timedelta(hours=hours):%Y-%m-%dT%H:%M:%S.%f}Z"


def test_readers_alike_are_one_group(database: Database) -> None:
    with database.write() as connection:
        readers = [add_reader(connection, number) for number in range(5)]
        choose(connection, readers[0], Choice("weekly", ("ai", "go")))
        choose(connection, readers[1], Choice("weekly", rhythm=Rhythm.DAILY))
        rhythms.save_preferences(connection, readers[2], Preferences(language="en", timezone="Europe/Paris", hour=7))
        found = {group: number for group, number in load_groups(connection, SCHEDULE)}  # noqa: C416 - rows are no pairs for mypy
    assert sorted(found.values()) == [1, 1, 2]
    assert Group(0, "", "", "", "en", "Europe/Paris", 7, receives=True) in found
    assert {group.topic_keys for group in found} == {(), ("ai", "go")}
    assert {group.own_hour for group in found} == {None, 7}


def test_who_pauses_has_left_or_must_not_be_written_to_is_in_no_audience(database: Database) -> None:
    with database.write() as connection:
        pausing, back, gone, bounced = (add_reader(connection, number) for number in range(4))
        rhythms.save_preferences(connection, pausing, Preferences(paused_until=NOW + HOUR))
        rhythms.save_preferences(connection, back, Preferences(paused_until=NOW))
        subscribers.unsubscribe(connection, gone, ["weekly"], NOW)
        subscribers.change(connection, bounced, {"state": SubscriberState.SUPPRESSED})
        for kind in (Audience.SCHEDULE, Audience.EVERYBODY):
            assert [number for _, number in load_groups(connection, Readers("weekly", kind, NOW))] == [1]


def test_a_share_is_written_for_its_group_and_moves_it_on(database: Database) -> None:
    with database.write() as connection:
        first, second, third = (add_reader(connection, number) for number in range(3))
        choose(connection, second, Choice("weekly", ("ai",)))
        choose(connection, third, Choice("weekly", rhythm=Rhythm.EACH))
        shares = [
            Share(group, "b" if group.topics else "a", NOW + HOUR if group.topics else NOW, 7, "9")
            for group, _ in load_groups(connection, SCHEDULE)
        ]
        assert freeze_shares(connection, add_issue(connection), SCHEDULE, shares) == 2
        assert queue(connection) == [(first, "a", moment()), (second, "b", moment(1))]
        assert progress(connection) == [(7, "9", 1), (7, "9", 1), (0, "", 1)]


def test_without_an_issue_readers_only_move_on(database: Database) -> None:
    with database.write() as connection:
        reader = add_reader(connection, 1)
        choose(connection, reader, Choice("weekly", rhythm=Rhythm.DAILY), due=True)
        shares = [Share(group, "", NOW, 4, "", NOW + HOUR) for group, _ in load_groups(connection, DUE)]
        assert freeze_shares(connection, None, DUE, shares) == 0
        assert queue(connection) == []
        assert progress(connection) == [(4, "", 0)]
        assert audience.next_due(connection, "weekly") == NOW + HOUR
        assert not audience.has_due(connection, "weekly", NOW)
        assert freeze_shares(connection, None, DUE, []) == 0


def test_who_changes_their_mind_meanwhile_stays_as_they_are(database: Database) -> None:
    with database.write() as connection:
        add_reader(connection, 1)
        changed = add_reader(connection, 2)
        shares = [Share(group, "a", NOW, 7, "") for group, _ in load_groups(connection, SCHEDULE)]
        choose(connection, changed, Choice("weekly", ("ai",)))
        assert freeze_shares(connection, add_issue(connection), SCHEDULE, shares) == 1
        assert progress(connection) == [(7, "", 1), (0, "", 1)]


def test_who_may_not_be_written_to_is_due_again_later_and_gets_nothing(database: Database) -> None:
    with database.write() as connection:
        reader = add_reader(connection, 1)
        choose(connection, reader, Choice("weekly", rhythm=Rhythm.DAILY), due=True)
        subscribers.change(connection, reader, {"state": SubscriberState.SUPPRESSED})
        [(group, _)] = load_groups(connection, DUE)
        assert not group.receives
        share = Share(group, "a", NOW, group.last_seq, group.ahead, NOW + HOUR)
        assert freeze_shares(connection, add_issue(connection), DUE, [share]) == 0


def test_a_condition_narrows_the_audience(database: Database) -> None:
    with database.write() as connection:
        add_reader(connection, 1)
        other = add_reader(connection, 2)
        narrow = tables.subscribers.c.id == other
        readers = Readers("weekly", Audience.SCHEDULE, NOW, narrow)
        shares = [Share(group, "a", NOW, 7, "") for group, _ in load_groups(connection, readers)]
        assert freeze_shares(connection, add_issue(connection), readers, shares) == 1
        assert [row[0] for row in queue(connection)] == [other]


def test_who_wants_each_article_is_woken_once(database: Database) -> None:
    with database.write() as connection:
        newsletters.close_history(connection, ["weekly"], 0, NOW)
        each, weekly = add_reader(connection, 1), add_reader(connection, 2)
        choose(connection, each, Choice("weekly", rhythm=Rhythm.EACH))
        assert not audience.has_due(connection, "weekly", NOW)
        rhythms.wake_readers(connection, "weekly", "1/0/0", NOW)
        assert [number for _, number in load_groups(connection, DUE)] == [1]
        assert newsletters.load_states(connection)["weekly"].woken == "1/0/0"
        assert weekly != each


def test_who_joins_is_as_far_as_the_newsletter(database: Database) -> None:
    with database.write() as connection:
        newsletters.close_history(connection, ["weekly"], 12, NOW)
        id_ = subscribers.add(connection, Subscriber(id=0, email="a@reader.example"), NOW)
        subscribers.subscribe(connection, id_, ["weekly", "unknown"], 40, NOW)
        assert sorted(progress(connection)) == [(12, "", 1), (40, "", 1)]


def test_what_is_due_is_found_by_its_index(database: Database) -> None:
    with database.write() as connection:
        add_reader(connection, 1)
        with plans_of(connection) as plan:
            load_groups(connection, DUE)
            audience.has_due(connection, "weekly", NOW)
            audience.next_due(connection, "weekly")
        about = [line for line in plan if " subscriptions" in line]
        assert len(about) == 3
        assert all("INDEX subscriptions_due (newsletter=?" in line for line in about), about
