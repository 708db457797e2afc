"""Issues, what is in them, and their counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError, NoResultFound

from publisher.model.delivery import DeliveryState
from publisher.model.issue import Counts, IssueState, Selection
from publisher.model.rendered import RenderedIssue
from publisher.storage import deliveries, issues
from publisher.storage.database import Connection, Database
from publisher.storage.deliveries import Settlement
from tests.storage.rows import NOW, RENDERED, add_issue, claim, freeze, make_article, make_issue, save_articles, start
from tests.storage.test_query_plans import about_deliveries, plans_of

OPEN = [IssueState.DRAFT, IssueState.FROZEN, IssueState.SENDING, IssueState.PAUSED]


def set_states(connection: Connection, issue_id: int, states: list[DeliveryState]) -> None:
    for number, state in enumerate(states):
        connection.exec_driver_sql(
            "UPDATE deliveries SET state = ? WHERE issue_id = ? AND subscriber_id = "
            "(SELECT subscriber_id FROM deliveries WHERE issue_id = ? ORDER BY subscriber_id LIMIT 1 OFFSET ?)",
            (state.value, issue_id, issue_id, number),
        )


def state_of(connection: Connection, issue_id: int) -> IssueState:
    found = issues.get_issue(connection, issue_id)
    assert found is not None
    return found.state


def test_an_issue_comes_back_as_stored(database: Database) -> None:
    one, two, three = (make_article(number) for number in (1, 2, 3))
    issue = make_issue(IssueState.DRAFT, occurrence="2026-11-23T08:00", template="article")
    selection = Selection(articles=(two, one), links=(three,), too_old=(make_article(9),), already_sent=4)
    with database.write() as connection:
        save_articles(connection, one, two, three)
        issue_id = issues.add_issue(connection, issue, selection, RENDERED)
        assert issues.get_issue(connection, issue_id) == replace(issue, id=issue_id)
        assert issues.article_titles(connection, issue_id) == [
            (two.id, two.title, "full"),
            (one.id, one.title, "full"),
            (three.id, three.title, "link"),
        ]


def test_a_variant_comes_back_byte_for_byte(database: Database) -> None:
    long = RenderedIssue("件名 🎉", "本文\r\n" * 5000, "<p>\u3000全角 👩\u200d💻</p>" * 5000, "en-GB", "m")
    with database.write() as connection:
        issue_id = issues.add_issue(connection, make_issue(), Selection(), long)
        assert issues.variant_keys(connection, issue_id) == ["en-GB"]
        assert issues.load_variant(connection, issue_id, "en-GB") == long
        stored = connection.exec_driver_sql("SELECT length(html) FROM variants").scalar_one()
        assert stored < len(long.html) / 10
        with pytest.raises(NoResultFound):
            issues.load_variant(connection, issue_id, "ja")


def test_an_issue_of_an_unknown_article_is_not_stored_at_all(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as connection:
        issues.add_issue(connection, make_issue(), Selection(articles=(make_article(1),)), RENDERED)
    with database.read() as connection:
        assert issues.list_issues(connection) == []


def test_issues_are_listed_newest_first(database: Database) -> None:
    with database.write() as connection:
        ids = [add_issue(connection, subject=f"第{number}号") for number in range(3)]
        assert [issue.id for issue in issues.list_issues(connection)] == ids[::-1]
        assert [issue.id for issue in issues.list_issues(connection, ids[:2])] == [ids[1], ids[0]]
        assert issues.list_issues(connection, []) == []
        assert issues.get_issue(connection, 99) is None


def test_the_id_of_an_issue_is_never_given_again(database: Database) -> None:
    with database.write() as connection:
        issue_id = add_issue(connection)
        connection.exec_driver_sql("DELETE FROM variants")
        connection.exec_driver_sql("DELETE FROM issues")
        assert add_issue(connection) > issue_id  # message ids are made of it


def test_what_stands_in_any_issue_of_a_newsletter_is_sent(database: Database) -> None:
    one, two, three = (make_article(number) for number in (1, 2, 3))
    with database.write() as connection:
        save_articles(connection, one, two, three)
        for state, selection in [
            (IssueState.CANCELLED, Selection(articles=(one,))),
            (IssueState.DRAFT, Selection(links=(two,))),
        ]:
            issues.add_issue(connection, make_issue(state), selection, RENDERED)
        issues.add_issue(connection, make_issue(newsletter="another"), Selection(articles=(three,)), RENDERED)
        assert issues.sent_articles(connection, "weekly") == {one.id, two.id}
        assert issues.sent_articles(connection, "another") == {three.id}
        assert issues.sent_articles(connection, "none") == set()


@pytest.mark.parametrize("state", list(IssueState))
def test_a_state_is_compared_before_it_is_set(database: Database, state: IssueState) -> None:
    with database.write() as connection:
        issue_id, other = add_issue(connection, state), add_issue(connection)
        assert issues.move_state(connection, issue_id, OPEN, IssueState.CANCELLED) is (state in OPEN)
        assert state_of(connection, issue_id) is (IssueState.CANCELLED if state in OPEN else state)
        assert state_of(connection, other) is IssueState.FROZEN
        assert not issues.move_state(connection, issue_id, [], IssueState.DRAFT)
        assert not issues.move_state(connection, 99, OPEN, IssueState.DRAFT)


def test_only_frozen_and_sending_issues_are_live(database: Database) -> None:
    with database.write() as connection:
        ids = {state: add_issue(connection, state) for state in IssueState}
        other = add_issue(connection, newsletter="another")
        live = [ids[IssueState.FROZEN], ids[IssueState.SENDING]]
        assert issues.live_issues(connection) == [*live, other]
        assert issues.live_issues(connection, "weekly") == live
        assert list(issues.live_newsletters(connection).items()) == [
            *((id_, "weekly") for id_ in live),
            (other, "another"),
        ]


def test_open_issues_are_those_that_are_not_over(database: Database) -> None:
    with database.write() as connection:
        ids = {state: add_issue(connection, state) for state in IssueState}
        found = issues.open_issues(connection)
    assert [issue.id for issue in found] == sorted((ids[state] for state in OPEN), reverse=True)


def test_counts_show_every_row_once(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, len(DeliveryState) + 1)
        set_states(connection, issue_id, list(DeliveryState))  # the last one stays queued
        empty = add_issue(connection)
        found = {issue.id: issue.counts for issue in issues.list_issues(connection)}
    assert found[issue_id] == Counts(
        queued=4, deferred=1, accepted=1, failed=1, uncertain=1, suppressed=1, bounced=1, complained=1
    )
    assert found[issue_id].total == len(DeliveryState) + 1
    assert found[empty] == Counts()


@pytest.mark.parametrize("state", list(DeliveryState))
def test_an_issue_is_done_when_nothing_waits_any_more(database: Database, state: DeliveryState) -> None:
    waits = state in {DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.CLAIMED, DeliveryState.SENDING}
    with database.write() as connection:
        issue_id, other = freeze(connection, 3), add_issue(connection, IssueState.SENDING)
        set_states(connection, issue_id, [DeliveryState.ACCEPTED, state, DeliveryState.FAILED])
        assert issues.finish_settled(connection) == ([other] if waits else [issue_id, other])
        assert issues.finish_settled(connection) == []
        assert state_of(connection, issue_id) is (IssueState.FROZEN if waits else IssueState.DONE)


def test_what_another_issue_waits_for_does_not_hold_this_one_up(database: Database) -> None:
    with database.write() as connection:
        busy = freeze(connection, 2)
        (item, _) = claim(connection, busy)
        start(connection, item)
        empty = add_issue(connection)
        assert issues.finish_settled(connection) == [empty]


@pytest.mark.parametrize("state", [IssueState.DRAFT, IssueState.PAUSED, IssueState.CANCELLED])
def test_an_issue_that_is_not_live_does_not_become_done(database: Database, state: IssueState) -> None:
    with database.write() as connection:
        issue_id = add_issue(connection, state)
        assert issues.finish_settled(connection) == []
        assert state_of(connection, issue_id) is state


@pytest.mark.parametrize("state", [state for state in IssueState if state is not IssueState.DONE])
def test_what_waits_in_a_done_issue_goes_on_and_no_other_issue_does(database: Database, state: IssueState) -> None:
    """A sender put back what was refused for no fault of its reader, just after the issue was called done."""
    with database.write() as connection:
        issue_id, other = freeze(connection, 2), add_issue(connection, IssueState.DONE)
        items = claim(connection, issue_id)
        for item in items:
            deliveries.settle(connection, Settlement(item, DeliveryState.FAILED, NOW, 550, "sender blocked"))
        assert issues.finish_settled(connection) == [issue_id]
        assert issues.list_unsettled(connection) == []
        assert deliveries.requeue_refused(connection, items, NOW) == 2
        assert issues.list_unsettled(connection) == [issue_id]
        assert issues.reopen_unsettled(connection) == 1
        assert (state_of(connection, issue_id), state_of(connection, other)) == (IssueState.SENDING, IssueState.DONE)
        connection.exec_driver_sql("UPDATE issues SET state = ? WHERE id = ?", (state, issue_id))
        assert (issues.list_unsettled(connection), issues.reopen_unsettled(connection)) == ([], 0)


def test_done_issues_are_looked_at_by_the_index_of_what_waits(database: Database) -> None:
    with database.write() as connection:
        freeze(connection, 20)
        with plans_of(connection) as plan:
            issues.list_unsettled(connection)
            issues.reopen_unsettled(connection)
    looked = about_deliveries(plan)
    assert looked
    assert all("INDEX deliveries_waiting (issue_id=?" in line for line in looked), looked


def test_the_last_issue_of_a_newsletter_has_its_moment(database: Database) -> None:
    with database.write() as connection:
        assert issues.last_issue_at(connection, "weekly") is None
        for days in (0, 7, 3):
            add_issue(connection, created_at=NOW + timedelta(days=days))
        add_issue(connection, newsletter="another", created_at=NOW + timedelta(days=30))
        assert issues.last_issue_at(connection, "weekly") == NOW + timedelta(days=7)
        assert deliveries.owners(connection) == []
