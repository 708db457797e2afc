"""Watching folders: a hint that comes soon after a change."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from apscheduler.schedulers.background import BackgroundScheduler

from publisher import scheduler
from publisher.scheduler import watch_folders


@pytest.mark.parametrize("recursive", [True, False])
def test_a_change_is_told_and_only_in_depth_when_asked(tmp_path: Path, *, recursive: bool) -> None:
    (tmp_path / "below").mkdir()
    stop, changed = threading.Event(), threading.Event()
    thread = threading.Thread(
        target=watch_folders, args=([tmp_path], changed.set, stop), kwargs={"recursive": recursive}, daemon=True
    )
    thread.start()
    end = time.monotonic() + 30
    # Nobody says when watching has begun, so there is a change in every round until one is noticed.
    while not changed.wait(0.2) and time.monotonic() < end:
        (tmp_path / "a.md").write_text(str(time.monotonic()))
    assert changed.is_set()
    changed.clear()
    changed.wait(1.5)  # what is left of those changes is told by then
    changed.clear()
    (tmp_path / "below" / "b.md").write_text("x")
    assert changed.wait(10 if recursive else 1.5) is recursive
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


class _Stuck(BackgroundScheduler):  # type: ignore[misc] # it ships no types
    """As it is when the clock on the wall was put back: nothing is due."""

    def add_job(self, *_arguments: object, **_options: object) -> None:
        """Never."""


def test_a_clock_that_is_put_back_does_not_stop_the_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "TICK_SECONDS", 0.1)
    monkeypatch.setattr(scheduler, "BackgroundScheduler", _Stuck)
    stop, passes = threading.Event(), threading.Semaphore(0)
    thread = threading.Thread(
        target=scheduler.run_until_stopped, args=(passes.release, [], lambda: None, stop), daemon=True
    )
    thread.start()
    assert all(passes.acquire(timeout=20) for _ in range(3))
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
