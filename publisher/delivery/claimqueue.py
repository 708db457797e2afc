"""Claimed rows on their way from the ledger to the connections."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from publisher.storage.deliveries import Claim


class ClaimQueue:
    """First in, first out. One feeder puts, every connection takes; `filled` hears when there may be more, or an end.

    Who finds nothing to take says that it is `idle` until it has heard that, and then looks again.
    """

    def __init__(self, low_water: int, stop: threading.Event, filled: Callable[[], None]) -> None:
        self._low_water = low_water
        self._stop = stop
        self._filled = filled
        self._waiting: deque[Claim] = deque()
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._takers = 0
        self._idle = 0
        self._is_closed = False
        self._is_abandoned = False

    def put(self, claims: Sequence[Claim]) -> None:
        with self._lock:
            self._waiting.extend(claims)
        self._filled()

    def put_back(self, claim: Claim) -> None:
        """For another connection."""
        with self._lock:
            self._waiting.appendleft(claim)
        self._filled()

    def take(self) -> Claim | None:
        """The next claim; None when there is none now."""
        with self._lock:
            if not self._waiting or self._stop.is_set():
                return None
            claim = self._waiting.popleft()
            if len(self._waiting) < self._low_water:
                self._changed.notify()
            return claim

    @contextmanager
    def idle(self) -> Iterator[None]:
        with self._lock:
            self._idle += 1
            if self._is_drained():
                self._changed.notify()
        try:
            yield
        finally:
            with self._lock:
                self._idle -= 1

    def drop(self, issue_id: int) -> None:
        """Hand out no more of this issue; its claims are given back with all others at the end."""
        with self._lock:
            self._waiting = deque(one for one in self._waiting if one.delivery.issue_id != issue_id)
            self._changed.notify()

    def close(self) -> None:
        """No more comes: whoever waits need not."""
        with self._lock:
            self._is_closed = True
        self._filled()

    def end(self) -> None:
        """Hand out nothing more; what was taken may go on."""
        with self._lock:
            self._waiting.clear()
            self._is_closed = True
        self._filled()

    def abandon(self) -> None:
        """Hand out nothing more, and what was taken and not begun is not to be begun."""
        with self._lock:
            self._waiting.clear()
            self._is_closed = self._is_abandoned = True
        self._filled()

    def enter(self) -> None:
        """A connection begins to take."""
        with self._lock:
            self._takers += 1

    def leave(self) -> None:
        """A connection takes no more."""
        with self._lock:
            self._takers -= 1
            self._changed.notify()

    def wait_for_room(self, seconds: float) -> bool:
        """Whether more may be put; False after `seconds` without."""
        with self._lock:
            if self._is_full():
                self._changed.wait(seconds)
            return not self._is_full()

    def wait_for_idleness(self, seconds: float) -> bool:
        """Whether everything has been taken and every connection waits for more; False after `seconds` without."""
        with self._lock:
            if not self._is_drained():
                self._changed.wait(seconds)
            return self._is_drained()

    def wait_for_end(self, seconds: float) -> bool:
        """Whether nobody takes any more; False after `seconds` without."""
        with self._lock:
            if self._takers:
                self._changed.wait(seconds)
            return not self._takers

    @property
    def is_over(self) -> bool:
        """What is not here now does not come any more."""
        return self._is_closed or self._stop.is_set()

    @property
    def is_abandoned(self) -> bool:
        """What was taken and not begun is not to be begun."""
        return self._stop.is_set() or self._is_abandoned

    @property
    def is_served(self) -> bool:
        with self._lock:
            return self._takers > 0

    def _is_drained(self) -> bool:
        return not self._waiting and self._idle == self._takers

    def _is_full(self) -> bool:
        return len(self._waiting) >= self._low_water and self._takers > 0 and not self._stop.is_set()
