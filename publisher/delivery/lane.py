"""One connection: takes claims, has each started in the ledger, sends it, hands in what became of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol, cast

from publisher.delivery.claimqueue import ClaimQueue
from publisher.delivery.ledgerwriter import Entry, LedgerWriter
from publisher.delivery.letter import Compile, Letter
from publisher.delivery.loop import MORE, Loop, Written
from publisher.delivery.relays import Relay, Switchboard
from publisher.delivery.retry import STANDARD, RetryPolicy
from publisher.delivery.steps import Call, Steps
from publisher.delivery.transports.base import SteppedTransport, Transport
from publisher.delivery.turnstile import Passage, Turnstile
from publisher.errors import ClaimLost, DeliveryError, IssueBroken, TransportRefused, TransportUnavailable
from publisher.model.message import Message, Outcome, Receipt
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

    loop: Loop
    queue: ClaimQueue
    turnstile: Turnstile
    writer: LedgerWriter
    switchboard: Switchboard
    compile: Compile
    clock: Callable[[], datetime]
    office: Office


class Lane:
    """`steps` end when the queue does, or when no relay will have it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._entry = desk.loop.make_entry()
        self._unsettled: Settlement | None = None
        self._following: tuple[Claim, Letter] | None = None
        self._relay: Relay | None = None
        self._has_room = False  # at the relay, for the next message
        self._transport: Transport | None = None
        self._stepped: SteppedTransport | None = None  # the same one, if it is such; to ask each time takes a while

    def steps(self) -> Steps[None]:
        try:
            try:
                yield from self._send_all()
            except GeneratorExit:
                raise
            except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits for the lanes
                self._desk.office.crash(error)
            if self._following is not None:
                self._desk.turnstile.drop(self._following[0])
            self._settle()
            yield from self._hang_up()
        finally:
            self._desk.queue.leave()

    def _send_all(self) -> Steps[None]:
        while (ready := self._following or (yield from self._wait_for_next())) is not None:
            self._following = None
            if self._desk.queue.is_abandoned:
                self._desk.turnstile.drop(ready[0])
                return
            if not (yield from self._send(*ready)):
                return

    def _wait_for_next(self) -> Steps[tuple[Claim, Letter] | None]:
        """The next message, when there is none in hand; None: there is no more."""
        self._settle()
        while True:
            if not (yield from self._wait_for_room()):
                return None
            claim = self._desk.queue.take()
            if claim is None:
                if self._desk.queue.is_over:
                    return None
                with self._desk.queue.idle():
                    yield MORE
                continue
            passage = self._desk.turnstile.ask(claim, None, wait=False)
            if passage is Passage.SHUT:
                passage = yield Call(partial(self._desk.turnstile.ask, claim, None, wait=True))
            if passage is Passage.SHUT:
                self._desk.queue.put_back(claim)
                self._desk.office.hold()
                return None
            letter = self._write(claim) if passage is Passage.OPEN else None
            if letter is not None:
                return claim, letter

    def _wait_for_room(self) -> Steps[bool]:
        """For one message, at a relay that has limits of its own. False: at none of them, or we are to stop."""
        while self._connect() is not None:
            moment = self._ask_for_room()
            if moment is None:
                return True
            if not self._desk.turnstile.is_near(moment):
                yield from self._hang_up(until=moment)
            elif not (yield Call(partial(self._desk.turnstile.wait_until, moment))):
                return False
        return False

    def _ask_for_room(self) -> datetime | None:
        """None when there is some; else when there may be some."""
        assert self._relay is not None  # noqa: S101 - asked on a connection
        moment = None if self._has_room else self._desk.turnstile.ask_relay(self._relay)
        self._has_room = moment is None
        return moment

    def _give_room_back(self) -> None:
        if self._has_room and self._relay is not None:
            self._desk.turnstile.drop_relay(self._relay)
        self._has_room = False

    def _take_following(self, after: Claim) -> tuple[Claim, Letter] | None:
        """The message that comes `after` the one in hand, if there is one now, and room for it at the relay."""
        if self._ask_for_room() is not None:
            return None
        while (claim := self._desk.queue.take()) is not None:
            passage = self._desk.turnstile.ask(claim, after, wait=False)
            if passage is Passage.SHUT:
                self._desk.queue.put_back(claim)
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

    def _send(self, claim: Claim, letter: Letter) -> Steps[bool]:
        """False: there is no relay left; the claim is somebody else's again."""
        while (yield from self._wait_for_room()) and (transport := self._connect()) is not None:
            self._has_room = False  # it is for this one
            try:
                receipt = yield from self._hand_over(transport, claim, letter)
            except ClaimLost:
                self._give_room_back()
                self._has_room = True
                self._desk.turnstile.drop(claim)
                self._desk.office.lose_claim(claim)
                return True
            except (TransportUnavailable, TransportRefused) as error:
                self._give_room_back()
                self._has_room = True
                self._settle()
                yield from self._change_relay(error)
                continue
            self._settle()  # of the message before, when this one was refused before it could start
            self._unsettled = self._desk.office.decide(claim, receipt, letter.policy)
            return True
        self._desk.turnstile.drop(claim)
        self._desk.queue.put_back(claim)
        return False

    def _hand_over(self, transport: Transport, claim: Claim, letter: Letter) -> Steps[Receipt]:
        if self._stepped is not None:
            return (yield from self._stepped.send_in_steps(letter.message, partial(self._start, claim, letter)))
        send = partial(transport.send, letter.message, partial(self._start_and_wait, claim, letter))
        return cast("Receipt", (yield Call(send)))

    def _start(self, claim: Claim, letter: Letter) -> Steps[Message | None]:
        """Called by the transport after the envelope was taken and before the content.

        While the disk is waited for, the next message is written.
        """
        entry = self._enter(self._entry, claim, letter)
        self._desk.loop.post(entry)
        try:
            self._following = self._take_following(claim)
        finally:
            yield Written(entry)
        return self._find_following(entry, claim)

    def _start_and_wait(self, claim: Claim, letter: Letter) -> Message | None:
        """The same for a transport that keeps its thread."""
        done = threading.Event()
        entry = self._enter(Entry(None, None, lambda _: done.set()), claim, letter)
        self._desk.writer.put([entry])
        try:
            self._following = self._take_following(claim)
        finally:
            done.wait()
        return self._find_following(entry, claim)

    def _enter(self, entry: Entry, claim: Claim, letter: Letter) -> Entry:
        entry.settlement, entry.start = self._unsettled, Start(claim, letter.message_id, letter.date)
        entry.is_started, entry.error, self._unsettled = False, None, None
        return entry

    def _find_following(self, entry: Entry, claim: Claim) -> Message | None:
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
                self._transport = transport = self._relay.open()
                self._stepped = transport if isinstance(transport, SteppedTransport) else None
        return self._transport

    def _change_relay(self, error: DeliveryError) -> Steps[None]:
        yield from self._hang_up(error)
        if self._connect() is None:
            self._desk.office.lose_relay(error)

    def _hang_up(self, error: DeliveryError | None = None, until: datetime | None = None) -> Steps[None]:
        self._give_room_back()
        transport, stepped, relay = self._transport, self._stepped, self._relay
        self._transport = self._stepped = self._relay = None
        if stepped is not None:
            yield from stepped.close_in_steps()
        elif transport is not None:
            yield Call(transport.close)
        if relay is not None:
            self._desk.switchboard.give_back(relay, error, until)
