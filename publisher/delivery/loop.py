"""One thread for all connections: each is a row of steps, and goes on when what it waits for has come.

A thread of its own for each connection costs more than the message: they wake each other some twenty times for every
one, and all want the interpreter. Here what the connections want written is also gathered by itself, and handed to the
ledger together as soon as it is done with what it had before.
"""

from __future__ import annotations

import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from typing import NamedTuple, cast

from publisher.delivery.ledgerwriter import Entry, LedgerWriter
from publisher.delivery.steps import Call, Ready, Steps, Wait, timed_out

_Result = object | BaseException


class Written(NamedTuple):
    """Until an entry that was given to `Loop.post` is on the disk; see `Entry`."""

    entry: Entry

    def block(self) -> None:
        raise AssertionError("is for a loop alone")


class More:
    """Until somebody calls `Loop.wake`: then all who wait for more go on."""

    def block(self) -> None:
        raise AssertionError("is for a loop alone")


MORE = More()


class _Task:
    """Steps, and what they wait for; `socket` is the one that is watched for them, until they wait for another."""

    __slots__ = ("deadline", "events", "fd", "is_listening", "socket", "steps")

    def __init__(self, steps: Steps[None]) -> None:
        self.steps = steps
        self.socket: socket.socket | None = None
        self.fd = -1
        self.events = 0
        self.is_listening = False
        self.deadline = 0.0


class Loop(threading.Thread):
    """Runs steps until all have ended. `crashed` hears of what they raise; one that raises has ended."""

    def __init__(self, writer: LedgerWriter, crashed: Callable[[BaseException], None], most_calls: int) -> None:
        super().__init__(name="connections", daemon=True)
        self._writer = writer
        self._crashed = crashed
        self._calls = ThreadPoolExecutor(most_calls, "call")
        self._selector = DefaultSelector()
        self._inbox: deque[Entry | tuple[_Task, Future[object]]] = deque()
        self._outbox: list[Entry] = []
        self._at_writer = 0
        self._finished: set[Entry] = set()
        self._waiting: dict[Entry, _Task] = {}
        self._parked: list[_Task] = []
        self._tasks: set[_Task] = set()
        self._next_deadline = float("inf")
        self._bell, self._ear = socket.socketpair()
        self._is_woken = False

    def add(self, steps: Steps[None]) -> None:
        """Before the start alone."""
        self._tasks.add(_Task(steps))

    def wake(self) -> None:
        """There is more; from any thread."""
        if not self._is_woken:
            self._is_woken = True
            with suppress(OSError):  # when all is over, nobody listens
                self._bell.send(b"!")

    def make_entry(self) -> Entry:
        return Entry(None, None, self._hand_in)

    def post(self, entry: Entry) -> None:
        """Have an entry of `make_entry` written; from steps alone, which then wait for `Written`."""
        self._finished.discard(entry)
        self._outbox.append(entry)

    def run(self) -> None:
        try:
            self._ear.settimeout(0)
            self._selector.register(self._ear, EVENT_READ)
            for task in list(self._tasks):
                self._advance(task)
            while self._tasks:
                self._post_all()
                self._listen()
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits for us
            self._crashed(error)
        finally:
            for task in self._tasks:
                task.steps.close()
            self._calls.shutdown(cancel_futures=True)
            self._selector.close()

    def close(self) -> None:
        """When nobody calls `wake` any more."""
        self._bell.close()
        self._ear.close()

    def _hand_in(self, one: Entry | tuple[_Task, Future[object]]) -> None:
        self._inbox.append(one)
        self.wake()

    def _post_all(self) -> None:
        """All that has gathered, once the writer has nothing of us any more: so groups are as large as can be."""
        if self._outbox and not self._at_writer:
            self._at_writer = len(self._outbox)
            self._writer.put(self._outbox)
            self._outbox = []

    def _listen(self) -> None:
        now = time.monotonic()
        if now >= self._next_deadline:
            self._expire(now)
            return
        seconds = None if self._next_deadline == float("inf") else self._next_deadline - now
        for key, _ in self._selector.select(seconds):
            if key.data is None:
                self._hear_bell()
                continue
            task: _Task = key.data
            if task.is_listening:
                task.is_listening = False
                self._advance(task)
            else:  # an unexpected word, or an end, while it waits for something else: it will find it when it listens
                self._forget(task)

    def _hear_bell(self) -> None:
        self._ear.recv(64)
        self._is_woken = False
        while self._inbox:
            one = self._inbox.popleft()
            if isinstance(one, Entry):
                self._at_writer -= 1
                task = self._waiting.pop(one, None)
                if task is None:
                    self._finished.add(one)
                else:
                    self._advance(task)
            else:
                self._advance(one[0], _outcome_of(one[1]))
        parked, self._parked = self._parked, []
        for task in parked:
            self._advance(task)

    def _expire(self, now: float) -> None:
        """Those that have waited in vain; and the moment when the next one will have."""
        late = [task for task in self._tasks if task.is_listening and task.deadline <= now]
        for task in late:
            task.is_listening = False
            self._advance(task, timed_out())
        self._next_deadline = min((task.deadline for task in self._tasks if task.is_listening), default=float("inf"))

    def _advance(self, task: _Task, came: _Result = None) -> None:
        """Take steps until there is something to wait for."""
        while True:
            try:
                wait = task.steps.throw(came) if isinstance(came, BaseException) else task.steps.send(came)
            except StopIteration:
                self._end(task)
                return
            except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits for us
                self._crashed(error)
                self._end(task)
                return
            came = None
            if isinstance(wait, Ready):
                self._watch(task, wait)
                return
            if isinstance(wait, Written) and wait.entry in self._finished:
                continue
            self._set_aside(task, wait)
            return

    def _set_aside(self, task: _Task, wait: Wait) -> None:
        if isinstance(wait, Written):
            self._waiting[wait.entry] = task
        elif isinstance(wait, Call):
            self._calls.submit(wait.work).add_done_callback(lambda done: self._hand_in((task, done)))
        else:
            self._parked.append(task)

    def _watch(self, task: _Task, wait: Ready) -> None:
        task.is_listening = True
        task.deadline = time.monotonic() + wait.seconds
        self._next_deadline = min(self._next_deadline, task.deadline)
        events = EVENT_WRITE if wait.for_writing else EVENT_READ
        if task.socket is wait.connection and task.events == events:
            return
        if task.socket is not wait.connection:
            self._forget(task)
            task.socket, task.fd = wait.connection, wait.connection.fileno()
            self._free(task.fd)
            self._selector.register(task.fd, events, task)
        else:
            self._selector.modify(task.fd, events, task)
        task.events = events

    def _forget(self, task: _Task) -> None:
        if task.socket is not None:
            if self._selector.get_map()[task.fd].data is task:
                self._selector.unregister(task.fd)
            task.socket = None

    def _free(self, fd: int) -> None:
        """A closed connection leaves a number behind that a new one may have; the system has forgotten it, we not."""
        known = self._selector.get_map().get(fd)
        if known is not None:
            self._selector.unregister(fd)
            cast("_Task", known.data).socket = None

    def _end(self, task: _Task) -> None:
        self._forget(task)
        self._tasks.discard(task)


def _outcome_of(done: Future[object]) -> _Result:
    error = done.exception()
    return done.result() if error is None else error
