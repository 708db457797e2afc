"""What this process has done since it began, for those who watch it: numbers alone, from any thread."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what sends takes a while to load, and a build sends nothing
    from publisher.delivery.sender import SendReport

OUTCOMES = ("accepted", "deferred", "failed", "uncertain")


@dataclass(frozen=True, slots=True)
class PassCount:
    """Passes so far, those that failed, how long the last scan and the last build of feeds took (seconds)."""

    done: int = 0
    failed: int = 0
    scan_seconds: float = 0.0
    build_seconds: float = 0.0
    feeds_written: int = 0


class Tally:
    """Counts that only grow, until the process ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent: Counter[str] = Counter()
        self._running: list[SendReport] = []
        self._answers: Counter[int] = Counter()
        self._passes = PassCount()
        self._is_failing = False

    @contextmanager
    def counting(self, report: SendReport) -> Iterator[None]:
        """What `report` says counts while it changes, and afterwards."""
        with self._lock:
            self._running.append(report)
        try:
            yield
        finally:
            with self._lock:
                self._running.remove(report)
                self._sent.update(_outcomes(report))

    def note_answer(self, status: int) -> None:
        """Our server has answered a request."""
        with self._lock:
            self._answers[status] += 1

    def note_pass(self, scan_seconds: float, build_seconds: float, feeds_written: int) -> None:
        with self._lock:
            before = self._passes
            written = before.feeds_written + feeds_written
            self._passes = PassCount(before.done + 1, before.failed, scan_seconds, build_seconds, written)
            self._is_failing = False

    def note_failed_pass(self) -> None:
        with self._lock:
            old = self._passes
            self._passes = PassCount(old.done, old.failed + 1, old.scan_seconds, old.build_seconds, old.feeds_written)
            self._is_failing = True

    @property
    def is_failing(self) -> bool:
        """The last pass did not get through."""
        return self._is_failing

    def sent(self) -> dict[str, int]:
        """Attempts by outcome."""
        with self._lock:
            found = Counter(self._sent)
            for report in self._running:
                found.update(_outcomes(report))
        return {name: found[name] for name in OUTCOMES}

    def answers(self) -> dict[int, int]:
        """Requests by status."""
        with self._lock:
            return dict(self._answers)

    def passes(self) -> PassCount:
        with self._lock:
            return self._passes


def _outcomes(report: SendReport) -> dict[str, int]:
    return {name: getattr(report, name) for name in OUTCOMES}
