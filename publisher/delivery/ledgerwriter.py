"""The one thread that writes the ledger while mail goes out.

Whatever the connections want written while the disk is busy with the transaction before goes into the next one: fifty
connections wait for the disk together instead of one after the other, and no timer is needed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self, TypeVar

from publisher.errors import StorageBusy
from publisher.storage import deliveries
from publisher.storage.database import Connection, Database
from publisher.storage.deliveries import Settlement, Start

_Result = TypeVar("_Result")
# Each waits half a minute for whoever has locked the database; together well below a lease.
_MOST_TRIES = 10
_Transaction = Callable[[], AbstractContextManager[Connection]]


class Entry:
    """What one connection wants written, and whether it was: its last message settled, its next one started.

    `finished` hears, in the thread of the writer, when it is on the disk, or that it cannot be (`error`).
    """

    __slots__ = ("error", "finished", "is_started", "settlement", "start")

    def __init__(
        self, settlement: Settlement | None, start: Start | None, finished: Callable[[Entry], None] | None = None
    ) -> None:
        self.settlement = settlement
        self.start = start
        self.finished = finished
        self.is_started = False
        self.error: Exception | None = None


class _Job:
    """Something else that this thread is to write, so that two of our own do not wait for each other's lock."""

    def __init__(self, work: Callable[[Connection], object]) -> None:
        self.work = work
        self.result: object = None
        self.error: Exception | None = None
        self.done = threading.Event()


class _NotAll(Exception):
    """Some rows of a group are not ours any more."""


class LedgerWriter:
    """`settled` hears of every outcome that was written, in this thread; `lease` says until when a start holds."""

    def __init__(
        self, database: Database, settled: Callable[[Settlement], None], lease: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._settled = settled
        self._lease = lease
        self._queue: SimpleQueue[Sequence[Entry] | _Job | None] = SimpleQueue()
        self._unsaved: list[Settlement] = []
        self._begun: set[int] = set()
        self._trouble: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, _value: object, _trace: TracebackType | None) -> None:
        """Write what is left. Raises StorageError when that cannot be, unless something else went wrong before."""
        self._queue.put(None)
        self._thread.join()
        if self._trouble is not None and kind is None:
            raise self._trouble

    def put(self, entries: Sequence[Entry]) -> None:
        """Have them written with the next group."""
        self._queue.put(entries)

    def settle(self, settlement: Settlement) -> None:
        """Have it written with the next group; nobody waits for that."""
        self._queue.put([Entry(settlement, None)])

    def call(self, work: Callable[[Connection], _Result]) -> _Result:
        """Do `work` in a transaction of its own and wait for its result; what it raises comes out here."""
        job = _Job(work)
        if threading.current_thread() is self._thread:
            self._carry_out(job)
        else:
            self._queue.put(job)
            job.done.wait()
        if job.error is not None:
            raise job.error
        return job.result  # type: ignore[return-value] # it is what `work` returned

    def _run(self) -> None:
        try:
            with self._database.keep_writing() as self._transaction:
                is_open = True
                while is_open:
                    is_open = self._write(self._drain())
                self._insist()
        except Exception as error:  # noqa: BLE001 - handed to whoever waits
            self._trouble = error
            self._fail_rest(error)

    def _insist(self) -> None:
        """An answer that was read is known as long as we live, and who has locked the database lets go some time."""
        for _ in range(_MOST_TRIES):
            if not self._unsaved or not isinstance(self._trouble, StorageBusy):
                return
            self._commit(())

    def _drain(self) -> list[Sequence[Entry] | _Job | None]:
        found = [self._queue.get()]
        try:
            while True:
                found.append(self._queue.get_nowait())
        except Empty:
            return found

    def _write(self, found: Sequence[Sequence[Entry] | _Job | None]) -> bool:
        """False: this was the end."""
        entries = [entry for group in found if group is not None and not isinstance(group, _Job) for entry in group]
        is_over = None in found
        if entries or (is_over and self._unsaved):
            self._commit(entries)
        for job in found:
            if isinstance(job, _Job):
                self._carry_out(job)
        return not is_over

    def _commit(self, entries: Sequence[Entry]) -> None:
        settlements = [*self._unsaved, *(entry.settlement for entry in entries if entry.settlement is not None)]
        starting = [(entry, entry.start) for entry in entries if entry.start is not None]
        self._unsaved, self._trouble = [], None
        try:
            written = self._write_group(settlements, starting)
        except Exception as error:  # noqa: BLE001 - handed to those who wait; an answer we know is tried once more
            self._unsaved, self._trouble, written = settlements, error, []
            for entry in entries:
                entry.error = error
        _finish(entries)
        for settlement in written:
            self._settled(settlement)

    def _write_group(
        self, settlements: Sequence[Settlement], starting: Sequence[tuple[Entry, Start]]
    ) -> Sequence[Settlement]:
        """The settlements that counted. At once, and one by one only where some row is not ours any more."""
        try:
            with self._transaction() as connection:
                if settlements:
                    _check_all(deliveries.settle_all(connection, settlements), settlements)
                if starting:
                    starts = [start for _, start in starting]
                    _check_all(deliveries.start_all(connection, starts, self._lease(), self._begun), starts)
        except _NotAll:
            return self._write_singly(settlements, starting)
        for entry, start in starting:
            entry.is_started = True
            self._begun.add(start.claim.delivery.issue_id)
        return settlements

    def _write_singly(
        self, settlements: Sequence[Settlement], starting: Sequence[tuple[Entry, Start]]
    ) -> Sequence[Settlement]:
        lease = self._lease()
        with self._transaction() as connection:
            written = [one for one in settlements if deliveries.settle(connection, one)]
            started = [
                deliveries.start(connection, one.claim, message_id=one.message_id, date=one.date, lease_until=lease)
                for _, one in starting
            ]
        for (entry, _), is_started in zip(starting, started, strict=True):
            entry.is_started = is_started
        return written

    def _carry_out(self, job: _Job) -> None:
        try:
            with self._transaction() as connection:
                job.result = job.work(connection)
        except Exception as error:  # noqa: BLE001 - raised again by `call`
            job.error = error
        job.done.set()

    def _fail_rest(self, error: Exception) -> None:
        """Nobody may wait for a thread that has ended."""
        while True:
            one = self._queue.get()
            if one is None:
                return
            if isinstance(one, _Job):
                one.error = error
                one.done.set()
                continue
            for entry in one:
                entry.error = error
            _finish(one)


def _check_all(written: int, wanted: Sequence[object]) -> None:
    if written != len(wanted):
        raise _NotAll


def _finish(entries: Sequence[Entry]) -> None:
    for entry in entries:
        if entry.finished is not None:
            entry.finished(entry)
