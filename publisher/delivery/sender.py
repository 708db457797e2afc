"""Claimed rows -> transport -> settled rows.

One transaction settles message n and starts message n+1, before n+1's content goes out: a crash leaves at most one
message per connection whose fate is unknown, and nothing is ever sent that is not written down first.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from publisher.addresses import domain_of
from publisher.delivery.gate import Gate, Granted, NotBefore, Rules
from publisher.delivery.owner import find_gone, make_owner
from publisher.delivery.retry import STANDARD, RetryPolicy, decide
from publisher.delivery.transports.base import Transport
from publisher.errors import ClaimLost, IssueBroken, TransportRefused, TransportUnavailable
from publisher.model import Delivery, FailureClass, Message, Outcome, Receipt
from publisher.storage import deliveries, issues, ledger
from publisher.storage.database import Database
from publisher.storage.deliveries import Claim, Settlement

_BATCH = 50
# Longer than the ten minutes that RFC 5321 4.5.3.2.6 grants a server after the final dot.
_LEASE = timedelta(minutes=20)
# For a moment as near as that the sender waits; what is further away is for a later run.
_PATIENCE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message with what the ledger must know before it goes out, and until when it may be tried again."""

    message: Message
    message_id: str
    date: datetime
    policy: RetryPolicy = STANDARD


class Compile(Protocol):
    """Turns a delivery into its message."""

    def __call__(self, delivery: Delivery, now: datetime) -> Letter:
        """Raises ValueError when this one cannot be written, IssueBroken when none of the issue can."""
        ...

    def prepare(self, deliveries: Sequence[Delivery], now: datetime) -> None:
        """Hear what is going to be asked for next, in order, and begin with it. Raises IssueBroken."""
        ...


Clock = Callable[[], datetime]


@dataclass(slots=True)
class SendReport:
    """What one run of the sender did.

    `trouble` says why it stopped early, `refused` that a person must act; `broken` names issues that were left out.
    `finished` are the issues that are done now, whoever sent their last message. `held_until`: a limit of all mail was
    reached, and the rest waits until then.
    """

    accepted: int = 0
    deferred: int = 0
    failed: int = 0
    uncertain: int = 0
    skipped: int = 0
    trouble: str | None = None
    refused: bool = False
    broken: list[str] = field(default_factory=list)
    is_stopped: bool = False
    finished: list[int] = field(default_factory=list)
    held_until: datetime | None = None


class Sender:
    """Sends what is due, on one connection. `stop` ends it after the message in hand."""

    def __init__(
        self,
        database: Database,
        transport: Transport,
        compile_: Compile,
        clock: Clock,
        stop: threading.Event,
        gate: Gate | None = None,
    ) -> None:
        self._database = database
        self._transport = transport
        self._compile = compile_
        self._clock = clock
        self._stop = stop
        self._gate = gate or Gate(database, Rules())
        self._owner = make_owner()
        self._unsettled: Settlement | None = None
        self._postponed_to: set[datetime] = set()
        self._report = SendReport()

    def run(self, issue_ids: Sequence[int] | None, progress: Callable[[int], None]) -> SendReport:
        """Send everything due of these issues (None: of all live ones); `progress` hears how many were handled."""
        self._recover()
        try:
            self._take_turns(issue_ids, progress)
        except TransportRefused as error:
            self._report.trouble, self._report.refused = str(error), True
        except TransportUnavailable as error:
            self._report.trouble = str(error)
        finally:
            self._settle()
            self._gate.close()
        with self._database.write() as connection:
            self._report.finished = issues.finish_settled(connection)
        self._report.is_stopped = self._stop.is_set()
        return self._report

    def _take_turns(self, issue_ids: Sequence[int] | None, progress: Callable[[int], None]) -> None:
        """A batch of each issue in turn, so that a small one does not wait for a large one to end."""
        turns = deque(self._live(issue_ids))
        broken: set[int] = set()
        while turns and not self._stop.is_set() and self._report.held_until is None:
            issue_id = turns.popleft()
            try:
                if self._send_batch(issue_id, progress):
                    turns.append(issue_id)
            except IssueBroken as error:
                self._report.broken.append(str(error))
                broken.add(issue_id)
            if not turns and self._postponed_to and self._wait(min(self._postponed_to)):
                now = self._clock()
                self._postponed_to = {moment for moment in self._postponed_to if moment > now}
                turns.extend(id_ for id_ in self._live(issue_ids) if id_ not in broken)

    def _wait(self, until: datetime) -> bool:
        """Wait for a moment that is near. False when it is not, or when we are to stop."""
        left = until - self._clock()
        if left > _PATIENCE:
            return False
        self._settle()
        self._stop.wait(max(0.0, left.total_seconds()))
        return not self._stop.is_set() and self._clock() >= until

    def _recover(self) -> None:
        with self._database.read() as connection:
            owners = deliveries.owners(connection)
        if not owners:
            return
        with self._database.write() as connection:
            found = deliveries.recover(
                connection, find_gone(owners, self._owner), now=self._clock(), repeatable=self._transport.repeatable
            )
        self._report.uncertain += found["uncertain"]

    def _live(self, issue_ids: Sequence[int] | None) -> list[int]:
        with self._database.read() as connection:
            live = issues.live_issues(connection)
        return live if issue_ids is None else [id_ for id_ in live if id_ in issue_ids]

    def _send_batch(self, issue_id: int, progress: Callable[[int], None]) -> bool:
        """False when nothing of the issue was due."""
        now = self._clock()
        with self._database.write() as connection:
            batch = deliveries.claim(connection, issue_id, self._owner, _BATCH, now=now, lease_until=now + _LEASE)
        if not batch:
            return False
        left, later = list(batch), list[tuple[Claim, datetime]]()
        try:
            self._compile.prepare([item.delivery for item in batch], now)
            while left and not self._stop.is_set():
                answer = self._ask_gate(left[0])
                if isinstance(answer, Granted):
                    self._send_one(left[0])
                    left.pop(0)
                    progress(1)
                elif answer.for_all:
                    self._report.held_until = answer.at
                    break
                else:  # to a whole second: so many moments there are at most
                    at = answer.at.replace(microsecond=0) + timedelta(seconds=bool(answer.at.microsecond))
                    later.append((left.pop(0), at))
        finally:
            self._settle()
            with self._database.write() as connection:
                deliveries.release(connection, left)
                ledger.postpone(connection, later)
        self._postponed_to.update(at for _, at in later)
        return True

    def _ask_gate(self, item: Claim) -> Granted | NotBefore:
        """Room for one message; where all mail must wait for a moment, after that moment."""
        domain = domain_of(item.delivery.email)
        answer = self._gate.take(domain, self._clock())
        while isinstance(answer, NotBefore) and answer.for_all and self._wait(answer.at):
            answer = self._gate.take(domain, self._clock())
        return answer

    def _send_one(self, item: Claim) -> None:
        """One message that the gate has let through."""
        domain = domain_of(item.delivery.email)
        try:
            letter = self._compile(item.delivery, self._clock())
        except ValueError as error:  # an address that no header can hold; the others must not wait for it
            self._gate.drop(domain)
            self._settle()
            self._decide(item, Receipt(Outcome.FAILED, 0, f"cannot be written as a mail: {error}"), STANDARD)
            return
        try:
            receipt = self._transport.send(letter.message, lambda: self._start(item, letter))
        except (ClaimLost, TransportRefused, TransportUnavailable) as error:
            self._gate.drop(domain)
            if not isinstance(error, ClaimLost):
                raise
            self._report.skipped += 1
            return
        self._settle()  # of the message before, when this one was refused before it could start
        self._gate.finish(domain, self._decide(item, receipt, letter.policy), self._clock())

    def _start(self, item: Claim, letter: Letter) -> None:
        """Called by the transport after the envelope was taken and before the content."""
        with self._database.write() as connection:
            if self._unsettled is not None:
                self._count(deliveries.settle(connection, self._unsettled))
            started = deliveries.start(
                connection,
                item,
                message_id=letter.message_id,
                date=letter.date,
                lease_until=self._clock() + _LEASE,
            )
        self._unsettled = None
        if not started:
            raise ClaimLost(f"delivery {item.delivery.key} is not ours any more")

    def _settle(self) -> None:
        if self._unsettled is not None:
            with self._database.write() as connection:
                self._count(deliveries.settle(connection, self._unsettled))
            self._unsettled = None

    def _decide(self, item: Claim, receipt: Receipt, policy: RetryPolicy) -> FailureClass | None:
        """What is to be written down next; returns what stood in the way."""
        now = self._clock()
        delivery = item.delivery
        verdict = decide(receipt, delivery.attempts + 1, delivery.date or now, now, policy, delivery.key)
        self._unsettled = Settlement(item, verdict.state, now, receipt.code, receipt.reply, verdict.due_at)
        return verdict.reason

    def _count(self, settled: bool) -> None:  # noqa: FBT001 - the answer of a compare-and-set
        if self._unsettled is None or not settled:
            return
        name = self._unsettled.state.value
        setattr(self._report, name, getattr(self._report, name) + 1)
