"""The ledger, transition by transition: every one is a compare-and-set, and each condition of it counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select

from publisher.model.delivery import DeliveryState
from publisher.model.issue import Counts, IssueState
from publisher.model.subscriber import SubscriberState
from publisher.storage import deliveries as rows
from publisher.storage import issues, subscribers
from publisher.storage.database import Connection, Database
from publisher.storage.deliveries import Claim, Settlement
from publisher.storage.schema import attempts, deliveries
from tests.storage.rows import LEASE, NOW, add_issue, add_reader, claim, freeze, freeze_audience, start

MINUTE = timedelta(minutes=1)
OVER = NOW + LEASE
ANSWERS = [DeliveryState.FAILED, DeliveryState.UNCERTAIN, DeliveryState.DEFERRED, DeliveryState.ACCEPTED]
STOPPED = [IssueState.DRAFT, IssueState.PAUSED, IssueState.CANCELLED, IssueState.DONE]


def ledger(connection: Connection) -> list[Row[Any]]:
    return list(connection.execute(select(deliveries).order_by(deliveries.c.subscriber_id)).all())


def states(connection: Connection) -> list[str]:
    return [row.state for row in ledger(connection)]


def settle(connection: Connection, item: Claim, state: DeliveryState, due_at: datetime | None = None) -> bool:
    return rows.settle(connection, Settlement(item, state, NOW + MINUTE, 250, "2.0.0 どうぞ", due_at))


def move(connection: Connection, issue_id: int, state: IssueState) -> None:
    assert issues.move_state(connection, issue_id, list(IssueState), state)


# ---------------------------------------------------------------------------------------------------- freeze


def test_the_audience_is_everybody_who_receives_now(database: Database) -> None:
    with database.write() as connection:
        readers = [add_reader(connection, number) for number in range(5)]
        add_reader(connection, 9, "another")
        subscribers.unsubscribe(connection, readers[1], ["weekly"], NOW)
        for number, state in [(2, SubscriberState.PENDING), (3, SubscriberState.SUPPRESSED)]:
            subscribers.change(connection, readers[number], {"state": state})
        issue_id = add_issue(connection)
        assert freeze_audience(connection, issue_id, "weekly", "ja", NOW) == 2
        found = ledger(connection)
    assert [row.subscriber_id for row in found] == [readers[0], readers[4]]
    for row in found:
        assert (row.issue_id, row.variant, row.state, row.attempts, row.due_at) == (issue_id, "ja", "queued", 0, NOW)
        assert (row.owner, row.epoch, row.lease_until, row.message_id, row.date, row.settled_at) == (
            None,
            0,
            *[None] * 4,
        )


def test_freezing_twice_changes_nothing(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 3)
        (item, *_) = claim(connection, issue_id, limit=1)
        start(connection, item)
        before = ledger(connection)
        assert freeze_audience(connection, issue_id, "weekly", "en", NOW + MINUTE) == 3
        assert ledger(connection) == before


def test_nobody_to_write_to_is_no_audience(database: Database) -> None:
    with database.write() as connection:
        assert freeze_audience(connection, add_issue(connection), "weekly", "ja", NOW) == 0


# ---------------------------------------------------------------------------------------------------- claim


def test_a_claim_holds_rows_under_a_lease(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 3)
        taken = claim(connection, issue_id, "a", limit=2)
        found = ledger(connection)
    assert [(row.state, row.owner, row.epoch, row.lease_until) for row in found] == [
        ("claimed", "a", 1, NOW + LEASE),
        ("claimed", "a", 1, NOW + LEASE),
        ("queued", None, 0, None),
    ]
    first = taken[0].delivery
    assert (first.issue_id, first.newsletter, first.variant, first.attempts) == (issue_id, "weekly", "ja", 0)
    assert (first.email, first.name, first.message_id, first.date) == ("reader0@reader.example", "読者0", None, None)
    assert [item.delivery.subscriber_id for item in taken] == [row.subscriber_id for row in found[:2]]


def test_two_senders_never_hold_the_same_row(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 5)
        held = [claim(connection, issue_id, owner, limit=2) for owner in "abcd"]
    assert [len(items) for items in held] == [2, 2, 1, 0]
    assert len({item.delivery.key for items in held for item in items}) == 5


def test_only_what_is_due_is_claimed_and_the_oldest_first(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 3)
        for item, minutes in zip(claim(connection, issue_id), (3, 1, 2), strict=True):
            settle(connection, item, DeliveryState.DEFERRED, NOW + minutes * MINUTE)
        third, first, second = (row.subscriber_id for row in ledger(connection))
        assert claim(connection, issue_id, now=NOW + MINUTE - timedelta(microseconds=1)) == []
        taken = [claim(connection, issue_id, limit=1, now=NOW + 5 * MINUTE)[0] for _ in range(3)]
    assert [item.delivery.subscriber_id for item in taken] == [first, second, third]


def test_a_claim_takes_nothing_of_another_issue(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 2)
        other = add_issue(connection)
        freeze_audience(connection, other, "weekly", "ja", NOW)
        assert {item.delivery.issue_id for item in claim(connection, other)} == {other}
        assert len(claim(connection, issue_id)) == 2


@pytest.mark.parametrize("state", STOPPED)
def test_a_claim_takes_nothing_of_an_issue_that_may_not_go_out(database: Database, state: IssueState) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 2)
        move(connection, issue_id, state)
        assert claim(connection, issue_id) == []
        assert states(connection) == ["queued", "queued"]


# ---------------------------------------------------------------------------------------------------- start


def test_a_start_is_written_down_with_its_message_id_and_date(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 2)
        item, _ = claim(connection, issue_id)
        assert start(connection, item, NOW + MINUTE, "one@note.example")
        row, other = ledger(connection)
        found = issues.get_issue(connection, issue_id)
    assert (row.state, row.attempts, row.message_id, row.date) == ("sending", 1, "one@note.example", NOW + MINUTE)
    assert (row.owner, row.lease_until) == ("a", NOW + MINUTE + LEASE)
    assert other.state == "claimed"
    assert found is not None
    assert (found.state, found.counts) == (IssueState.SENDING, Counts(queued=2))


def test_a_message_starts_once(database: Database) -> None:
    with database.write() as connection:
        item, *_ = claim(connection, freeze(connection, 1))
        assert start(connection, item)
        assert not start(connection, item)
        assert states(connection) == ["sending"]


def test_message_id_and_date_are_kept_on_every_attempt(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 1)
        (item,) = claim(connection, issue_id)
        start(connection, item, NOW, "one@note.example")
        settle(connection, item, DeliveryState.DEFERRED, NOW + MINUTE)
        (again,) = claim(connection, issue_id, now=NOW + MINUTE)
        assert (again.delivery.message_id, again.delivery.date, again.delivery.attempts) == ("one@note.example", NOW, 1)
        start(connection, again, NOW + MINUTE, "two@note.example")
        (row,) = ledger(connection)
    assert (row.message_id, row.date, row.attempts, row.epoch) == ("one@note.example", NOW, 2, 2)


def leave(connection: Connection, item: Claim) -> None:
    subscribers.unsubscribe(connection, item.delivery.subscriber_id, ["weekly"], NOW)


def suppress(connection: Connection, item: Claim) -> None:
    subscribers.change(connection, item.delivery.subscriber_id, {"state": SubscriberState.SUPPRESSED})


@pytest.mark.parametrize("say_no", [leave, suppress])
def test_a_start_notices_who_has_left_since_the_claim(
    database: Database, say_no: Callable[[Connection, Claim], None]
) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 2)
        item, other = claim(connection, issue_id)
        say_no(connection, item)
        assert not start(connection, item)
        assert start(connection, other)
        row, _ = ledger(connection)
    assert (row.state, row.owner, row.lease_until, row.attempts) == ("suppressed", None, None, 0)
    assert row.reply == "unsubscribed before it was sent"


def test_leaving_another_newsletter_stops_nothing(database: Database) -> None:
    with database.write() as connection:
        (item,) = claim(connection, freeze(connection, 1))
        subscribers.subscribe(connection, item.delivery.subscriber_id, ["another"], 0, NOW)
        subscribers.unsubscribe(connection, item.delivery.subscriber_id, ["another"], NOW)
        assert start(connection, item)


@pytest.mark.parametrize(
    ("state", "expected"),
    [(IssueState.PAUSED, "queued"), (IssueState.DRAFT, "queued"), (IssueState.CANCELLED, "suppressed")],
)
def test_a_start_notices_that_the_issue_was_stopped(database: Database, state: IssueState, expected: str) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 1)
        (item,) = claim(connection, issue_id)
        move(connection, issue_id, state)
        assert not start(connection, item)
        (row,) = ledger(connection)
        assert (row.state, row.owner, row.lease_until) == (expected, None, None)
        assert not settle(connection, item, DeliveryState.ACCEPTED)


# ---------------------------------------------------------------------------------------------------- settle


@pytest.mark.parametrize("state", [DeliveryState.ACCEPTED, DeliveryState.FAILED, DeliveryState.UNCERTAIN])
def test_an_answer_is_written_down_for_good(database: Database, state: DeliveryState) -> None:
    with database.write() as connection:
        (item,) = claim(connection, freeze(connection, 1))
        start(connection, item)
        assert settle(connection, item, state)
        (row,) = ledger(connection)
        assert not settle(connection, item, DeliveryState.ACCEPTED)
        assert ledger(connection) == [row]
    assert (row.state, row.code, row.reply, row.settled_at) == (state, 250, "2.0.0 どうぞ", NOW + MINUTE)
    assert (row.owner, row.lease_until, row.attempts) == (None, None, 1)


def test_later_means_due_again(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 1)
        (item,) = claim(connection, issue_id)
        start(connection, item)
        assert settle(connection, item, DeliveryState.DEFERRED, NOW + 7 * MINUTE)
        (row,) = ledger(connection)
        assert (row.state, row.due_at, row.settled_at, row.owner) == ("deferred", NOW + 7 * MINUTE, None, None)
        assert len(claim(connection, issue_id, now=NOW + 7 * MINUTE)) == 1


def test_a_refusal_before_the_start_counts_as_an_attempt(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 1)
        (item,) = claim(connection, issue_id)
        assert settle(connection, item, DeliveryState.DEFERRED, NOW)
        (again,) = claim(connection, issue_id)
        assert (again.delivery.attempts, again.delivery.message_id) == (1, None)
        assert again.delivery.date == NOW + MINUTE  # the three days of trying begin here


@pytest.mark.parametrize("change", [{"owner": "b"}, {"epoch": 2}])
def test_who_does_not_hold_a_row_changes_nothing(database: Database, change: dict[str, Any]) -> None:
    with database.write() as connection:
        (item,) = claim(connection, freeze(connection, 1))
        before = ledger(connection)
        stranger = replace(item, **change)
        assert not start(connection, stranger)
        assert not settle(connection, stranger, DeliveryState.ACCEPTED)
        rows.release(connection, [stranger])
        assert ledger(connection) == before
        assert start(connection, item)
        before = ledger(connection)
        assert not settle(connection, stranger, DeliveryState.ACCEPTED)
        assert ledger(connection) == before


def test_settling_one_row_touches_no_other(database: Database) -> None:
    with database.write() as connection:
        first, *_ = claim(connection, freeze(connection, 3))
        settle(connection, first, DeliveryState.FAILED)
        assert states(connection) == ["failed", "claimed", "claimed"]


def test_later_in_a_cancelled_issue_means_never(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 1)
        (item,) = claim(connection, issue_id)
        start(connection, item)
        move(connection, issue_id, IssueState.CANCELLED)
        assert settle(connection, item, DeliveryState.DEFERRED, NOW + MINUTE)
        assert states(connection) == ["suppressed"]


def test_what_was_accepted_stays_accepted_in_a_cancelled_issue(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 2)
        item, _ = claim(connection, issue_id)
        start(connection, item)
        move(connection, issue_id, IssueState.CANCELLED)
        assert rows.suppress_waiting(connection, issue_id, "取り消し") == 1
        assert settle(connection, item, DeliveryState.ACCEPTED)
        assert states(connection) == ["accepted", "suppressed"]


# ---------------------------------------------------------------------------------------------------- give back


def test_what_was_not_started_can_be_given_back(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 3)
        held = claim(connection, issue_id)
        start(connection, held[0])
        rows.release(connection, [])
        rows.release(connection, held)
        assert states(connection) == ["sending", "queued", "queued"]
        again = claim(connection, issue_id, "b")
        assert [item.epoch for item in again] == [2, 2]


def test_a_crash_leaves_what_was_claimed_queued_and_what_was_sent_uncertain(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 3)
        held = claim(connection, issue_id)
        start(connection, held[0])
        assert rows.recover(connection, ["a"], now=NOW, repeatable=False) == {"queued": 2, "uncertain": 1}
        found = ledger(connection)
        assert [(row.state, row.owner, row.lease_until) for row in found] == [
            ("uncertain", None, None),
            ("queued", None, None),
            ("queued", None, None),
        ]
        assert found[0].reply == "the sender stopped before the answer was read"
        assert rows.recover(connection, ["a"], now=NOW, repeatable=False) == {"queued": 0, "uncertain": 0}


def test_where_repeating_is_harmless_nothing_is_uncertain(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 2)
        first, _ = claim(connection, issue_id)
        start(connection, first)
        assert rows.recover(connection, ["a"], now=NOW, repeatable=True) == {"queued": 2, "uncertain": 0}
        again, _ = claim(connection, issue_id, "b")
        assert (again.delivery.message_id, again.delivery.attempts) == ("m@note.example", 1)


def test_a_sender_that_lives_keeps_what_it_holds_until_its_lease_is_over(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 3)
        one, two, three = claim(connection, issue_id)
        start(connection, one, NOW + MINUTE)  # which renews its lease
        for moment, expected in [
            (OVER - timedelta(microseconds=1), ["sending", "claimed", "claimed"]),
            (OVER, ["sending", "queued", "queued"]),
            (OVER + MINUTE, ["uncertain", "queued", "queued"]),
        ]:
            rows.recover(connection, ["b"], now=moment, repeatable=False)
            assert states(connection) == expected
        assert not start(connection, two)
        assert not settle(connection, one, DeliveryState.ACCEPTED)
        assert not settle(connection, three, DeliveryState.ACCEPTED)


def test_a_sender_that_slept_does_not_get_its_row_back(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 1)
        (slept,) = claim(connection, issue_id, "a")
        rows.recover(connection, [], now=OVER, repeatable=False)
        (awake,) = claim(connection, issue_id, "a", now=OVER)  # the same owner, another epoch
        assert not start(connection, slept)
        assert start(connection, awake)


@pytest.mark.parametrize("repeatable", [True, False])
def test_nothing_is_queued_again_in_a_cancelled_issue(database: Database, repeatable: bool) -> None:  # noqa: FBT001 - a parameter
    with database.write() as connection:
        issue_id = freeze(connection, 2)
        first, _ = claim(connection, issue_id)
        start(connection, first)
        move(connection, issue_id, IssueState.CANCELLED)
        rows.recover(connection, ["a"], now=NOW, repeatable=repeatable)
        assert states(connection) == ["suppressed" if repeatable else "uncertain", "suppressed"]


def test_the_owners_are_those_who_hold_something(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 3)
        assert rows.owners(connection) == []
        (item,) = claim(connection, issue_id, "a", limit=1)
        claim(connection, issue_id, "b")
        start(connection, item)
        assert sorted(rows.owners(connection)) == ["a", "b"]
        settle(connection, item, DeliveryState.ACCEPTED)
        assert rows.owners(connection) == ["b"]


# ---------------------------------------------------------------------------------------------------- cancel, counts


def test_cancelling_stops_everything_that_has_not_started(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 5)
        other = add_issue(connection)
        freeze_audience(connection, other, "weekly", "ja", NOW)
        one, two, three, _ = claim(connection, issue_id, limit=4)
        start(connection, one)
        settle(connection, two, DeliveryState.ACCEPTED)
        settle(connection, three, DeliveryState.DEFERRED, NOW)
        assert rows.suppress_waiting(connection, issue_id, "取り消し") == 3
        found = [row for row in ledger(connection) if row.issue_id == issue_id]
        assert [row.state for row in found] == ["sending", "accepted", *["suppressed"] * 3]
        assert [row.reply for row in found[2:]] == ["取り消し"] * 3
        assert all(row.owner is None and row.lease_until is None for row in found[2:])
        assert len(claim(connection, other)) == 5


def test_what_can_be_claimed_is_counted(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 4)
        first, second = claim(connection, issue_id, limit=2)
        settle(connection, first, DeliveryState.DEFERRED, NOW + MINUTE)
        settle(connection, second, DeliveryState.ACCEPTED)
        assert rows.count_due(connection, [issue_id], NOW) == 2
        assert rows.count_due(connection, [issue_id, 99], NOW + MINUTE) == 3
        assert rows.count_due(connection, [99], NOW) == 0
        assert rows.count_due(connection, [], NOW) == 0


def test_the_next_delivery_is_the_first_that_is_due_of_a_live_issue(database: Database) -> None:
    with database.write() as connection:
        assert rows.next_due(connection) is None
        late, early = freeze(connection, 2), add_issue(connection)
        freeze_audience(connection, early, "weekly", "ja", NOW)
        for issue_id, minutes in [(late, 9), (early, 2)]:
            for item in claim(connection, issue_id):
                settle(connection, item, DeliveryState.DEFERRED, NOW + minutes * MINUTE)
        assert rows.next_due(connection) == NOW + 2 * MINUTE
        move(connection, early, IssueState.PAUSED)
        assert rows.next_due(connection) == NOW + 9 * MINUTE
        move(connection, late, IssueState.CANCELLED)
        assert rows.next_due(connection) is None


# ---------------------------------------------------------------------------------------------------- attempts


def test_every_answer_is_appended_with_its_number(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 1)
        (item,) = claim(connection, issue_id)
        start(connection, item)
        later = Settlement(
            item, DeliveryState.DEFERRED, NOW, 451, "4.7.1 後で", NOW + MINUTE, "relay.example:25", "4.7.1"
        )
        assert rows.settle(connection, later)
        (again,) = claim(connection, issue_id, now=NOW + MINUTE)
        assert rows.settle(connection, Settlement(again, DeliveryState.FAILED, NOW + MINUTE, 550, "no", None, "b:25"))
        found = connection.execute(select(attempts).order_by(attempts.c.number)).all()
    assert [tuple(row)[1:] for row in found] == [
        (item.delivery.subscriber_id, 1, NOW, "relay.example:25", 451, "4.7.1", "4.7.1 後で", "deferred"),
        (item.delivery.subscriber_id, 2, NOW + MINUTE, "b:25", 550, "", "no", "failed"),
    ]


def test_an_answer_that_does_not_count_is_not_appended(database: Database) -> None:
    with database.write() as connection:
        (item,) = claim(connection, freeze(connection, 1))
        assert not settle(connection, replace(item, epoch=9), DeliveryState.ACCEPTED)
        assert connection.execute(select(attempts)).all() == []


def test_a_group_says_how_many_of_it_counted(database: Database) -> None:
    with database.write() as connection:
        one, two, three = claim(connection, freeze(connection, 3))
        leave(connection, two)
        starts = [rows.Start(item, f"m{number}@note.example", NOW) for number, item in enumerate((one, two, three))]
        assert rows.start_all(connection, starts, NOW + LEASE) == 2
        assert states(connection) == ["sending", "claimed", "sending"]
        answers = [
            Settlement(item, DeliveryState.ACCEPTED, NOW, 250, "ok") for item in (one, replace(three, owner="x"))
        ]
        assert rows.settle_all(connection, answers) == 1
        assert states(connection) == ["accepted", "claimed", "sending"]


def test_all_that_an_owner_has_not_started_is_given_back_or_held_for_longer(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 4)
        first, *_ = claim(connection, issue_id, "a", limit=3)
        claim(connection, issue_id, "b")
        start(connection, first)
        assert rows.renew(connection, "a", OVER + LEASE) == 2
        rows.recover(connection, [], now=OVER, repeatable=False)
        assert states(connection) == ["uncertain", "claimed", "claimed", "queued"]
        assert rows.release_owner(connection, "a") == 2
        assert states(connection) == ["uncertain", "queued", "queued", "queued"]


def test_what_was_refused_through_no_fault_of_the_reader_waits_again(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 3)
        one, two, three = claim(connection, issue_id)
        for item, state in (
            (one, DeliveryState.FAILED),
            (two, DeliveryState.DEFERRED),
            (three, DeliveryState.ACCEPTED),
        ):
            settle(connection, item, state, NOW + LEASE if state is DeliveryState.DEFERRED else None)
        stranger = replace(one, epoch=7)
        assert rows.requeue_refused(connection, [stranger], NOW) == 0
        assert rows.requeue_refused(connection, [one, two, three], NOW) == 2
        assert states(connection) == ["queued", "queued", "accepted"]
        assert len(claim(connection, issue_id)) == 2


def test_a_paused_issue_says_why_and_only_a_live_one_can_be_paused(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 1)
        assert issues.pause(connection, issue_id, "中継サーバーが全部断った")
        assert not issues.pause(connection, issue_id, "again")
        row = connection.exec_driver_sql("SELECT state, pause_reason FROM issues").one()
        assert tuple(row) == ("paused", "中継サーバーが全部断った")
        assert claim(connection, issue_id) == []
