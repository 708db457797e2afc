"""The ledger in the hands of a person: what is changed, and above all what is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert

from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueState
from publisher.storage import deliveries, issues, ledger, subscribers
from publisher.storage.database import Connection, Database
from publisher.storage.deliveries import Settlement
from publisher.storage.schema import attempts
from tests.storage.rows import NOW, add_issue, add_reader, claim, freeze, start

LATER = NOW + timedelta(hours=1)
S = DeliveryState


def settle_all(connection: Connection, issue_id: int, *states: DeliveryState) -> None:
    """Every reader's message gets the next of these outcomes."""
    for item, state in zip(claim(connection, issue_id), states, strict=True):
        assert start(connection, item, message_id=f"{item.delivery.subscriber_id}@note.example")
        due = LATER if state is S.DEFERRED else None
        assert deliveries.settle(connection, Settlement(item, state, NOW, 450, "あとで", due))


def states_of(connection: Connection, issue_id: int) -> list[str]:
    query = "SELECT state FROM deliveries WHERE issue_id = ? ORDER BY subscriber_id"
    return list(connection.exec_driver_sql(query, (issue_id,)).scalars())


def issue_state(connection: Connection, issue_id: int) -> IssueState:
    issue = issues.get_issue(connection, issue_id)
    assert issue is not None
    return issue.state


# ---------------------------------------------------------------------------------------------------- resume


@pytest.mark.parametrize("has_begun", [True, False])
def test_a_paused_issue_goes_on_as_what_it_was(database: Database, has_begun: bool) -> None:  # noqa: FBT001 - a parameter
    with database.write() as connection:
        issue_id = freeze(connection, 2)
        if has_begun:
            start(connection, claim(connection, issue_id, limit=1)[0])
        before = issue_state(connection, issue_id)
        issues.move_state(connection, issue_id, issues.LIVE_STATES, IssueState.PAUSED)
        assert ledger.resume(connection, issue_id)
        assert issue_state(connection, issue_id) is before
        assert not ledger.resume(connection, issue_id)


def test_a_paused_issue_is_not_claimed_and_what_is_in_hand_does_not_start(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 3)
        first, second = claim(connection, issue_id, limit=2)
        assert start(connection, first)
        issues.move_state(connection, issue_id, issues.LIVE_STATES, IssueState.PAUSED)
        assert claim(connection, issue_id) == []
        assert not start(connection, second)
        assert deliveries.settle(connection, Settlement(first, S.ACCEPTED, NOW, 250))  # what had started is finished
        assert states_of(connection, issue_id) == [S.ACCEPTED, S.QUEUED, S.QUEUED]
        ledger.resume(connection, issue_id)
        assert len(claim(connection, issue_id)) == 2


def test_the_reason_of_a_pause_is_kept_until_the_issue_goes_on(database: Database) -> None:
    def told(connection: Connection) -> str:
        found = issues.get_issue(connection, issue_id)
        assert found is not None
        return found.pause_reason

    with database.write() as connection:
        issue_id = freeze(connection, 1)
        assert told(connection) == ""
        assert issues.pause(connection, issue_id, "the login is refused")
        assert told(connection) == "the login is refused"
        assert ledger.resume(connection, issue_id)
        assert told(connection) == ""
        issues.move_state(connection, issue_id, issues.LIVE_STATES, IssueState.PAUSED)  # a person
        assert told(connection) == ""


# ---------------------------------------------------------------------------------------------------- requeue


def test_what_failed_or_was_put_off_is_due_at_once_and_keeps_its_identity(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 4)
        settle_all(connection, issue_id, S.ACCEPTED, S.FAILED, S.DEFERRED, S.UNCERTAIN)
        assert ledger.requeue(connection, issue_id, [S.FAILED, S.DEFERRED], NOW) == 2
        assert states_of(connection, issue_id) == [S.ACCEPTED, S.QUEUED, S.QUEUED, S.UNCERTAIN]
        again = claim(connection, issue_id)
    assert [(item.delivery.message_id, item.delivery.attempts) for item in again] == [
        ("2@note.example", 1),
        ("3@note.example", 1),
    ]
    assert all(item.delivery.date == NOW for item in again)


def test_an_issue_that_was_done_goes_on_and_one_without_anything_does_not(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 1)
        settle_all(connection, issue_id, S.UNCERTAIN)
        issues.finish_settled(connection)
        assert ledger.requeue(connection, issue_id, [S.FAILED], NOW) == 0
        assert issue_state(connection, issue_id) is IssueState.DONE
        assert ledger.requeue(connection, issue_id, [S.UNCERTAIN], NOW) == 1
        assert issue_state(connection, issue_id) is IssueState.SENDING
        assert ledger.requeue(connection, issue_id, [S.UNCERTAIN], NOW) == 0


@pytest.mark.parametrize("state", [IssueState.CANCELLED, IssueState.DRAFT])
def test_nothing_comes_back_in_an_issue_that_must_not_go_out(database: Database, state: IssueState) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 1)
        settle_all(connection, issue_id, S.UNCERTAIN)
        issues.move_state(connection, issue_id, list(IssueState), state)
        assert ledger.requeue(connection, issue_id, [S.UNCERTAIN], NOW) == 0
        assert states_of(connection, issue_id) == [S.UNCERTAIN]


def test_a_paused_issue_stays_paused(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 1)
        settle_all(connection, issue_id, S.FAILED)
        issues.move_state(connection, issue_id, issues.LIVE_STATES, IssueState.PAUSED)
        assert ledger.requeue(connection, issue_id, [S.FAILED], NOW) == 1
        assert issue_state(connection, issue_id) is IssueState.PAUSED


def test_only_those_who_were_named(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 3)
        settle_all(connection, issue_id, S.UNCERTAIN, S.UNCERTAIN, S.ACCEPTED)
        assert ledger.requeue(connection, issue_id, [S.UNCERTAIN], NOW, []) == 0
        assert ledger.requeue(connection, issue_id, [S.UNCERTAIN], NOW, [2, 3]) == 1
        assert states_of(connection, issue_id) == [S.UNCERTAIN, S.QUEUED, S.ACCEPTED]


def test_who_left_in_the_meantime_is_not_written_to(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 1)
        settle_all(connection, issue_id, S.UNCERTAIN)
        subscribers.unsubscribe(connection, 1, ["weekly"], NOW)
        ledger.requeue(connection, issue_id, [S.UNCERTAIN], NOW)
        assert not start(connection, claim(connection, issue_id)[0])
        assert states_of(connection, issue_id) == [S.SUPPRESSED]


def test_what_a_sender_holds_is_left_alone(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 2)
        first, _second = claim(connection, issue_id)
        start(connection, first)
        assert ledger.requeue(connection, issue_id, [S.FAILED, S.DEFERRED, S.UNCERTAIN], NOW) == 0
        assert ledger.dismiss(connection, issue_id, NOW) == 0
        assert states_of(connection, issue_id) == [S.SENDING, S.CLAIMED]


# ---------------------------------------------------------------------------------------------------- dismiss, postpone


def test_what_is_dismissed_is_not_sent_again_and_says_why(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 2)
        settle_all(connection, issue_id, S.UNCERTAIN, S.UNCERTAIN)
        assert ledger.dismiss(connection, issue_id, LATER, [1]) == 1
        assert ledger.dismiss(connection, issue_id, LATER, [1]) == 0
        assert ledger.requeue(connection, issue_id, [S.UNCERTAIN], NOW) == 1
    entries = list(ledger.iterate_entries(database, issue_id))
    assert [entry.state for entry in entries] == [S.SUPPRESSED, S.QUEUED]
    assert "a person decided" in entries[0].reply
    assert entries[0].settled_at == LATER


def test_what_is_postponed_waits_and_the_others_go_on(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 3)
        held = claim(connection, issue_id, limit=2)
        ledger.postpone(connection, [(item, LATER) for item in held])
        assert [item.delivery.subscriber_id for item in claim(connection, issue_id)] == [3]
        assert len(claim(connection, issue_id, now=LATER)) == 2


def test_what_is_not_ours_any_more_is_not_postponed(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 2)
        lost, started = claim(connection, issue_id, owner="a")
        start(connection, started)
        deliveries.release(connection, [lost])
        (mine,) = claim(connection, issue_id, owner="b")
        ledger.postpone(connection, [(lost, LATER), (started, LATER)])
        assert states_of(connection, issue_id) == [S.CLAIMED, S.SENDING]
        assert start(connection, mine)


def test_what_is_postponed_in_a_cancelled_issue_is_suppressed(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 1)
        held = claim(connection, issue_id)
        issues.move_state(connection, issue_id, issues.LIVE_STATES, IssueState.CANCELLED)
        ledger.postpone(connection, [(item, LATER) for item in held])
        assert states_of(connection, issue_id) == [S.SUPPRESSED]


# ---------------------------------------------------------------------------------------------------- reading


def test_entries_come_in_pages_with_their_tries(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "_PAGE", 2)
    with database.write() as connection:
        issue_id = freeze(connection, 5)
        settle_all(connection, issue_id, S.ACCEPTED, S.FAILED, S.ACCEPTED, S.FAILED, S.DEFERRED)
        row = {"issue_id": issue_id, "subscriber_id": 2, "number": 2, "at": NOW, "state": "deferred"}
        answer = {"server": "mx.example:25", "code": 452, "enhanced": "4.2.2", "reply": "いっぱい"}
        connection.execute(insert(attempts), [{**row, **answer}])
    assert [entry.subscriber_id for entry in ledger.iterate_entries(database, issue_id)] == [1, 2, 3, 4, 5]
    failed = list(ledger.iterate_entries(database, issue_id, [S.FAILED]))
    assert [(entry.email, entry.attempts, entry.code) for entry in failed] == [
        ("reader1@reader.example", 1, 450),
        ("reader3@reader.example", 1, 450),
    ]
    assert [(one.number, one.code, one.state) for one in failed[0].tries] == [(1, 450, "failed"), (2, 452, "deferred")]
    assert (failed[0].tries[1].server, failed[0].tries[1].enhanced) == ("mx.example:25", "4.2.2")
    assert list(ledger.iterate_entries(database, issue_id + 1)) == []


def test_who_has_been_missed(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "_PAGE", 1)
    with database.write() as connection:
        issue_id = freeze(connection, 4)
        settle_all(connection, issue_id, S.ACCEPTED, S.FAILED, S.UNCERTAIN, S.DEFERRED)
        late = add_reader(connection, 5)
        left = add_reader(connection, 6)
        subscribers.unsubscribe(connection, left, ["weekly"], NOW)
        add_reader(connection, 7, "daily")
        subscribers.unsubscribe(connection, 2, ["weekly"], NOW)
    found = list(ledger.iterate_missing(database, issue_id))
    assert [(item.subscriber_id, item.state) for item in found] == [
        (2, S.FAILED),
        (3, S.UNCERTAIN),
        (4, S.DEFERRED),
        (late, None),
    ]


def test_readers_are_found_by_address_however_it_is_written(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 2)
        other = add_issue(connection)
        asked = ["Reader1@Reader.example", "nobody@reader.example"]
        assert ledger.find_readers(connection, issue_id, asked) == {"Reader1@Reader.example": 2}
        assert ledger.find_readers(connection, other, asked) == {}
