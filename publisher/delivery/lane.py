"""One connection: takes claims, has each started in the ledger, sends it, hands in what became of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from publisher.delivery.claimqueue import ClaimQueue
from publisher.delivery.ledgerwriter import Entry, LedgerWriter
from publisher.delivery.letter import Compile, Letter
from publisher.delivery.relays import Relay, Switchboard
from publisher.delivery.retry import STANDARD, RetryPolicy
from publisher.delivery.transports.base import Transport
from publisher.delivery.turnstile import Passage, Turnstile
from publisher.errors import ClaimLost, DeliveryError, IssueBroken, TransportRefused, TransportUnavailable
from publisher.model import Message, Outcome, Receipt
from publisher.storage.deliveries import Claim, Settlement, Start


class Office(Protocol):
    """What lanes tell, from their own threads, and ask."""

    def decide(self, claim: Claim, receipt: Receipt, policy: RetryPolicy) -> Settlement:
        """What becomes of a delivery that the turnstile has let through."""
        ...

    def lose_claim(self, claim: Claim) -> None:
        """It was not ours any more, or must not go out."""
        ...

    def break_issue(self, issue_id: int, error: IssueBroken) -> None:
        """Nothing of it can be written."""
        ...

    def hold(self) -> None:
        """The turnstile says that nothing may go for some time."""
        ...

    def lose_relay(self, error: DeliveryError) -> None:
        """A connection has ended because no relay is left for it."""
        ...

    def crash(self, error: BaseException) -> None:
        """Something that nobody expected."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What all lanes share."""

    queue: ClaimQueue
    turnstile: Turnstile
    writer: LedgerWriter
    switchboard: Switchboard
    compile: Compile
    clock: Callable[[], datetime]
    office: Office


class Lane(threading.Thread):
    """Ends when the queue does, or when no relay will have it."""

    def __init__(self, desk: Desk, number: int) -> None:
        super().__init__(name=f"lane-{number}", daemon=True)
        self._desk = desk
        self._entry = Entry()
        self._unsettled: Settlement | None = None
        self._following: tuple[Claim, Letter] | None = None
        self._relay: Relay | None = None
        self._transport: Transport | None = None

    def run(self) -> None:
        try:
            while (ready := self._following or self._take()) is not None:
                self._following = None
                if self._desk.queue.is_abandoned:
                    self._desk.turnstile.drop(ready[0])
                    break
                if not self._send(*ready):
                    break
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits for the lanes
            self._desk.office.crash(error)
        finally:
            if self._following is not None:
                self._desk.turnstile.drop(self._following[0])
            self._settle()
            self._hang_up()
            self._desk.queue.leave()

    def _take(self, after: Claim | None = None) -> tuple[Claim, Letter] | None:
        """The next message. It is waited for, unless there is one in hand `after` which it comes."""
        is_free = after is None
        if is_free:
            self._settle()
        while (claim := self._desk.queue.take(wait=is_free)) is not None:
            passage = self._desk.turnstile.ask(claim, after, wait=is_free)
            if passage is Passage.SHUT:
                self._desk.queue.put_back(claim)
                if is_free:
                    self._desk.office.hold()
                return None
            letter = self._write(claim) if passage is Passage.OPEN else None
            if letter is not None:
                return claim, letter
        return None

    def _write(self, claim: Claim) -> Letter | None:
        """None: it cannot be written as a message, and that has been noted."""
        try:
            return self._desk.compile(claim.delivery, self._desk.clock())
        except ValueError as error:  # an address that no header can hold; the others must not wait for it
            receipt = Receipt(Outcome.FAILED, 0, f"cannot be written as a mail: {error}")
            self._desk.writer.settle(self._desk.office.decide(claim, receipt, STANDARD))
        except IssueBroken as error:
            self._desk.turnstile.drop(claim)
            self._desk.office.break_issue(claim.delivery.issue_id, error)
        return None

    def _send(self, claim: Claim, letter: Letter) -> bool:
        """False: there is no relay left; the claim is somebody else's again."""
        while (transport := self._connect()) is not None:
            try:
                receipt = transport.send(letter.message, lambda: self._start(claim, letter))
            except ClaimLost:
                self._desk.turnstile.drop(claim)
                self._desk.office.lose_claim(claim)
                return True
            except (TransportUnavailable, TransportRefused) as error:
                self._settle()
                self._change_relay(error)
                continue
            self._settle()  # of the message before, when this one was refused before it could start
            self._unsettled = self._desk.office.decide(claim, receipt, letter.policy)
            return True
        self._desk.turnstile.drop(claim)
        self._desk.queue.put_back(claim)
        return False

    def _start(self, claim: Claim, letter: Letter) -> Message | None:
        """Called by the transport after the envelope was taken and before the content.

        While the disk is waited for, the next message is written.
        """
        entry = self._entry
        entry.settlement, entry.start = self._unsettled, Start(claim, letter.message_id, letter.date)
        entry.is_started, entry.error, self._unsettled = False, None, None
        self._desk.writer.put(entry)
        try:
            self._following = self._take(after=claim)
        finally:
            entry.wait()
        if entry.error is not None:
            raise entry.error
        if not entry.is_started:
            raise ClaimLost(f"delivery {claim.delivery.key} is not ours any more")
        return None if self._following is None else self._following[1].message

    def _settle(self) -> None:
        if self._unsettled is not None:
            self._desk.writer.settle(self._unsettled)
            self._unsettled = None

    def _connect(self) -> Transport | None:
        if self._transport is None:
            self._relay = self._desk.switchboard.take()
            if self._relay is not None:
                self._transport = self._relay.open()
        return self._transport

    def _change_relay(self, error: DeliveryError) -> None:
        self._hang_up(error)
        if self._connect() is None:
            self._desk.office.lose_relay(error)

    def _hang_up(self, error: DeliveryError | None = None) -> None:
        if self._transport is not None:
            self._transport.close()
        if self._relay is not None:
            self._desk.switchboard.give_back(self._relay, error)
        self._transport = self._relay = None
