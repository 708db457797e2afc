"""SIGTERM and SIGINT end long work after the step in hand, instead of anywhere."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType


def stop_on_signals(stop: threading.Event) -> Callable[[], int | None]:
    """Both signals set `stop`; the returned function says which one came first, if any."""
    received: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)
    return lambda: received[0] if received else None
