"""Claimed rows -> transports -> settled rows.

One transaction settles message n and starts message n+1 of each connection, before n+1's content goes out: a crash
leaves at most one message per connection whose fate is unknown, and nothing is ever sent that was not written down.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from publisher.delivery.breaker import REFUSALS, Breaker
from publisher.delivery.claimqueue import ClaimQueue
from publisher.delivery.gate import Gate, Rules
from publisher.delivery.gone import Gone
from publisher.delivery.lane import Desk, Lane
from publisher.delivery.ledgerwriter import LedgerWriter
from publisher.delivery.letter import Compile, Letter
from publisher.delivery.loop import Loop
from publisher.delivery.owner import find_gone, make_owner
from publisher.delivery.relays import Relay, Routes, Switchboard
from publisher.delivery.retry import RetryPolicy, decide
from publisher.delivery.turnstile import Turnstile
from publisher.errors import DeliveryError, IssueBroken, LoginRefused, TransportRefused
from publisher.model.message import Outcome, Receipt
from publisher.storage import deliveries, issues, ledger
from publisher.storage.database import Connection, Database
from publisher.storage.deliveries import Claim, Settlement

__all__ = ["Compile", "Letter", "Relay", "Routes", "SendReport", "Sender"]

# Claims at once: with more connections more, for each time costs a transaction.
_BATCH = 50
_BATCH_OF_ONE = 10
# Ten minutes to write the content and the ten that RFC 5321 4.5.3.2.6 grants a server after the final dot.
_LEASE = timedelta(minutes=25)
_RENEW_AFTER = timedelta(minutes=5)
# To open a connection takes half a dozen round trips: for fewer messages it does not pay.
_WORTH_A_CONNECTION = 10
_GLANCE = 0.5  # seconds between two looks at what the lanes have done, for the bar and the leases

Clock = Callable[[], datetime]


@dataclass(slots=True)
class SendReport:
    """What one run of the sender did.

    `trouble` says why it stopped early, `refused` that a person must act; `broken` names issues that were left out or
    paused. `finished` are the issues that are done now, whoever sent their last message. `held_until`: a limit of all
    mail, or of every relay, was reached, and the rest waits until then. `gone` are the refusals of readers whose
    addresses are no more; `doubted` names providers that say so of too many to be believed: how many of how many.
    `soft` are refusals that mean something only if they happen again. `lost` says of each relay why it got no more.
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
    gone: list[Settlement] = field(default_factory=list)
    doubted: dict[str, tuple[int, int]] = field(default_factory=dict)
    soft: list[Settlement] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


class Sender:
    """Sends what is due, on as many connections as `routes` allows. `stop` ends it after the messages in hand."""

    def __init__(
        self,
        database: Database,
        routes: Routes,
        compile_: Compile,
        clock: Clock,
        stop: threading.Event,
        gate: Gate | None = None,
    ) -> None:
        self._database = database
        self._routes = routes
        self._compile = compile_
        self._clock = clock
        self._stop = stop
        self._gate = gate or Gate(database, Rules())
        self._turnstile = Turnstile(self._gate, clock, stop)
        self._owner = make_owner()
        self._report = SendReport()
        self._breaker = Breaker()
        self._gone = Gone()
        self._switchboard = Switchboard(routes.relays)
        self._lock = threading.Lock()
        self._handled = 0
        self._shown = 0
        self._crash: BaseException | None = None
        self._relay_lost: DeliveryError | None = None

    @property
    def report(self) -> SendReport:
        """What this run has done; it changes while it goes on."""
        return self._report

    def run(self, issue_ids: Sequence[int] | None, progress: Callable[[int], None]) -> SendReport:
        """Send everything due of these issues (None: of all live ones); `progress` hears how many were handled."""
        self._recover()
        live = self._live(issue_ids)
        with self._database.read() as connection:
            due = deliveries.count_due(connection, live, self._clock())
        if due:
            self._send(live, due, progress)
        with self._database.write() as connection:
            self._report.finished = issues.finish_settled(connection)
        self._report.gone, self._report.doubted = self._gone.believed(), self._gone.doubted()
        self._report.soft, self._report.lost = self._gone.soft(), self._switchboard.lost
        self._report.is_stopped = self._stop.is_set()
        return self._report

    def _recover(self) -> None:
        with self._database.read() as connection:
            owners = deliveries.owners(connection)
        if not owners:
            return
        repeatable = self._routes.repeatable or self._routes.resends
        with self._database.write() as connection:
            gone = find_gone(owners, self._owner)
            found = deliveries.recover(connection, gone, now=self._clock(), repeatable=repeatable)
        self._report.uncertain += found["uncertain"]

    def _live(self, issue_ids: Sequence[int] | None) -> list[int]:
        with self._database.read() as connection:
            live = issues.live_issues(connection)
        return live if issue_ids is None else [id_ for id_ in live if id_ in issue_ids]

    def _send(self, live: Sequence[int], due: int, progress: Callable[[int], None]) -> None:
        number = max(1, min(self._routes.connections, due // _WORTH_A_CONNECTION))
        batch = max(_BATCH, _BATCH_OF_ONE * number)
        with LedgerWriter(self._database, self._note, lambda: self._clock() + _LEASE) as self._writer:
            loop = Loop(self._writer, self.crash, number)
            self._queue = ClaimQueue(batch // 2, self._stop, loop.wake)
            self._gate.write_through(self._writer.call)
            desk = Desk(
                loop, self._queue, self._turnstile, self._writer, self._switchboard, self._compile, self._clock, self
            )
            for _ in range(number):
                self._queue.enter()
                loop.add(Lane(desk).steps())
            loop.start()
            try:
                self._renewed_at = self._clock()
                self._feed(live, batch, progress)
                self._queue.close()
                while not self._queue.wait_for_end(_GLANCE):
                    self._look(progress)
            finally:
                self._queue.abandon()
                loop.join()
                loop.close()
                self._postpone()
                self._writer.call(lambda connection: deliveries.release_owner(connection, self._owner))
                self._gate.close()
                self._gate.write_through(None)
        self._look(progress)
        self._tell_trouble(live)
        if self._crash is not None:
            raise self._crash

    def _feed(self, live: Sequence[int], batch: int, progress: Callable[[int], None]) -> None:
        """A batch of each issue in turn, so that a small one does not wait for a large one to end."""
        going = set(live)
        turns = deque(live)
        while self._is_going() and (turns or self._wait_for_more(progress)):
            if not turns:
                turns.extend(id_ for id_ in live if id_ in going)
            if not self._queue.wait_for_room(_GLANCE):
                self._look(progress)
                continue
            self._look(progress)
            issue_id = turns.popleft()
            claims = self._claim(issue_id, batch)
            if not claims:
                continue
            try:
                self._compile.prepare([item.delivery for item in claims], self._clock())
            except IssueBroken as error:
                self.break_issue(issue_id, error)
                going.discard(issue_id)
                continue
            turns.append(issue_id)
            # Those of a variant together: it is looked up, or even compiled, once for them all.
            self._queue.put(sorted(claims, key=lambda claim: claim.delivery.variant))

    def _is_going(self) -> bool:
        return self._queue.is_served and not self._stop.is_set() and self._turnstile.held_until is None

    def _wait_for_more(self, progress: Callable[[int], None]) -> bool:
        """All has been claimed. Whether some of it, that was put off until a near moment, is due again."""
        while self._is_going():
            is_idle = self._queue.wait_for_idleness(_GLANCE)
            self._look(progress)
            moment = self._turnstile.next_moment()
            if is_idle and (moment is None or not self._turnstile.wait_until(moment)):
                return False
            if moment is not None and moment <= self._clock():
                self._turnstile.forget_moments()
                return True
        return False

    def _claim(self, issue_id: int, batch: int) -> list[Claim]:
        now = self._clock()
        return self._writer.call(
            lambda connection: deliveries.claim(
                connection, issue_id, self._owner, batch, now=now, lease_until=now + _LEASE
            )
        )

    def _look(self, progress: Callable[[int], None]) -> None:
        """What has to be done from time to time: move the bar, lengthen the leases of what waits."""
        handled = self._handled
        if handled > self._shown:
            progress(handled - self._shown)
            self._shown = handled
        self._postpone()
        now = self._clock()
        if now - self._renewed_at >= _RENEW_AFTER:
            self._writer.call(lambda connection: deliveries.renew(connection, self._owner, now + _LEASE))
            self._renewed_at = now

    def _postpone(self) -> None:
        put_off = self._turnstile.take_put_off()
        if put_off:
            self._writer.call(lambda connection: ledger.postpone(connection, put_off))

    # ------------------------------------------------------------------------------- what lanes and writer tell

    def decide(self, claim: Claim, receipt: Receipt, policy: RetryPolicy) -> Settlement:
        """See `lane.Office`."""
        if receipt.outcome is Outcome.UNCERTAIN and self._routes.resends:
            receipt = replace(receipt, outcome=Outcome.DEFERRED)
        now, delivery = self._clock(), claim.delivery
        verdict = decide(receipt, delivery.attempts + 1, delivery.date or now, now, policy, delivery.key)
        self._turnstile.finish(claim, verdict.reason, now)
        answer = (receipt.code, receipt.reply, verdict.due_at, receipt.server, receipt.enhanced, verdict.reason)
        return Settlement(claim, verdict.state, now, *answer)

    def lose_claim(self, claim: Claim) -> None:
        """See `lane.Office`."""
        with self._lock:
            self._report.skipped += 1
            self._handled += 1
        issue_id = claim.delivery.issue_id
        with self._database.read() as connection:
            is_live = issue_id in issues.live_issues(connection)
        if not is_live:  # stopped by a person, or by us
            self._queue.drop(issue_id)

    def break_issue(self, issue_id: int, error: IssueBroken) -> None:
        """See `lane.Office`."""
        self._queue.drop(issue_id)
        with self._lock:
            if str(error) not in self._report.broken:
                self._report.broken.append(str(error))

    def hold(self) -> None:
        """See `lane.Office`."""
        self._report.held_until = self._turnstile.held_until
        self._queue.end()

    def lose_relay(self, error: DeliveryError) -> None:
        """See `lane.Office`."""
        self._relay_lost = error

    def crash(self, error: BaseException) -> None:
        """See `lane.Office`."""
        self._crash = self._crash or error
        self._queue.abandon()

    def _note(self, settlement: Settlement) -> None:
        """An outcome is on the disk."""
        name = settlement.state.value
        with self._lock:
            setattr(self._report, name, getattr(self._report, name) + 1)
            self._handled += 1
        self._gone.note(settlement)
        refused = self._breaker.note(settlement)
        if refused:
            self._pause(settlement, refused)

    # ------------------------------------------------------------------------------- when a person must act

    def _pause(self, settlement: Settlement, refused: Sequence[Claim]) -> None:
        """The relay refuses everybody alike: nobody is to be blamed for that, and nothing more is to be tried."""
        issue_id, now = settlement.claim.delivery.issue_id, self._clock()
        reason = (
            f"{settlement.server or 'the relay'} refused {REFUSALS} messages in a row for the same reason: "
            f"{settlement.code} {settlement.reply}"
        )

        def pause(connection: Connection) -> tuple[bool, int]:
            is_first = issues.pause(connection, issue_id, reason)
            return is_first, deliveries.requeue_refused(connection, refused, now)

        is_first, moved = self._writer.call(pause)
        self._queue.drop(issue_id)
        with self._lock:
            name = settlement.state.value
            setattr(self._report, name, max(0, getattr(self._report, name) - moved))
            if is_first:
                self._report.broken.append(_describe_pause(issue_id, reason))

    def _tell_trouble(self, live: Sequence[int]) -> None:
        """Nobody is left to talk to, and there is something left to say."""
        error, rests_until = self._relay_lost, self._switchboard.rests_until
        if error is None and rests_until is None:
            return
        with self._database.read() as connection:
            left = deliveries.count_due(connection, live, self._clock())
        if not left:
            return
        if rests_until is not None:
            self._report.held_until = min(rests_until, self._report.held_until or rests_until)
        if error is None:
            return
        self._report.trouble, self._report.refused = str(error), isinstance(error, TransportRefused)
        if isinstance(error, LoginRefused):
            with self._database.write() as connection:
                paused = [id_ for id_ in live if issues.pause(connection, id_, str(error))]
            self._report.broken += [_describe_pause(id_, "the login is refused") for id_ in paused]


def _describe_pause(issue_id: int, reason: str) -> str:
    return (
        f"issue {issue_id} is paused: {reason}; nobody has been blamed, everything waits. When that is put right, "
        f"`publisher issues resume {issue_id}` goes on"
    )
