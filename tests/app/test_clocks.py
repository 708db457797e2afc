"""A clock that was ahead and is put back: nothing waits until it has come as far again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from publisher.app.clocks import mend_moments
from publisher.app.consent import ask
from publisher.app.issuing import create_due_issues
from publisher.app.operating import run_pass
from publisher.app.people import add_subscriber, get_subscriber
from publisher.app.preferences import change_preferences, read_preferences
from publisher.app.reading import scan
from publisher.model.preferences import Rhythm
from publisher.storage import ledger, rhythms
from publisher.storage.database import Connection
from publisher.subscribers.signup import SignUp
from tests.site import CONFIG, Site
from tests.storage.test_query_plans import plans_of

AHEAD = timedelta(days=1000)


def begin(site: Site, config: str = CONFIG, readers: int = 1, newsletter: str = "new-article") -> None:
    """Readers, and an article that is history."""
    site.configure(config + "web: {url: https://letters.note.example}\n")
    site.write("old.md", "まえの記事", date="2026-11-01")
    with site.open() as context:
        for number in range(readers):
            add_subscriber(context, f"r{number}@reader.example", [newsletter])
        run_pass(context)


def write_news(site: Site, name: str = "new") -> None:
    site.write(f"{name}.md", f"記事 {name}", date=f"{site.clock.now:%Y-%m-%d}")


def moments(connection: Connection) -> Sequence[str]:
    return connection.exec_driver_sql("SELECT due_at FROM deliveries WHERE state = 'queued'").scalars().all()


def test_an_issue_and_a_notice_of_the_future_go_out(site: Site) -> None:
    begin(site)
    with site.open() as context:
        site.clock.now += AHEAD
        write_news(site)
        assert create_due_issues(context, scan(context).articles).created
        ask(context, SignUp("new@reader.example", ("weekly",)))
        site.clock.now -= AHEAD
        report = run_pass(context)
    assert (report.sent.accepted, report.notices.accepted) == (1, 1)


def test_a_limit_that_was_used_up_in_the_future_holds_for_its_hour_and_no_longer(site: Site) -> None:
    limited = CONFIG.replace('transport: "maildir:outbox"', 'transport: "maildir:outbox", rate: {per_hour: 2}')
    begin(site, limited, readers=3)
    with site.open() as context:
        site.clock.now += AHEAD
        write_news(site)
        assert run_pass(context).sent.accepted == 2
        site.clock.now -= AHEAD
        assert run_pass(context).sent.accepted == 0, "the two have just gone out, whatever the clock said"
        site.clock.advance(hours=2)
        assert run_pass(context).sent.accepted == 1


def test_a_reader_with_a_rhythm_does_not_wait_for_years(site: Site) -> None:
    begin(
        site,
        CONFIG.replace('schedule: "0 8 * * mon"', 'schedule: "0 8 * * mon"\n    rhythms: [daily]'),
        newsletter="weekly",
    )
    with site.open() as context:
        id_ = get_subscriber(context, "r0@reader.example").id
        found = read_preferences(context, id_)
        daily = tuple(replace(one, rhythm=Rhythm.DAILY) for one in found.newsletters)
        site.clock.now += AHEAD
        change_preferences(context, id_, replace(found, newsletters=daily))
        site.clock.now -= AHEAD
        write_news(site)
        assert [issue.newsletter for issue in run_pass(context).issues.created] == ["weekly"]
    assert len(site.mails()) == 1


@pytest.mark.parametrize("days", [0, 1, 2])
def test_what_may_have_been_put_off_so_far_is_left_alone(site: Site, days: int) -> None:
    begin(site)
    with site.open() as context:
        write_news(site)
        assert create_due_issues(context, scan(context).articles).created
        later = context.clock() + timedelta(days=days, hours=1)
        with context.database.write() as connection:
            connection.exec_driver_sql("UPDATE deliveries SET due_at = ?", (f"{later:%Y-%m-%dT%H:%M:%S}.000000Z",))
            before = moments(connection)
        mend_moments(context)
        with context.database.read() as connection:
            assert moments(connection) == before


def test_where_nothing_waits_too_long_nothing_is_read_but_an_index(site: Site) -> None:
    begin(site)
    with site.open() as context, context.database.write() as connection:
        beyond = context.clock()
        with plans_of(connection) as plan:
            ledger.list_put_off(connection, [1, 2], beyond)
            rhythms.has_put_off(connection, "weekly", beyond)
            ledger.bring_back(connection, 1, beyond, beyond)
            rhythms.bring_back(connection, "weekly", beyond, beyond)
    assert plan
    assert all("deliveries_waiting" in line or "subscriptions_due" in line for line in plan), plan
