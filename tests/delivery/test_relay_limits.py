"""Relays with limits of their own: each gets what it may have, and the rest goes to others or waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from publisher.delivery.rate import Limits
from publisher.delivery.relays import Relay, Routes
from publisher.delivery.transports.smtp import SmtpSettings, SmtpTransport
from publisher.storage.database import Database
from tests.delivery.faulty import Fault, FaultyServer
from tests.delivery.sending import START, Mailing
from tests.delivery.smtpserver import SmtpServer


@pytest.fixture
def mailing(database: Database) -> Mailing:
    return Mailing(database)


def relay(port: int, limits: Limits, name: str = "") -> Relay:
    settings = SmtpSettings("127.0.0.1", port, tls="none", timeout=5, final_timeout=5)
    return Relay(lambda: SmtpTransport(settings), name=name or f"relay-{port}", limits=limits)


@pytest.mark.parametrize("connections", [1, 3])
def test_a_day_at_one_relay_is_a_day_and_the_other_takes_the_rest(mailing: Mailing, connections: int) -> None:
    mailing.freeze(90)
    with FaultyServer() as small, FaultyServer() as large:
        routes = Routes([relay(small.port, Limits(per_day=20)), relay(large.port, Limits())], connections)
        report = mailing.run(routes)
    assert (report.accepted, report.held_until, report.trouble) == (90, None, None)
    assert small.taken.total() <= 20
    assert small.taken.total() + large.taken.total() == 90
    assert small.taken.total() == 20 or connections == 3  # with several, the other may be quicker


def test_what_the_only_relay_may_not_have_today_goes_out_tomorrow(mailing: Mailing) -> None:
    mailing.freeze(50)
    with FaultyServer() as server:
        routes = Routes([relay(server.port, Limits(per_day=30))], 3)
        report = mailing.run(routes)
        assert (report.accepted, report.trouble) == (30, None)
        assert report.held_until == START + timedelta(hours=25)
        assert mailing.run(routes).accepted == 0  # another run, as another process, counts on from there
        mailing.now += timedelta(hours=25)
        report = mailing.run(routes)
        assert (report.accepted, report.held_until) == (20, None)
    assert set(server.taken.values()) == {1}


def test_so_many_a_second_are_waited_for(mailing: Mailing) -> None:
    mailing.freeze(40)
    with FaultyServer() as server:
        report = mailing.run(Routes([relay(server.port, Limits(per_second=4))], 3))
    assert report.accepted == 40
    assert timedelta(seconds=8) <= mailing.now - START <= timedelta(seconds=12)


def test_what_a_broken_relay_did_not_take_is_not_counted(mailing: Mailing) -> None:
    mailing.freeze(30)
    limits = Limits(per_day=30)
    with FaultyServer(Fault("EHLO", "close"), times=1) as server:
        routes = Routes([relay(server.port, limits, "one"), relay(server.port, limits, "two")], 1)
        report = mailing.run(routes)
        assert (report.accepted, report.held_until) == (30, None)


def test_readers_who_left_use_up_nothing(mailing: Mailing, database: Database) -> None:
    mailing.freeze(40)
    with SmtpServer() as server:
        with database.write() as connection:
            connection.exec_driver_sql("UPDATE subscribers SET state = 'unsubscribed' WHERE id % 2 = 0")
        report = mailing.run(Routes([relay(server.port, Limits(per_day=22))], 2))
        assert (report.accepted, report.skipped, report.held_until) == (20, 20, None)
