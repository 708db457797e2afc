"""Old rows go, their numbers stay, and nothing that is still needed is touched."""

from __future__ import annotations

from datetime import timedelta

import pytest

from publisher.app import retention
from publisher.app.context import Context
from publisher.app.issuing import get_issue, list_issues
from publisher.app.ledger import iterate_missed
from publisher.app.operating import run_pass
from publisher.app.people import get_subscriber
from publisher.app.persondata import get_person
from publisher.app.retention import remove_old_deliveries
from publisher.errors import ConfigError, UsageError
from publisher.model.bounce import BounceKind
from publisher.model.delivery import DeliveryState
from publisher.model.issue import Counts, IssueState
from publisher.storage import bounces, deliveries, issues
from publisher.storage.deliveries import Settlement
from tests.site import CONFIG, START, Site
from tests.storage.rows import add_reader, claim, freeze, start

S = DeliveryState


def send(context: Context, readers: int, *outcomes: DeliveryState) -> int:
    """An issue of which so many deliveries have ended in this way; the rest waits. Returns its id."""
    now = context.clock()
    with context.database.write() as connection:
        issue_id = freeze(connection, readers)
        connection.exec_driver_sql(f"UPDATE issues SET created_at = '{now.isoformat()}'")  # noqa: S608 - our own words
        for item, state in zip(claim(connection, issue_id, limit=len(outcomes), now=now), outcomes, strict=True):
            start(connection, item, now)
            deliveries.settle(connection, Settlement(item, state, now, 250, "ok"))
        issues.finish_settled(connection)
    return issue_id


def rows(context: Context) -> tuple[int, int]:
    """Deliveries and attempts."""
    with context.database.read() as connection:
        count = "SELECT (SELECT count(*) FROM deliveries), (SELECT count(*) FROM attempts)"
        found = connection.exec_driver_sql(count).one()
    return (found[0], found[1])


def test_after_its_time_a_delivery_is_a_number(site: Site) -> None:
    with site.open() as context:
        issue_id = send(context, 3, S.ACCEPTED, S.ACCEPTED, S.FAILED)
        before = get_issue(context, issue_id)
        site.clock.advance(days=399)
        assert run_pass(context).removed == 0
        assert rows(context) == (3, 3)
        site.clock.advance(days=1, hours=1)
        with context.database.write() as connection:
            failed = get_subscriber(context, "reader2@reader.example").id
            refusal = bounces.Refusal((issue_id, failed), BounceKind.SOFT, START, "5.2.2", "full")
            bounces.note_refusals(connection, [refusal])
        assert run_pass(context).removed == 3
        assert rows(context) == (0, 0)
        assert get_person(context, "reader2@reader.example").reports == []
        assert get_issue(context, issue_id) == before
        assert before.counts == Counts(accepted=2, failed=1)
        assert get_person(context, "reader0@reader.example").received == []
        with pytest.raises(UsageError, match="who had it is not known any more"):
            iterate_missed(context, issue_id)


def test_the_time_is_the_configured_one(site: Site) -> None:
    site.configure(CONFIG.replace('transport: "maildir:outbox"', 'transport: "maildir:outbox", keep: 30d'))
    with site.open() as context:
        send(context, 1, S.ACCEPTED)
        site.clock.advance(days=31)
        assert remove_old_deliveries(context) == 1


def test_what_is_not_over_stays(site: Site) -> None:
    with site.open() as context:
        issue_id = send(context, 2, S.ACCEPTED)
        site.clock.advance(days=500)
        assert remove_old_deliveries(context) == 0
        with context.database.write() as connection:
            issues.move_state(connection, issue_id, [IssueState.SENDING], IssueState.PAUSED)
        site.clock.advance(hours=2)
        assert remove_old_deliveries(context) == 0
        assert rows(context) == (2, 1)


def test_of_a_cancelled_issue_what_a_sender_holds_stays(site: Site) -> None:
    with site.open() as context:
        issue_id = send(context, 3, S.ACCEPTED)
        with context.database.write() as connection:
            (held,) = claim(connection, issue_id, limit=1, now=context.clock())
            start(connection, held, context.clock())
            issues.move_state(connection, issue_id, [IssueState.SENDING], IssueState.CANCELLED)
            deliveries.suppress_waiting(connection, issue_id, "cancelled")
        site.clock.advance(days=401)
        counts = get_issue(context, issue_id).counts
        assert remove_old_deliveries(context) == 2
        assert rows(context) == (1, 0)
        assert get_issue(context, issue_id).counts == counts == Counts(queued=1, accepted=1, suppressed=1)


def test_a_delivery_that_was_settled_late_is_kept_for_its_own_time(site: Site) -> None:
    with site.open() as context:
        issue_id = send(context, 2, S.ACCEPTED)
        site.clock.advance(days=3)
        with context.database.write() as connection:
            (late,) = claim(connection, issue_id, limit=1, now=context.clock())
            start(connection, late, context.clock())
            deliveries.settle(connection, Settlement(late, S.FAILED, context.clock(), 550, "no"))
            issues.finish_settled(connection)
        site.clock.advance(days=398)
        assert remove_old_deliveries(context) == 1
        assert get_issue(context, issue_id).counts == Counts(accepted=1, failed=1)
        site.clock.advance(days=3)
        assert remove_old_deliveries(context) == 1
        assert get_issue(context, issue_id).counts == Counts(accepted=1, failed=1)


def test_a_large_issue_goes_in_pieces_over_several_passes(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_BATCH", 3)
    monkeypatch.setattr(retention, "_MOST", 2)
    with site.open() as context:
        issue_id = send(context, 10, *[S.ACCEPTED] * 10)
        site.clock.advance(days=401)
        found = []
        for _ in range(4):
            found.append(remove_old_deliveries(context))
            assert get_issue(context, issue_id).counts == Counts(accepted=10)
        assert found == [6, 4, 0, 0]


def test_it_looks_once_an_hour_and_again_after_a_clock_that_had_jumped(site: Site) -> None:
    with site.open() as context:
        site.clock.advance(days=800)
        assert remove_old_deliveries(context) == 0
        site.clock.now -= timedelta(days=800)
        send(context, 1, S.ACCEPTED)
        site.clock.advance(days=401)
        assert remove_old_deliveries(context) == 1, "a look in the future is none"
        with context.database.write() as connection:
            add_reader(connection, 99)
        assert remove_old_deliveries(context) == 0


def test_it_stops_when_it_is_told(site: Site) -> None:
    with site.open() as context:
        send(context, 1, S.ACCEPTED)
        site.clock.advance(days=401)
        context.stop.set()
        assert remove_old_deliveries(context) == 0
        context.stop.clear()
        assert remove_old_deliveries(context) == 1
        assert [issue.counts.accepted for issue in list_issues(context)] == [1]


@pytest.mark.parametrize("keep", ["29d", "40000d", "soon", "0"])
def test_a_time_that_makes_no_sense_is_refused(site: Site, keep: str) -> None:
    site.configure(CONFIG.replace('transport: "maildir:outbox"', f'transport: "maildir:outbox", keep: {keep}'))
    with pytest.raises(ConfigError, match=r"delivery\.keep"), site.open():
        pass
