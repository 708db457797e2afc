"""Between the queue and the connections: a claim goes through when the gate has room for it, or is made to wait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum, auto

from publisher.addresses import domain_of
from publisher.delivery.gate import Gate, Granted
from publisher.delivery.relays import Relay
from publisher.model.delivery import FailureClass
from publisher.storage.deliveries import Claim

# For a moment as near as that the sender waits; what is further away is for a later run.
PATIENCE = timedelta(seconds=30)


class Passage(Enum):
    """What is to be done with a claim."""

    OPEN = auto()  # it may go
    LATER = auto()  # it has been put off; another one may go
    SHUT = auto()  # nothing may go now


class Turnstile:
    """For all connections of one sender. What `ask` lets through is to be ended by `finish` or `drop`.

    `held_until`: all mail must wait for that moment, and it is not near.
    """

    def __init__(self, gate: Gate, clock: Callable[[], datetime], stop: threading.Event) -> None:
        self._gate = gate
        self._clock = clock
        self._stop = stop
        self._lock = threading.Lock()
        self._put_off: list[tuple[Claim, datetime]] = []
        self._moments: set[datetime] = set()
        self.held_until: datetime | None = None

    def ask(self, claim: Claim, previous: Claim | None, *, wait: bool) -> Passage:
        """Room for one message, which takes the place of the `previous` one on its connection.

        Where all mail must wait until a near moment, `wait` for it.
        """
        if self._gate.is_open(self._clock()):
            return Passage.OPEN
        domain = domain_of(claim.delivery.email)
        replaced = None if previous is None else domain_of(previous.delivery.email)
        while True:
            answer = self._gate.take(domain, self._clock(), replaced)
            if isinstance(answer, Granted):
                return Passage.OPEN
            if not answer.for_all:
                self._put_back(claim, answer.at)
                return Passage.LATER
            if not wait:
                return Passage.SHUT
            if not self.wait_until(answer.at):
                if not self._stop.is_set():
                    self.held_until = answer.at
                return Passage.SHUT

    def ask_relay(self, relay: Relay) -> datetime | None:
        """Room for one message at this relay: None, or when there may be some. To be given back by `drop_relay`."""
        return self._gate.take_relay(relay.name, relay.limits, self._clock())

    def drop_relay(self, relay: Relay) -> None:
        """What was asked for there was not used."""
        self._gate.drop_relay(relay.name)

    def is_near(self, moment: datetime) -> bool:
        """So near that it is waited for."""
        return moment - self._clock() <= PATIENCE

    def finish(self, claim: Claim, reason: FailureClass | None, now: datetime) -> None:
        """It has been answered: accepted (None), or `reason` stood in its way."""
        if reason is None and self._gate.is_open(now):
            return
        self._gate.finish(domain_of(claim.delivery.email), reason, now)

    def drop(self, claim: Claim) -> None:
        """It did not go out."""
        self._gate.drop(domain_of(claim.delivery.email))

    def take_put_off(self) -> list[tuple[Claim, datetime]]:
        """What is to be given back to the ledger, each with the moment before which it is not to be taken again."""
        with self._lock:
            found, self._put_off = self._put_off, []
        return found

    def next_moment(self) -> datetime | None:
        """When the first of those that were put off may be asked about again."""
        with self._lock:
            return min(self._moments, default=None)

    def forget_moments(self) -> None:
        """All that are over: what was put off until then is in the queue of the ledger again."""
        now = self._clock()
        with self._lock:
            self._moments = {moment for moment in self._moments if moment > now}

    def wait_until(self, moment: datetime) -> bool:
        """Wait for a moment that is near. False when it is not, or when we are to stop."""
        while (left := moment - (now := self._clock())) > timedelta(0):
            if left > PATIENCE or self._stop.wait(left.total_seconds()):
                return False
            if self._clock() <= now:  # one that stands still, or was put back
                return False
        return not self._stop.is_set()

    def _put_back(self, claim: Claim, at: datetime) -> None:
        # To a whole second: so many moments there are at most.
        at = at.replace(microsecond=0) + timedelta(seconds=bool(at.microsecond))
        with self._lock:
            self._put_off.append((claim, at))
            self._moments.add(at)
