"""A verb in a thread of its own, beside the passes of `publisher run`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from publisher.app.context import Context
from publisher.cli.crash import write_crash_log
from publisher.errors import PublisherError

_AFTER_TROUBLE = 60.0  # seconds
_JOIN = 20.0  # what is under way has limits of its own, below this


class Loop:
    """One verb, again whenever it is woken or something is due, whatever goes wrong in it."""

    def __init__(
        self,
        opened: Context,
        log: Any,
        name: str,
        wake: threading.Event,
        work: Callable[[], None],
        pause: Callable[[Context], float],
    ) -> None:
        self._opened = opened
        self._log = log
        self._name = name
        self._wake = wake
        self._work = work
        self._pause = pause
        self._last_reason = ""
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._wake.set()
        self._thread.join(_JOIN)

    def _run(self) -> None:
        while not self._opened.stop.is_set():
            self._wake.clear()
            pause = self._work_once()
            if not self._opened.stop.is_set():
                self._wake.wait(pause)

    def _work_once(self) -> float:
        """Seconds until the next time."""
        try:
            self._work()
            pause = self._pause(self._opened)
        except PublisherError as error:  # a locked database, a full disk
            return self._complain(str(error), str(error))
        except Exception as error:  # noqa: BLE001 - an answer that nobody thought of must not end the service
            reason = f"unexpected {type(error).__name__}"
            return self._complain(reason, f"{reason}, please report {write_crash_log(error)}")
        self._last_reason = ""
        return pause

    def _complain(self, reason: str, words: str) -> float:
        if reason != self._last_reason:
            self._log.error(f"{self._name} failed", reason=words)
        self._last_reason = reason
        return _AFTER_TROUBLE
