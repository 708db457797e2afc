"""How much memory a program and all its processes hold at the worst moment."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

_INTERVAL = 0.05  # seconds


class TreeMemory:
    """Samples a process and its descendants until `stop`, which gives the largest sum in MB.

    A sample is the sum of their proportional set sizes (Linux, /proc/PID/smaps_rollup): pages that several processes
    share count once. None where the system does not say.
    """

    def __init__(self, process: int) -> None:
        self._process = process
        self._peak = 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> float | None:
        self._end.set()
        self._thread.join()
        return self._peak * 1024 / 1e6 if self._peak else None

    def _watch(self) -> None:
        while not self._end.wait(_INTERVAL):
            self._peak = max(self._peak, sum(_read_kib(process) for process in _list_tree(self._process)))


def _list_tree(process: int) -> list[int]:
    found = [process]
    for parent in found:  # grows while it is walked
        with suppress(OSError):
            for thread in Path(f"/proc/{parent}/task").iterdir():
                children = map(int, (thread / "children").read_text(encoding="ascii").split())
                # One that is about to become another program still has its parent's memory, which counts once.
                found += (child for child in children if _read_command(child) != _read_command(parent))
    return found


def _read_command(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:  # it has just ended
        return b""


def _read_kib(process: int) -> int:
    with suppress(OSError):  # it has just ended
        for line in Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
