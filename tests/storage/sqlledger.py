"""The real ledger, one step from any state: the rows are put as the state has them, the function is called, and the
rows are read. Nothing is ever committed.

A mutant is the same with something left out of the statements of one step.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy.dialects.sqlite.base import SQLiteDialect

from publisher.model.delivery import Delivery, DeliveryState
from publisher.model.issue import IssueState
from publisher.storage import deliveries, issues, ledger
from publisher.storage.database import Connection, Database
from publisher.storage.deliveries import Claim, Settlement
from publisher.storage.schema import Instant
from tests.storage import rows
from tests.storage.hooks import statements_of
from tests.storage.ledgermodel import DEAD, DEFERRED, FAILED, HELD, NOBODY, Book, Held, Row, Step
from tests.storage.rows import LEASE, NOW

_OWNERS = {NOBODY: None, DEAD: "gone", 0: "first", 1: "second"}
_NUMBERS = {name: number for number, name in _OWNERS.items()}
_EPOCH = 100
_LIVE = [IssueState.FROZEN, IssueState.SENDING]
_READ = "SELECT state, owner, epoch, lease_until FROM deliveries ORDER BY subscriber_id"
_LOAD = (
    "UPDATE deliveries SET state = ?, owner = ?, epoch = ?, lease_until = ?, due_at = ?, attempts = 1 "
    "WHERE subscriber_id = ?"
)


class _Names:
    """Other numbers for senders, readers and epochs: the sender of the step is the first, readers go by their rows, and
    epochs count from the one in the row, since they are only compared with those of claims.
    """

    def __init__(self, book: Book, step: Step) -> None:
        first = step.sender if step.sender >= 0 else next((row.owner for row in book.rows if row.owner >= 0), 0)
        self.is_swapped = first == 1
        self.epochs = [row.epoch for row in book.rows]
        plain = [(self._rename(row, _EPOCH), book.wants[one]) for one, row in enumerate(book.rows)]
        self.order = sorted(range(len(plain)), key=lambda one: (plain[one], one))

    def translate(self, book: Book, step: Step) -> tuple[Book, Step]:
        rows = tuple(self._rename(book.rows[one], _EPOCH) for one in self.order)
        claims = tuple(
            one._replace(reader=self.order.index(one.reader), epoch=one.epoch - self.epochs[one.reader] + _EPOCH)
            for one in step.claims
        )
        reader = self.order.index(step.reader) if step.reader >= 0 else step.reader
        sender = min(0, step.sender)
        wants = tuple(book.wants[one] for one in self.order)
        return Book(rows, wants, book.issue), step._replace(sender=sender, claims=claims, reader=reader)

    def translate_back(self, book: Book) -> Book:
        places = [self.order.index(one) for one in range(len(self.order))]
        rows = tuple(
            self._rename(book.rows[new], book.rows[new].epoch - _EPOCH + self.epochs[old])
            for old, new in enumerate(places)
        )
        return Book(rows, tuple(book.wants[new] for new in places), book.issue)

    def _rename(self, row: Row, epoch: int) -> Row:
        owner = 1 - row.owner if self.is_swapped and row.owner >= 0 else row.owner
        return Row(row.state, owner, epoch, row.is_over)


class SqlLedger:
    """A `Ledger`. `guard` names what is left out of the statements of the step `without`: see `GUARDS`."""

    def __init__(self, connection: Connection, readers: int, without: str = "", guard: str = "") -> None:
        self.connection = connection
        self.without, self.guard = without, guard
        self.left_out = 0
        self.issue_id = rows.freeze(connection, readers)
        self.people = [row[0] for row in connection.exec_driver_sql("SELECT id FROM subscribers ORDER BY id")]
        self._cursor = connection.driver.cursor()
        self._known: dict[tuple[Book, Step], tuple[Book, int]] = {}

    def apply(self, book: Book, step: Step) -> tuple[Book, int]:
        """See `Ledger`. What differs in names alone is asked once: a call takes most of a millisecond."""
        names = _Names(book, step)
        question = names.translate(book, step)
        if question not in self._known:
            self._load(question[0], question[1].reader)
            count = self._leave_out(question[1])
            self._known[question] = (self._read(question[0]), count)
        after, count = self._known[question]
        return names.translate_back(after), count

    def _load(self, book: Book, first: int) -> None:
        wanted = [(None if wants else _moment(NOW), id_) for wants, id_ in zip(book.wants, self.people, strict=True)]
        self._cursor.executemany("UPDATE subscriptions SET ended_at = ? WHERE subscriber_id = ?", wanted)
        self._cursor.execute("UPDATE issues SET state = ?, pause_reason = NULL", (book.issue,))
        values = []
        for reader, (row, id_) in enumerate(zip(book.rows, self.people, strict=True)):
            lease = (_moment(NOW) if row.is_over else _moment(NOW + LEASE)) if row.state in HELD else None
            due = _moment(NOW - timedelta(minutes=2 if reader == first else 1))
            values.append((row.state, _OWNERS[row.owner], row.epoch, lease, due, id_))
        self._cursor.executemany(_LOAD, values)

    def _read(self, book: Book) -> Book:
        found = self._cursor.execute(_READ).fetchall()
        state = self._cursor.execute("SELECT state FROM issues").fetchone()[0]
        after = tuple(
            Row(row[0], _NUMBERS[row[1]], row[2], row[3] is not None and row[3] <= _moment(NOW)) for row in found
        )
        return Book(after, book.wants, state)

    def _leave_out(self, step: Step) -> int:
        if step.name != self.without:
            return self._call(step)
        with statements_of(self.connection, lambda statement, _values: self._rewrite(statement)):
            return self._call(step)

    def _rewrite(self, statement: str) -> str:
        if not statement.lstrip().startswith("UPDATE deliveries"):
            return statement
        for pattern in GUARDS[self.guard]:
            statement, number = pattern.subn(_always, statement)
            self.left_out += number
        return statement.replace("INDEXED BY deliveries_waiting", "").replace("INDEXED BY deliveries_held", "")

    def _call(self, step: Step) -> int:
        connection, owner = self.connection, _OWNERS[step.sender] or ""
        claims = [self._claim(one, owner) for one in step.claims]
        match step.name:
            case "claim":
                return len(rows.claim(connection, self.issue_id, owner, step.limit))
            case "start":
                return int(rows.start(connection, claims[0]))
            case "settle":
                due = NOW if step.word == DEFERRED else None
                return int(
                    deliveries.settle(connection, Settlement(claims[0], DeliveryState(step.word), NOW, 250, "", due))
                )
            case "release":
                deliveries.release(connection, claims)
            case "postpone":
                ledger.postpone(connection, [(claim, NOW) for claim in claims])
            case "requeue refused":  # as a sender does it whose relay refuses everybody
                issues.pause(connection, self.issue_id, "refuses everybody")
                return deliveries.requeue_refused(connection, claims, NOW)
            case _:
                return self._sweep(step, owner)
        return 0

    def _sweep(self, step: Step, owner: str) -> int:
        connection = self.connection
        match step.name:
            case "release owner":
                return deliveries.release_owner(connection, owner)
            case "renew":
                return deliveries.renew(connection, owner, NOW + LEASE)
            case "recover":
                return sum(deliveries.recover(connection, ["gone"], now=NOW, repeatable=False).values())
            case "retry":
                wanted = {DeliveryState(DEFERRED), DeliveryState(FAILED)}
                return ledger.requeue(connection, self.issue_id, wanted, NOW)
            case "pause":
                issues.move_state(connection, self.issue_id, _LIVE, IssueState.PAUSED)
            case "resume":
                ledger.resume(connection, self.issue_id)
            case "cancel":
                stopped = issues.move_state(
                    connection, self.issue_id, [*_LIVE, IssueState.PAUSED], IssueState.CANCELLED
                )
                return deliveries.suppress_waiting(connection, self.issue_id, "取り消し") if stopped else 0
            case "finish":
                issues.finish_settled(connection)
            case "reopen":
                issues.reopen_unsettled(connection)
            case _:
                raise AssertionError(step)
        return 0

    def _claim(self, held: Held, owner: str) -> Claim:
        delivery = Delivery(self.issue_id, self.people[held.reader], "weekly", "ja", "hanako@reader.example", "花子", 1)
        return Claim(delivery, owner, held.epoch)


@contextmanager
def open_ledger(database: Database, readers: int, without: str = "", guard: str = "") -> Iterator[SqlLedger]:
    """In a transaction that is taken back."""
    with database.read() as connection:
        yield SqlLedger(connection, readers, without, guard)
        connection.driver.rollback()
        connection.run("BEGIN")  # that which is ended as this block is


def _compared(columns: str) -> re.Pattern[str]:
    """Where a WHERE clause compares one of these columns, and with what."""
    return re.compile(
        rf"(?P<before>\b(?:WHERE|AND|OR)\s+(?:deliveries\.)?|\((?=deliveries\.)deliveries\.)(?:{columns}) (?:=|IN) "
        r"(?P<value>\?|'\w+'|\w+\.value ->> '\$\[\d+\]'|\([^()]*\))"
    )


def _always(match: re.Match[str]) -> str:
    """True, with the same parameters."""
    before, value = match["before"].removesuffix("deliveries."), match["value"]
    return f"{before}(0 IN {value} OR 1)" if value.startswith("(") else f"{before}({value} IS NULL OR 1)"


def _moment(moment: datetime) -> str:
    return Instant().process_bind_param(moment, SQLiteDialect()) or ""


GUARDS = {
    "owner": [_compared("owner")],
    "epoch": [_compared("epoch")],
    "state": [_compared("state")],
    "everything": [_compared("owner|epoch|state")],
}
