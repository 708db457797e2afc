"""The sender over several connections and several relays: who gets what, when it stops, and whom nobody blames."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from publisher.delivery.gate import Rules
from publisher.delivery.rate import Limits
from publisher.model.issue import IssueState
from publisher.storage import deliveries, issues
from publisher.storage.database import Database
from tests.delivery.faulty import Fault, FaultyServer
from tests.delivery.scriptedserver import Peer, ScriptedServer
from tests.delivery.sending import START, Mailing, routes_to
from tests.delivery.smtpserver import SmtpServer


@pytest.fixture
def mailing(database: Database) -> Mailing:
    return Mailing(database)


def pause_reason(database: Database, issue_id: int) -> tuple[str, str | None]:
    with database.read() as connection:
        row = connection.exec_driver_sql("SELECT state, pause_reason FROM issues WHERE id = ?", (issue_id,)).one()
    return row[0], row[1]


# ------------------------------------------------------------------------------------- connections


@pytest.mark.parametrize(("readers", "connections"), [(6, 1), (25, 2), (300, 8)])
def test_as_many_connections_as_pay_and_no_more(readers: int, connections: int, mailing: Mailing) -> None:
    mailing.freeze(readers)
    with FaultyServer() as server:
        report = mailing.run(routes_to(server.port, connections=8))
    assert (report.accepted, report.trouble, report.finished) == (readers, None, [1])
    assert set(server.taken.values()) == {1}
    recycled = readers // 100 + 1
    assert connections <= server.connections <= connections * recycled


def test_several_issues_go_out_in_one_run(mailing: Mailing) -> None:
    first, second = mailing.freeze(30, "weekly"), mailing.freeze(30, "daily")
    with FaultyServer() as server:
        report = mailing.run(routes_to(server.port, connections=3))
    assert (report.accepted, report.finished) == (60, [first, second])
    assert server.taken.total() == 60


def test_every_answer_stands_in_the_list_of_attempts(mailing: Mailing, database: Database) -> None:
    mailing.freeze(20)
    with FaultyServer(Fault("RCPT", "defer")) as server:
        mailing.run_to_the_end(routes_to(server.port))
    with database.read() as connection:
        rows = connection.exec_driver_sql("SELECT number, server, code, enhanced, state FROM attempts").all()
    place = f"127.0.0.1:{server.port}"
    assert sum(tuple(row) == (1, place, 451, "4.3.0", "deferred") for row in rows) == 2
    assert sum(tuple(row)[1:] == (place, 250, "2.0.0", "accepted") for row in rows) == 20
    assert sum(row[0] == 2 for row in rows) == 2


def test_a_server_that_allows_fewer_connections_gets_everything_over_those(mailing: Mailing) -> None:
    mailing.freeze(60)
    with FaultyServer(Fault("GREETING", "close"), times=100, after=2) as server:
        report = mailing.run(routes_to(server.port, connections=6))
    assert (report.accepted, report.trouble) == (60, None)
    assert set(server.taken.values()) == {1}


# ------------------------------------------------------------------------------------- several relays


def test_two_relays_share_the_mail_and_each_reader_gets_it_from_one(mailing: Mailing) -> None:
    mailing.freeze(80)
    with FaultyServer() as one, FaultyServer() as two:
        report = mailing.run(routes_to(one.port, two.port, connections=4))
    assert report.accepted == 80
    assert min(one.taken.total(), two.taken.total()) > 0
    assert set((one.taken + two.taken).values()) == {1}


def test_a_relay_that_is_away_is_replaced_by_the_other(mailing: Mailing) -> None:
    mailing.freeze(40)
    with FaultyServer() as server:
        report = mailing.run(routes_to(1, server.port, connections=4))
    assert (report.accepted, report.trouble) == (40, None)
    assert report.lost == ["cannot talk to 127.0.0.1:1: Connection refused"]


def test_a_relay_that_goes_away_in_the_middle_loses_nobody(mailing: Mailing) -> None:
    mailing.freeze(60)
    with FaultyServer(Fault("MAIL", "close"), times=1000, after=7) as dying, FaultyServer() as other:
        mailing.run_to_the_end(routes_to(dying.port, other.port, connections=4))
    assert mailing.states() == {"accepted": 60}
    assert set((dying.taken + other.taken).values()) == {1}


def test_when_every_relay_is_away_everything_stays_queued(mailing: Mailing) -> None:
    issue_id = mailing.freeze(30)
    report = mailing.run(routes_to(1, 2, connections=3))
    assert report.trouble is not None
    assert "127.0.0.1" in report.trouble
    assert (report.refused, mailing.counts(issue_id).queued) == (False, 30)


# ------------------------------------------------------------------------------------- the breaker


def test_a_relay_that_refuses_everybody_pauses_the_issue_and_blames_nobody(
    mailing: Mailing, database: Database
) -> None:
    issue_id = mailing.freeze(60, domains=20)
    with FaultyServer(Fault("MAIL", "blame"), times=1000, after=5) as server:
        report = mailing.run(routes_to(server.port, connections=3))
        state, reason = pause_reason(database, issue_id)
        assert state == "paused"
        assert reason is not None
        assert "10 messages in a row" in reason
        assert "not you" in reason
        assert any(f"issues resume {issue_id}" in line for line in report.broken)
        assert mailing.states() == {"accepted": server.taken.total(), "queued": 60 - server.taken.total()}
        assert report.failed == 0
    with database.write() as connection:
        assert issues.move_state(connection, issue_id, [IssueState.PAUSED], IssueState.SENDING)
    with FaultyServer() as mended:
        mailing.run_to_the_end(routes_to(mended.port, connections=3))
    assert mailing.states() == {"accepted": 60}


def test_a_limit_of_the_day_is_used_up_and_not_passed_by_several_connections(mailing: Mailing) -> None:
    mailing.freeze(150)
    mailing.rules = Rules(total=Limits(per_day=110))
    with SmtpServer() as server:
        report = mailing.run(routes_to(server.port, connections=5))
        assert (report.accepted, report.held_until) == (110, START + timedelta(hours=25))
        assert mailing.states() == {"accepted": 110, "queued": 40}
        assert mailing.run(routes_to(server.port, connections=5)).accepted == 0
        mailing.now += timedelta(hours=25)
        assert mailing.run(routes_to(server.port, connections=5)).accepted == 40


def test_a_provider_that_takes_one_at_a_time_holds_up_nobody_on_other_connections(mailing: Mailing) -> None:
    mailing.freeze(80, domains=3)
    mailing.rules = Rules(domains={"reader.example": Limits(concurrency=1)})
    with SmtpServer() as server:
        assert mailing.run(routes_to(server.port, connections=4)).accepted == 80
    assert mailing.now > START  # those of the others that came while it was busy had to wait


def test_readers_who_are_gone_do_not_pause_an_issue(mailing: Mailing) -> None:
    mailing.freeze(30)
    with SmtpServer() as server:
        server.answer("RCPT", "550 5.1.1 no such user here")
        report = mailing.run(routes_to(server.port))
    assert (report.failed, report.broken) == (30, [])


def test_a_login_that_is_refused_pauses_instead_of_being_tried_again(mailing: Mailing, database: Database) -> None:
    from publisher.delivery.sender import Relay, Routes  # noqa: PLC0415 - only here
    from publisher.delivery.transports.smtp import SmtpSettings, SmtpTransport  # noqa: PLC0415

    def refuse(peer: Peer) -> None:
        peer.greet("AUTH PLAIN")
        peer.hear("AUTH")
        peer.say("535 5.7.8 wrong password")
        peer.read_rest()

    issue_id = mailing.freeze(5)
    with ScriptedServer(refuse) as server:
        settings = SmtpSettings(server.host, server.port, "news", "hunter2", tls="none", timeout=5)
        report = mailing.run(Routes([Relay(lambda: SmtpTransport(settings))]))
    state, reason = pause_reason(database, issue_id)
    assert (state, report.refused, mailing.counts(issue_id).queued) == ("paused", True, 5)
    assert reason is not None
    assert "refuses the login" in reason
    assert "hunter2" not in reason


# ------------------------------------------------------------------------------------- stopping


def test_stop_ends_every_connection_after_the_message_in_hand(mailing: Mailing) -> None:
    issue_id = mailing.freeze(200)
    with FaultyServer() as server:
        original = server.take

        def take(content: bytes) -> None:
            original(content)
            if server.taken.total() == 20:
                mailing.stop.set()

        server.take = take  # type: ignore[method-assign] # a witness that also acts
        report = mailing.run(routes_to(server.port, connections=4))
        counts = mailing.counts(issue_id)
        assert report.is_stopped
        assert (counts.accepted, counts.uncertain) == (server.taken.total(), 0)
        assert 20 <= counts.accepted <= 28
        assert set(mailing.states()) == {"accepted", "queued"}
        mailing.stop.clear()
        mailing.run(routes_to(server.port, connections=4))
    assert set(server.taken.values()) == {1}
    assert server.taken.total() == 200


@pytest.mark.parametrize("state", [IssueState.PAUSED, IssueState.CANCELLED])
def test_an_issue_that_a_person_stops_stops_after_the_messages_in_hand(
    state: IssueState, mailing: Mailing, database: Database
) -> None:
    issue_id = mailing.freeze(300)
    with FaultyServer() as server:
        original = server.take

        def take(content: bytes) -> None:
            original(content)
            if server.taken.total() == 20:
                with database.write() as connection:
                    issues.move_state(connection, issue_id, [IssueState.SENDING], state)
                    if state is IssueState.CANCELLED:
                        deliveries.suppress_waiting(connection, issue_id, "取り消し")

        server.take = take  # type: ignore[method-assign] # see above
        report = mailing.run(routes_to(server.port, connections=4))
    found = mailing.states()
    assert found["accepted"] == server.taken.total() < 300
    assert report.trouble is None
    assert set(found) <= {"accepted", "queued" if state is IssueState.PAUSED else "suppressed"}


# ------------------------------------------------------------------------------------- crashes

_CHILD = """
import sys
from pathlib import Path
from publisher.storage.database import open_database
from tests.delivery.sending import START, Mailing, routes_to
mailing = Mailing(open_database(Path(sys.argv[1])))
mailing.run(routes_to(int(sys.argv[2]), connections=int(sys.argv[3])))
"""


def test_a_sender_that_is_killed_at_any_moment_leaves_at_most_one_in_doubt_for_each_connection(
    tmp_path: Path, mailing: Mailing
) -> None:
    """The large one of this is `benchmarks/crash.py`; its result stands in docs/delivery.md."""
    readers, connections, chance = 600, 4, Random(7)  # noqa: S311 - any numbers will do
    mailing.freeze(readers)
    root = Path(__file__).resolve().parents[2]
    with FaultyServer() as server:
        for kill in range(1, 4):
            arguments = [sys.executable, "-c", _CHILD, str(tmp_path / "publisher.db"), str(server.port)]
            with subprocess.Popen([*arguments, str(connections)], cwd=root) as child:
                assert server.wait_for(server.taken.total() + chance.randint(1, 60))
                child.kill()
            assert child.returncode == -signal.SIGKILL
            in_doubt = len(mailing.ids("sending", "uncertain"))
            assert in_doubt <= connections * kill
        mailing.run(routes_to(server.port, connections=connections))
    states = mailing.states()
    assert set(states) <= {"accepted", "uncertain"}
    assert states.total() == readers, "nobody is lost"
    assert max(server.taken.values()) == 1, "nobody twice"
    assert mailing.ids("accepted") <= set(server.taken)
    assert set(server.taken) <= mailing.ids("accepted", "uncertain")
