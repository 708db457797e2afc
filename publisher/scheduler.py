"""When to call which verb: a clock tick, a change in the folder, a signal to stop. No logic of its own.

APScheduler only ticks; what is due lives in the tables. The folder scan is the truth; watching is a hint that makes it
come sooner, and may be missing (network disks) without any harm but delay.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC
from pathlib import Path

from apscheduler.schedulers.background import BackgroundScheduler
from watchfiles import watch

TICK_SECONDS = 20
SETTLE_SECONDS = 0.5
_WATCH_AGAIN_SECONDS = 10
_LONGEST_SETTLE = 60  # looks; a file that is written without end must not hold up everybody else


def run_until_stopped(
    passes: Callable[[], None], folders: Sequence[Path], fingerprint: Callable[[], object], stop: threading.Event
) -> None:
    """Call `passes` now, at every tick and after every change in `folders`, until `stop` is set."""
    wake = threading.Event()
    scheduler = BackgroundScheduler(
        timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )
    scheduler.add_job(wake.set, "interval", seconds=TICK_SECONDS, id="tick")
    watcher = threading.Thread(target=watch_folders, args=(folders, wake.set, stop), name="watcher", daemon=True)
    scheduler.start()
    watcher.start()
    seen: object = None
    try:
        while not stop.is_set():
            wake.clear()
            seen = settle(fingerprint, seen, stop)
            if not stop.is_set():
                passes()
            _wait(wake, stop)
    finally:
        stop.set()
        scheduler.shutdown(wait=False)
        watcher.join(timeout=5)


def settle(fingerprint: Callable[[], object], seen: object, stop: threading.Event) -> object:
    """Wait until what changed since `seen` has stopped changing: half a file must not be mailed."""
    now = fingerprint()
    if now == seen:
        return now
    for _ in range(_LONGEST_SETTLE):
        if stop.wait(SETTLE_SECONDS):
            break
        later = fingerprint()
        if later == now:
            break
        now = later
    return now


def _wait(wake: threading.Event, stop: threading.Event) -> None:
    # In short waits: only between them does this thread run the handler of a signal, and see what it set.
    # With an end: APScheduler goes by the clock on the wall, and would not tick for an hour that was put back.
    until = time.monotonic() + 2 * TICK_SECONDS
    while not wake.wait(timeout=0.5):
        if stop.is_set() or time.monotonic() >= until:
            return


def watch_folders(
    folders: Sequence[Path], on_change: Callable[[], object], stop: threading.Event, *, recursive: bool = True
) -> None:
    """Call `on_change` after every change in `folders`, until `stop` is set."""
    # A folder that goes away, or too few watches left, ends the watching for a while; the tick goes on meanwhile.
    while folders and not stop.is_set():
        with suppress(OSError, RuntimeError):
            changes = watch(
                *folders, stop_event=stop, debounce=400, step=50, raise_interrupt=False, recursive=recursive
            )
            for _changes in changes:
                on_change()
        stop.wait(_WATCH_AGAIN_SECONDS)
