"""One test for each step and fault: whatever a server does, nobody is lost, nobody gets a message twice, and whoever
counts as accepted stands in the server's own log.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from publisher.storage.database import Database, open_database
from tests.delivery.faulty import Fault, FaultyServer, Kind, Step
from tests.delivery.sending import Mailing, routes_to

READERS = 40
CONNECTIONS = 4
STEPS: tuple[Step, ...] = ("GREETING", "EHLO", "MAIL", "RCPT", "DATA", "BODY", "DOT", "REPLY")
KINDS: tuple[Kind, ...] = ("refuse", "blame", "defer", "close", "drop", "stall", "garbage", "late", "split")
# After the last line nobody can know whether the message was taken, unless the server says so.
HIDING: tuple[Kind, ...] = ("drop", "stall", "garbage")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One for all: to make one takes longer than a test."""
    opened = open_database(tmp_path_factory.mktemp("faults") / "publisher.db")
    yield opened
    opened.close()


@pytest.fixture
def mailing(database: Database) -> Iterator[Mailing]:
    yield Mailing(database)
    with database.write() as connection:
        # The rates too: each mailing would be held back by what the servers of those before it refused.
        for table in ("attempts", "deliveries", "variants", "issues", "subscriptions", "subscribers", "rates"):
            connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 - names from the line above


def run_with(mailing: Mailing, fault: Fault | None, *, resends: bool = False) -> FaultyServer:
    mailing.freeze(READERS)
    after = 1 if fault is not None and fault.step in {"GREETING", "EHLO"} else 3
    with FaultyServer(fault, after=after) as server:
        timeout = 0.3 if fault is not None and fault.kind == "stall" else 5
        mailing.run_to_the_end(routes_to(server.port, connections=CONNECTIONS, timeout=timeout, resends=resends))
    return server


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", STEPS)
def test_nobody_is_lost_and_nobody_gets_it_twice(step: Step, kind: Kind, mailing: Mailing) -> None:
    if step == "REPLY" and kind in {"refuse", "blame", "defer", "close"}:
        pytest.skip("a server that has taken a message and says that it has not is lying: no client can know")
    if step == "BODY" and kind in {"refuse", "blame", "defer", "split"}:
        pytest.skip("a reply in the middle of a content is read as the one to the whole of it, or not at all")
    server = run_with(mailing, Fault(step, kind))
    states = mailing.states()
    # Where connections break as they are opened, the others may have finished before the second one comes.
    assert server.occurred == 2 or (server.occurred == 1 and step in {"GREETING", "EHLO"})
    assert set(states) <= {"accepted", "failed", "uncertain"}
    assert states.total() == READERS
    assert max(server.taken.values()) == 1, "nobody twice"
    assert mailing.ids("accepted") <= set(server.taken), "accepted only what the server has"
    assert not mailing.ids("failed") & set(server.taken)
    assert set(server.taken) <= mailing.ids("accepted", "uncertain"), "what the server has is known or in doubt"
    # A small content has left this machine as a whole when the server is in the middle of it.
    may_hide = step in {"BODY", "DOT", "REPLY"} and kind in HIDING
    assert states["uncertain"] == (2 if may_hide else 0)
    assert states["failed"] == (2 if kind == "refuse" and step in {"MAIL", "RCPT", "DATA", "DOT"} else 0)


def test_without_a_fault_everybody_has_it_over_all_connections(mailing: Mailing) -> None:
    server = run_with(mailing, None)
    assert (server.connections, mailing.states()) == (CONNECTIONS, {"accepted": READERS})
    assert set(server.taken) == mailing.ids("accepted")


@pytest.mark.parametrize("step", ["DOT", "REPLY"])
def test_where_uncertain_ones_are_sent_again_nobody_is_left_out_and_the_copies_can_be_told(
    step: Step, mailing: Mailing
) -> None:
    server = run_with(mailing, Fault(step, "drop"), resends=True)
    assert mailing.states() == {"accepted": READERS}
    assert set(server.taken) == mailing.ids("accepted")
    twice = [id_ for id_, times in server.taken.items() if times == 2]
    assert len(twice) == (2 if step == "REPLY" else 0)  # with the Message-ID of the first copy, or it were another key
