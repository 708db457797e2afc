"""Newsletters that readers begin and end on their own page: what holds, what is logged, what is mailed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from publisher.app.choosing import Ticks, choose_all, choose_newsletters
from publisher.app.consent import ask
from publisher.app.context import Context
from publisher.app.leaving import unsubscribe_address
from publisher.app.people import add_subscriber
from publisher.app.persondata import forget, get_person
from publisher.app.preferences import change_preferences, read_preferences
from publisher.model.consent import Circumstances, ConsentEvent
from publisher.model.subscriber import Subscriber, SubscriberState
from publisher.storage import subscribers as rows
from tests.app.test_consent import HANAKO, WEB, send, sign_up
from tests.site import Site
from tests.storage.rows import add_issue, freeze_audience

TOLD = Circumstances("preferences", network="198.51.100.7")
BOTH = ("weekly", "new-article")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.configure(WEB.replace("    burst: 3\n", "    burst: 3\n    goodbye: true\n"))
    return site


def find(context: Context) -> Subscriber:
    with context.database.read() as connection:
        found = rows.find_by_email(connection, HANAKO)
    assert found is not None
    return found


def choose(context: Context, wanted: Collection[str], offered: Collection[str] = BOTH) -> Subscriber | None:
    return choose_newsletters(context, find(context).id, Ticks(wanted, offered), TOLD)


def events(context: Context) -> list[tuple[ConsentEvent, tuple[str, ...]]]:
    return [(entry.event, entry.newsletters) for entry in get_person(context, HANAKO).log]


def test_the_same_again_changes_nothing(site: Site) -> None:
    with site.open() as context:
        add_subscriber(context, HANAKO, ["weekly"])
        before = events(context)
        for _ in range(2):
            after = choose(context, ["weekly"])
            assert after is not None
            assert after.newsletters == ("weekly",)
        assert events(context) == before
        assert send(context, site) == []


def test_one_for_another(site: Site) -> None:
    with site.open() as context:
        add_subscriber(context, HANAKO, ["new-article"])
        after = choose(context, ["weekly"])
        assert after is not None
        assert (after.state, after.newsletters) == (SubscriberState.ACTIVE, ("weekly",))
        assert events(context)[1:] == [
            (ConsentEvent.ASKED, ("weekly",)),
            (ConsentEvent.CONFIRMED, ("weekly",)),
            (ConsentEvent.LEFT, ("new-article",)),
        ]
        assert len(send(context, site)) == 2, "a welcome and a goodbye"
        assert all(one.done_at for one in get_person(context, HANAKO).requests), "nothing is left open"


def test_only_what_was_offered(site: Site) -> None:
    with site.open() as context:
        add_subscriber(context, HANAKO, ["new-article"])
        after = choose(context, ["weekly", "nothing"], ["weekly", "nothing"])
        assert after is not None
        assert after.newsletters == ("new-article", "weekly")
        after = choose(context, ["new-article"], [])
        assert after is not None
        assert after.newsletters == ("new-article", "weekly")


def test_somebody_who_had_left_comes_back_for_what_they_choose(site: Site) -> None:
    with site.open() as context:
        add_subscriber(context, HANAKO, list(BOTH))
        unsubscribe_address(context, HANAKO, "", TOLD)
        after = choose(context, ["weekly"])
        assert after is not None
        assert (after.state, after.newsletters) == (SubscriberState.ACTIVE, ("weekly",))


def test_a_sign_up_that_waits_is_confirmed_by_choosing(site: Site) -> None:
    with site.open() as context:
        ask(context, sign_up())
        after = choose(context, ["weekly"])
        assert after is not None
        assert (after.state, after.newsletters) == (SubscriberState.ACTIVE, ("weekly",))


def test_nobody_and_an_address_that_must_not_be_written_to(site: Site) -> None:
    with site.open() as context:
        assert choose_newsletters(context, 4711, Ticks(["weekly"], BOTH), TOLD) is None
        add_subscriber(context, HANAKO, ["weekly"])
        with context.database.write() as connection:
            rows.change(connection, find(context).id, {"state": SubscriberState.SUPPRESSED})
        before = events(context)
        after = choose(context, BOTH)
        assert after is not None
        assert after.state is SubscriberState.SUPPRESSED
        assert events(context) == before
        number = find(context).id
        forget(context, HANAKO)
        assert choose_newsletters(context, number, Ticks(["weekly"], BOTH), TOLD) is None


def test_a_page_is_saved_as_a_whole_or_not_at_all(site: Site) -> None:
    with site.open() as context:
        number = add_subscriber(context, HANAKO, ["new-article"]).id
        before, log = read_preferences(context, number), events(context)
        wanted = replace(before, name="花子", timezone="Europe/Berlin", hour=7)
        with context.database.write() as connection:  # what a full disk does in the middle
            connection.exec_driver_sql(
                "CREATE TRIGGER full BEFORE INSERT ON consents BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
            )
        with pytest.raises(IntegrityError):
            choose_all(context, number, wanted, Ticks(["weekly"], BOTH), TOLD)
        assert read_preferences(context, number) == before
        assert events(context) == log
        with context.database.write() as connection:
            connection.exec_driver_sql("DROP TRIGGER full")
        after = choose_all(context, number, wanted, Ticks(["weekly"], BOTH), TOLD)
        assert after is not None
        assert (after.name, after.newsletters) == ("花子", ("weekly",))
        assert read_preferences(context, number).hour == 7


def test_nothing_is_written_about_somebody_who_was_forgotten_meanwhile(site: Site) -> None:
    with site.open() as context:
        number = add_subscriber(context, HANAKO, ["weekly"]).id
        wanted = replace(read_preferences(context, number), name="花子", newsletters=())
        with context.database.write() as connection:  # so that the person's row stays, as a number of the ledger
            freeze_audience(connection, add_issue(connection), "weekly", "ja", site.clock())
        forget(context, HANAKO)
        assert choose_all(context, number, wanted, Ticks(["weekly"], BOTH), TOLD) is None
        change_preferences(context, number, wanted)
        assert read_preferences(context, number).name == ""
