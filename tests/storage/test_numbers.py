"""Numbers for those who watch."""

from __future__ import annotations

from datetime import timedelta

from publisher.model.bounce import Bounce, BounceKind
from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueState
from publisher.storage import bounces, deliveries, issues, numbers
from publisher.storage.database import Database
from publisher.storage.deliveries import Settlement
from tests.storage.rows import NOW, add_issue, claim, freeze, start
from tests.storage.test_query_plans import HELD, about_deliveries, plans_of

S = DeliveryState


def test_the_queue_by_state_of_issues_that_are_not_over(database: Database) -> None:
    with database.write() as connection:
        assert numbers.count_queue(connection, NOW) == {"queued": 0, "deferred": 0, "claimed": 0, "sending": 0}
        issue_id = freeze(connection, 6)
        first, second, third = claim(connection, issue_id, limit=3)
        start(connection, first)
        start(connection, second)
        deliveries.settle(connection, Settlement(second, S.DEFERRED, NOW, 450, "later", NOW + timedelta(hours=1)))
        expected = {"queued": 3, "deferred": 1, "claimed": 1, "sending": 1}
        assert numbers.count_queue(connection, NOW) == expected
        issues.pause(connection, issue_id, "the relay refuses all")
        assert numbers.count_queue(connection, NOW) == expected, "a paused issue waits, too"
        issues.move_state(connection, issue_id, [IssueState.PAUSED], IssueState.CANCELLED)
        assert sum(numbers.count_queue(connection, NOW).values()) == 0
        assert third.owner == "a"


def test_what_was_put_off_counts_as_queued_when_its_time_has_come(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 2)
        first = claim(connection, issue_id, limit=1)[0]
        start(connection, first)
        deliveries.settle(connection, Settlement(first, S.DEFERRED, NOW, 450, "later", NOW + timedelta(hours=1)))
        assert numbers.count_queue(connection, NOW)["deferred"] == 1
        found = numbers.count_queue(connection, NOW + timedelta(hours=1))
        assert (found["queued"], found["deferred"]) == (2, 0)


def test_the_queue_is_counted_without_a_look_at_what_is_settled(database: Database) -> None:
    with database.write() as connection:
        freeze(connection, 40)
        with plans_of(connection) as plan:
            numbers.count_queue(connection, NOW)
        looked = about_deliveries(plan)
        assert looked
        assert all("INDEX deliveries_waiting" in line or line == HELD for line in looked), looked


def test_issues_by_state_and_those_that_trouble_has_stopped(database: Database) -> None:
    with database.write() as connection:
        for state in (IssueState.DONE, IssueState.CANCELLED, IssueState.DRAFT, IssueState.FROZEN, IssueState.FROZEN):
            add_issue(connection, state)
        stopped = add_issue(connection)
        by_hand = add_issue(connection)
        issues.pause(connection, stopped, "login refused")
        issues.move_state(connection, by_hand, [IssueState.FROZEN], IssueState.PAUSED)
        assert numbers.count_issues(connection) == {"draft": 1, "frozen": 2, "paused": 2}
        assert numbers.list_stopped_by_trouble(connection) == [stopped]


def test_what_was_settled_of_late(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 5)
        for minutes, item in zip((10, 4, 3, 1), claim(connection, issue_id, limit=4), strict=True):
            start(connection, item)
            state = S.FAILED if minutes == 3 else S.ACCEPTED
            deliveries.settle(connection, Settlement(item, state, NOW - timedelta(minutes=minutes)))
        found = numbers.find_handled(connection, [issue_id], NOW - timedelta(minutes=5))
        one = found[issue_id]
        assert (one.number, one.first, one.last) == (3, NOW - timedelta(minutes=4), NOW - timedelta(minutes=1))
        assert numbers.find_handled(connection, [issue_id], NOW) == {}
        assert numbers.find_handled(connection, [], NOW - timedelta(minutes=5)) == {}


def test_reports_by_kind_each_once_and_no_mail_that_nobody_understood(database: Database) -> None:
    kinds = (BounceKind.HARD, BounceKind.SOFT, BounceKind.SOFT, BounceKind.COMPLAINT, BounceKind.UNKNOWN)
    with database.write() as connection:
        assert numbers.count_reports(connection) == {"hard": 0, "soft": 0, "policy": 0, "complaint": 0}
        for _ in range(2):  # read twice
            for number, kind in enumerate(kinds):
                bounces.note(connection, Bounce(kind, f"mail:{number}"), (None, None), NOW)
        assert numbers.count_reports(connection) == {"hard": 1, "soft": 2, "policy": 0, "complaint": 1}
