"""The ways out, and which of them the next connection takes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from publisher.delivery.rate import NO_LIMITS, Limits
from publisher.delivery.transports.base import Transport
from publisher.errors import DeliveryError


@dataclass(frozen=True, slots=True)
class Relay:
    """`open` makes a transport for one connection and connects nothing yet. Of two relays, the one with twice the
    `weight` gets twice the connections; `most` bounds them, 0 does not. `limits` are its own, and are counted under
    its `name`.
    """

    open: Callable[[], Transport]
    weight: int = 1
    most: int = 0
    repeatable: bool = False
    name: str = ""
    limits: Limits = NO_LIMITS


@dataclass(frozen=True, slots=True)
class Routes:
    """All relays; how many connections to them all; whether a message whose answer was lost is sent again."""

    relays: Sequence[Relay]
    connections: int = 1
    resends: bool = False

    @property
    def repeatable(self) -> bool:
        return all(relay.repeatable for relay in self.relays)


class Switchboard:
    """Shares connections out among the relays; those that are down, or must rest, get none until the next run.

    `rests_until`: when the first of those that rest may get more. `lost`: why some are down, one reason for each.
    """

    def __init__(self, relays: Sequence[Relay]) -> None:
        self._relays = relays
        self._lock = threading.Lock()
        self._taken = dict.fromkeys(range(len(relays)), 0)
        self._down: set[int] = set()
        self.rests_until: datetime | None = None
        self._lost: dict[int, str] = {}

    @property
    def lost(self) -> list[str]:
        with self._lock:
            return [self._lost[number] for number in sorted(self._lost)]

    def take(self) -> Relay | None:
        """The relay with the most to spare for its weight; None when there is none."""
        with self._lock:
            free = [
                number
                for number, relay in enumerate(self._relays)
                if number not in self._down and (not relay.most or self._taken[number] < relay.most)
            ]
            if not free:
                return None
            number = min(free, key=lambda one: ((self._taken[one] + 1) / self._relays[one].weight, one))
            self._taken[number] += 1
            return self._relays[number]

    def give_back(self, relay: Relay, error: DeliveryError | None = None, until: datetime | None = None) -> None:
        """The connection has ended. The relay is to get no other: `error` is why, or it has to rest `until` then."""
        with self._lock:
            number = self._relays.index(relay)
            self._taken[number] -= 1
            if error is not None or until is not None:
                self._down.add(number)
            if error is not None:
                self._lost[number] = str(error)
            if until is not None:
                self.rests_until = min(until, self.rests_until or until)
