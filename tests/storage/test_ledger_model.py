"""The ledger against a model: senders that claim, crash, sleep and wake, people who leave, an issue that is stopped,
tried again, and of which a person says what is to become of the uncertain.

The model is the ledger as a plain dictionary. After every step the rows are as the model says; and whatever happened,
no delivery has started twice unless its first attempt was refused, repeating is harmless, or a person said so; and none
is lost.
"""

from __future__ import annotations

import atexit
import itertools
import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueState
from publisher.storage import deliveries as rows
from publisher.storage import issues, ledger, subscribers
from publisher.storage.database import Database, open_database
from publisher.storage.deliveries import Claim, Settlement
from tests.storage.rows import LEASE, NOW, add_issue, add_reader, freeze_audience, start

WAITING = {DeliveryState.QUEUED, DeliveryState.DEFERRED}
HELD = {DeliveryState.CLAIMED, DeliveryState.SENDING}
LIVE = [IssueState.FROZEN, IssueState.SENDING]
REFUSALS = [DeliveryState.DEFERRED, DeliveryState.FAILED]  # what a relay may say before it has seen any content
ANSWERS = [*REFUSALS, DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN]

numbers = itertools.count()
senders = st.sampled_from(["a", "b"])
picks = st.integers(0, 3)


@cache
def shared_database() -> Database:
    """One for all runs, each of which has its own issue and readers; making one takes longer than a run."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    database = open_database(folder / "publisher.db")
    atexit.register(database.close)
    return database


@dataclass
class Row:
    """One delivery as the model has it. `may_be_out`: somebody may have this message by now."""

    due: datetime = NOW
    state: DeliveryState = DeliveryState.QUEUED
    holder: Claim | None = None
    lease: datetime = NOW
    attempts: int = 0
    may_be_out: bool = False
    wants: bool = True
    left_once: bool = False
    dismissed: bool = False


class Ledger(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.database = shared_database()
        self.issue = IssueState.FROZEN
        self.now = NOW
        self.dead: list[str] = []
        self.hand: list[Claim] = []  # what all senders believe to hold, asleep or not
        self.started: list[Claim] = []

    @initialize(readers=st.integers(1, 2), repeatable=st.booleans())
    def begin(self, readers: int, repeatable: bool) -> None:  # noqa: FBT001 - hypothesis passes it by name
        number = next(numbers)
        self.newsletter = f"weekly-{number}"
        self.repeatable = repeatable
        self.owner = {"a": f"a{number}", "b": f"b{number}"}
        with self.database.write() as connection:
            connection.exec_driver_sql("DELETE FROM deliveries")  # what a run that failed has left behind
            self.people = [add_reader(connection, number * 2 + one, self.newsletter) for one in range(readers)]
            self.issue_id = add_issue(connection, newsletter=self.newsletter)
            freeze_audience(connection, self.issue_id, self.newsletter, "ja", NOW)
        self.rows = {id_: Row() for id_ in self.people}

    def teardown(self) -> None:
        """Whatever happened: once the rest has been sent, every row is settled and accounted for."""
        if self.issue is IssueState.PAUSED:
            self.stop_or_go_on()
        self.now += LEASE * 10
        self.recover_and_finish()
        self.hand.clear()
        while self.issue in LIVE and any(row.state in WAITING for row in self.rows.values()):
            self.claim("a", 2)
            for item in tuple(self.hand):
                self.start(0)
                self.settle(0, DeliveryState.ACCEPTED)
                assert item not in self.hand
        self.recover_and_finish()
        self.rows_are_as_the_model_says()
        assert self.issue in {IssueState.DONE, IssueState.CANCELLED}
        for row in self.rows.values():
            assert row.state not in WAITING | HELD
            is_explained = row.left_once or row.dismissed or self.issue is IssueState.CANCELLED
            assert row.state is not DeliveryState.SUPPRESSED or is_explained

    # ------------------------------------------------------------------------------------------------ senders

    @precondition(lambda self: any(row.state in WAITING for row in self.rows.values()))
    @rule(sender=senders, limit=st.integers(1, 2))
    def claim(self, sender: str, limit: int) -> None:
        due = [id_ for id_, row in self.rows.items() if row.state in WAITING and row.due <= self.now]
        due.sort(key=lambda id_: (self.rows[id_].due, id_))
        expected = due[:limit] if self.issue in LIVE else []
        owner, lease = self.owner[sender], self.now + LEASE
        with self.database.write() as connection:
            assert rows.count_due(connection, [self.issue_id], self.now) == len(due)
            taken = rows.claim(connection, self.issue_id, owner, limit, now=self.now, lease_until=lease)
        assert [item.delivery.subscriber_id for item in taken] == sorted(expected)
        for item in taken:
            row = self.rows[item.delivery.subscriber_id]
            row.state, row.holder, row.lease = DeliveryState.CLAIMED, item, lease
        self.hand += taken

    @precondition(lambda self: self.hand)
    @rule(pick=picks)
    def start(self, pick: int) -> None:
        item = self.hand[pick % len(self.hand)]
        row = self.rows[item.delivery.subscriber_id]
        is_ours = row.holder is item and row.state is DeliveryState.CLAIMED
        with self.database.write() as connection:
            started = start(connection, item, self.now)
        assert started is (is_ours and row.wants and self.issue in LIVE)
        if started:
            assert not row.may_be_out, "this message may go out twice"
            row.state, row.lease, row.may_be_out = DeliveryState.SENDING, self.now + LEASE, True
            row.attempts += 1
            self.issue = IssueState.SENDING
            self.started.append(item)
        elif is_ours:
            self.free(row, DeliveryState.QUEUED if row.wants else DeliveryState.SUPPRESSED)

    @precondition(lambda self: self.hand)
    @rule(pick=picks, answer=st.sampled_from(ANSWERS))
    def settle(self, pick: int, answer: DeliveryState) -> None:
        item = self.hand.pop(pick % len(self.hand))
        if item not in self.started and answer not in REFUSALS:  # what never started is dropped
            return
        row = self.rows[item.delivery.subscriber_id]
        is_ours = row.holder is item
        due = self.now + timedelta(minutes=5) if answer is DeliveryState.DEFERRED else None
        with self.database.write() as connection:
            assert rows.settle(connection, Settlement(item, answer, self.now, 250, "", due)) is is_ours
        if is_ours:
            row.attempts += row.state is DeliveryState.CLAIMED
            row.due, row.may_be_out = (due, False) if due else (row.due, row.may_be_out)
            self.free(row, answer)

    @precondition(lambda self: self.hand)
    @rule()
    def release(self) -> None:
        with self.database.write() as connection:
            rows.release(connection, self.hand)
        for row in self.rows.values():
            if row.holder in self.hand and row.state is DeliveryState.CLAIMED:
                self.free(row, DeliveryState.QUEUED)

    @precondition(lambda self: self.hand)
    @rule()
    def postpone(self) -> None:
        """A receiver is closed for a while: what is in hand waits, and everybody else's stays as it is."""
        until = self.now + timedelta(minutes=6)
        with self.database.write() as connection:
            ledger.postpone(connection, [(item, until) for item in self.hand])
        for row in self.rows.values():
            if row.holder in self.hand and row.state is DeliveryState.CLAIMED:
                row.due = until
                self.free(row, DeliveryState.QUEUED)

    @precondition(lambda self: self.hand)
    @rule(sender=senders)
    def crash(self, sender: str) -> None:
        """The process is gone, and with it everything it knew; another takes its place."""
        dead = self.owner[sender]
        self.dead.append(dead)
        self.owner[sender] = f"{dead}x"
        self.hand = [item for item in self.hand if item.owner != dead]

    @precondition(lambda self: any(row.state in HELD for row in self.rows.values()))
    @rule()
    def recover_and_finish(self) -> None:
        with self.database.write() as connection:
            found = rows.recover(connection, self.dead, now=self.now, repeatable=self.repeatable)
            finished = issues.finish_settled(connection)
        expected = {"queued": 0, "uncertain": 0}
        for row in self.rows.values():
            if row.holder is None or (row.holder.owner not in self.dead and row.lease > self.now):
                continue
            after = DeliveryState.QUEUED
            if row.state is DeliveryState.SENDING:
                after = DeliveryState.QUEUED if self.repeatable else DeliveryState.UNCERTAIN
                row.may_be_out = not self.repeatable
            expected[after.value] += 1
            self.free(row, after)
        assert found == expected
        is_open = any(row.state in WAITING | HELD for row in self.rows.values())
        assert finished == ([self.issue_id] if self.issue in LIVE and not is_open else [])
        self.issue = IssueState.DONE if finished else self.issue

    # ------------------------------------------------------------------------------------------------ the world

    # Nothing here comes before the first claim: hypothesis leaves rules out at random, and a run must not only wait.

    @precondition(lambda self: self.hand or any(row.state is not DeliveryState.QUEUED for row in self.rows.values()))
    @rule(minutes=st.sampled_from([6, 21]))
    def time_goes_by(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @precondition(lambda self: self.hand)
    @rule(pick=picks)
    def leave_or_come_back(self, pick: int) -> None:
        id_ = self.people[pick % len(self.people)]
        row = self.rows[id_]
        with self.database.write() as connection:
            if row.wants:
                subscribers.unsubscribe(connection, id_, [self.newsletter], self.now)
            else:
                subscribers.subscribe(connection, id_, [self.newsletter], 0, self.now)
            freeze_audience(connection, self.issue_id, self.newsletter, "ja", self.now)  # changes nothing any more
        row.wants, row.left_once = not row.wants, True

    @precondition(lambda self: self.hand)
    @rule()
    def stop_or_go_on(self) -> None:
        if self.issue is IssueState.PAUSED:
            has_begun = any(row.attempts for row in self.rows.values())
            self.issue = IssueState.SENDING if has_begun else IssueState.FROZEN
            with self.database.write() as connection:
                assert ledger.resume(connection, self.issue_id)
                assert not ledger.resume(connection, self.issue_id)
        else:
            self.move(LIVE, IssueState.PAUSED)

    @precondition(lambda self: any(row.attempts and row.state in WAITING | HELD for row in self.rows.values()))
    @rule()
    def cancel(self) -> None:
        self.move([*LIVE, IssueState.PAUSED], IssueState.CANCELLED)

    @precondition(lambda self: any(row.state in REFUSALS for row in self.rows.values()))
    @rule()
    def try_again(self) -> None:
        self.requeue(set(REFUSALS))

    @precondition(lambda self: any(row.state is DeliveryState.UNCERTAIN for row in self.rows.values()))
    @rule(pick=picks, resend=st.booleans())
    def resolve(self, pick: int, resend: bool) -> None:  # noqa: FBT001 - hypothesis passes it by name
        """Somebody looks at one reader's uncertain message, if it is still uncertain by then."""
        id_ = self.people[pick % len(self.people)]
        if resend:
            self.requeue({DeliveryState.UNCERTAIN}, only=[id_])
            return
        row = self.rows[id_]
        with self.database.write() as connection:
            number = ledger.dismiss(connection, self.issue_id, self.now, [id_])
        assert number == (row.state is DeliveryState.UNCERTAIN)
        if number:
            row.state, row.dismissed = DeliveryState.SUPPRESSED, True

    # ------------------------------------------------------------------------------------------------ what holds

    @invariant()
    def rows_are_as_the_model_says(self) -> None:
        with self.database.read() as connection:
            found = connection.exec_driver_sql(
                "SELECT subscriber_id, state, owner, attempts, lease_until IS NOT NULL FROM deliveries "
                "WHERE issue_id = ? ORDER BY subscriber_id",
                (self.issue_id,),
            ).all()
            query = "SELECT state FROM issues WHERE id = ?"
            assert connection.exec_driver_sql(query, (self.issue_id,)).scalar_one() == self.issue
        assert [tuple(row) for row in found] == [
            (id_, row.state, row.holder.owner if row.holder else None, row.attempts, row.holder is not None)
            for id_, row in self.rows.items()
        ]

    # ------------------------------------------------------------------------------------------------ helpers

    def free(self, row: Row, state: DeliveryState) -> None:
        cancelled = self.issue is IssueState.CANCELLED and state in WAITING
        row.state, row.holder = DeliveryState.SUPPRESSED if cancelled else state, None

    def requeue(self, states: set[DeliveryState], only: list[int] | None = None) -> None:
        chosen = [
            row
            for id_, row in self.rows.items()
            if row.state in states and (only is None or id_ in only) and self.issue is not IssueState.CANCELLED
        ]
        with self.database.write() as connection:
            assert ledger.requeue(connection, self.issue_id, states, self.now, only) == len(chosen)
        for row in chosen:  # refused, or a person takes the risk of a second copy
            row.state, row.due, row.may_be_out = DeliveryState.QUEUED, self.now, False
        if chosen and self.issue is IssueState.DONE:
            self.issue = IssueState.SENDING

    def move(self, expected: list[IssueState], new: IssueState) -> None:
        with self.database.write() as connection:
            moved = issues.move_state(connection, self.issue_id, expected, new)
            if moved and new is IssueState.CANCELLED:
                rows.suppress_waiting(connection, self.issue_id, "取り消し")
        assert moved is (self.issue in expected)
        self.issue = new if moved else self.issue
        for row in self.rows.values():
            if moved and new is IssueState.CANCELLED and row.state in WAITING | {DeliveryState.CLAIMED}:
                row.state, row.holder = DeliveryState.SUPPRESSED, None


TestLedger = Ledger.TestCase
TestLedger.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
