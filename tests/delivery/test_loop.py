"""Steps in a thread of their own, many at once, over real sockets; and the same steps in the thread that asks."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from publisher.delivery.ledgerwriter import LedgerWriter
from publisher.delivery.loop import MORE, Loop, Written
from publisher.delivery.steps import Call, Ready, Steps, run
from publisher.storage.database import Database

_PATIENCE = 30.0  # seconds until a test that hangs fails


class Ring:
    """A loop with a real ledger; `crashes` are what its steps raised."""

    def __init__(self, writer: LedgerWriter) -> None:
        self.crashes: list[BaseException] = []
        self.loop = Loop(writer, self.crashes.append, 4)

    def run(self, *steps: Steps[None], meanwhile: Callable[[], None] = lambda: None) -> None:
        for one in steps:
            self.loop.add(one)
        self.loop.start()
        meanwhile()
        self.loop.join(_PATIENCE)
        assert not self.loop.is_alive()
        self.loop.close()


@pytest.fixture
def ring(database: Database) -> Iterator[Ring]:
    with LedgerWriter(database, lambda _: None, lambda: None) as writer:  # type: ignore[arg-type, return-value] # nothing is started
        yield Ring(writer)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.settimeout(0)
    with ours, theirs:
        yield ours, theirs


def read(connection: socket.socket, count: int, heard: list[bytes], seconds: float = _PATIENCE) -> Steps[None]:
    while count > 0:
        yield Ready(connection, seconds)
        data = connection.recv(count)
        heard.append(data)
        count -= len(data) or count


def send_back(connection: socket.socket, count: int) -> Steps[None]:
    for number in range(count):
        yield Ready(connection, _PATIENCE)
        assert connection.recv(1) == bytes([number])
        connection.send(bytes([number]))


# ------------------------------------------------------------------------------------- in this thread


def test_steps_return_what_they_return_and_raise_what_they_raise() -> None:
    def add() -> Steps[int]:
        one: int = yield Call(lambda: 1)
        return one + 1

    def fail() -> Steps[None]:
        yield Call(partial(int, "zwei"))

    def recover() -> Steps[str]:
        try:
            yield from fail()
        except ValueError:
            return "mended"
        return "not reached"

    assert run(add()) == 2
    assert run(recover()) == "mended"
    with pytest.raises(ValueError, match="zwei"):
        run(fail())


def test_a_wait_in_this_thread_is_for_bytes_and_not_for_ever(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    heard: list[bytes] = []
    theirs.send(b"abc")
    run(read(ours, 3, heard))
    assert heard == [b"abc"]
    with pytest.raises(TimeoutError, match="timed out"):
        run(read(ours, 1, heard, seconds=0.01))


# ------------------------------------------------------------------------------------- in a loop


def test_fifty_connections_in_one_thread(ring: Ring) -> None:
    pairs = [socket.socketpair() for _ in range(50)]
    for ours, _ in pairs:
        ours.settimeout(0)

    def talk() -> None:
        for number in range(20):
            for _, theirs in pairs:
                theirs.send(bytes([number]))
            assert {theirs.recv(1) for _, theirs in pairs} == {bytes([number])}

    ring.run(*(send_back(ours, 20) for ours, _ in pairs), meanwhile=talk)
    assert ring.crashes == []
    for one in [end for pair in pairs for end in pair]:
        one.close()


def test_who_waits_in_vain_is_told_while_the_others_go_on(
    ring: Ring, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = pair
    silent, _kept_open = socket.socketpair()
    told: list[str] = []

    def wait_in_vain() -> Steps[None]:
        try:
            yield Ready(silent, 0.05)
        except TimeoutError as error:
            told.append(str(error))
            theirs.send(b"!")  # only now

    ring.run(read(ours, 1, []), wait_in_vain())
    assert (told, ring.crashes) == (["timed out"], [])
    silent.close()
    _kept_open.close()


def test_a_wait_for_room_ends_when_the_other_side_has_read(
    ring: Ring, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = pair
    total = 4_000_000

    def write() -> Steps[None]:
        left = memoryview(bytes(total))
        while left:
            try:
                left = left[ours.send(left) :]
            except BlockingIOError:
                yield Ready(ours, _PATIENCE, for_writing=True)
        yield Ready(ours, _PATIENCE)  # and then for an answer on the same connection
        assert ours.recv(1) == b"!"

    def hear() -> None:
        got = 0
        while got < total:
            got += len(theirs.recv(65536))
        theirs.send(b"!")

    ring.run(write(), meanwhile=hear)
    assert ring.crashes == []


def test_a_new_connection_may_have_the_number_of_one_that_was_closed(ring: Ring) -> None:
    """The system forgets a closed one by itself; whoever goes by the number would wait for ever."""
    heard: list[bytes] = []

    def come_and_go() -> Steps[None]:
        for number in range(30):
            ours, theirs = socket.socketpair()
            theirs.send(bytes([number]))
            yield from read(ours, 1, heard)
            ours.close()
            theirs.close()

    ring.run(*(come_and_go() for _ in range(4)))
    assert (sorted(heard), ring.crashes) == (sorted(bytes([number]) for number in range(30) for _ in range(4)), [])


def test_words_that_nobody_waits_for_are_found_when_somebody_does(
    ring: Ring, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = pair
    heard: list[bytes] = []

    def be_busy() -> Steps[None]:
        yield from read(ours, 1, heard)
        theirs.send(b"bc")
        for _ in range(20):  # the loop sees them meanwhile
            yield Call(lambda: None)
        yield from read(ours, 2, heard)

    theirs.send(b"a")
    ring.run(be_busy())
    assert (heard, ring.crashes) == ([b"a", b"bc"], [])


def test_calls_run_beside_the_loop_and_their_errors_come_back(ring: Ring) -> None:
    both, seen = threading.Barrier(2), list[object]()

    def call() -> Steps[None]:
        yield Call(partial(both.wait, _PATIENCE))  # together, or never
        try:
            yield Call(partial(int, "drei"))
        except ValueError:
            seen.append((yield Call(threading.get_ident)))

    ring.run(call(), call())
    assert len(seen) == 2
    assert threading.get_ident() not in seen
    assert ring.crashes == []


def test_an_entry_is_waited_for_whether_it_is_written_before_or_after(ring: Ring) -> None:
    order: list[str] = []

    def write(name: str, *, late: bool) -> Steps[None]:
        entry = ring.loop.make_entry()
        for number in range(5):
            ring.loop.post(entry)
            if late:
                yield Call(lambda: None)
                yield Call(lambda: None)
            yield Written(entry)
            order.append(f"{name}{number}")

    ring.run(write("a", late=False), write("b", late=True))
    assert sorted(order) == sorted(f"{name}{number}" for name in "ab" for number in range(5))
    assert ring.crashes == []


def test_who_waits_for_more_goes_on_when_it_is_woken(ring: Ring) -> None:
    there = threading.Event()

    def wait_for_it() -> Steps[None]:
        while not there.is_set():
            yield MORE

    def bring_it() -> None:
        there.set()
        ring.loop.wake()

    ring.run(wait_for_it(), wait_for_it(), meanwhile=bring_it)
    assert ring.crashes == []


def test_steps_that_raise_end_alone_and_are_heard_of(ring: Ring, pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    heard: list[bytes] = []

    def fail() -> Steps[None]:
        yield Call(lambda: theirs.send(b"x"))
        raise KeyError("not expected")

    ring.run(fail(), read(ours, 1, heard))
    assert heard == [b"x"]
    assert [type(error) for error in ring.crashes] == [KeyError]


def test_a_loop_that_breaks_lets_its_steps_clean_up(ring: Ring) -> None:
    ended: list[str] = []

    def wait_on_nothing() -> Steps[None]:
        closed, other = socket.socketpair()
        closed.close()
        other.close()
        try:
            yield Ready(closed, _PATIENCE)
        finally:
            ended.append("one")

    ring.run(wait_on_nothing())
    assert ended == ["one"]
    assert len(ring.crashes) == 1
