"""How much memory a program and all its processes hold at the worst moment, and the time of those nobody waits for."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

_INTERVAL = 0.05  # seconds
_FORK_SERVER = b"multiprocessing.forkserver"


class Tree:
    """Samples a process and its descendants until `stop`, which gives the largest sum of their memory in MB.

    A sample is the sum of their proportional set sizes (Linux, /proc/PID/smaps_rollup): pages that several processes
    share count once. None where the system does not say.

    `cpu` is then the processor time, in seconds, of the processes of a fork server, whom nobody waits for.
    """

    def __init__(self, process: int) -> None:
        self._process = process
        self._peak = 0
        self._ticks: dict[int, int] = {}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> float | None:
        self._end.set()
        self._thread.join()
        return self._peak * 1024 / 1e6 if self._peak else None

    @property
    def cpu(self) -> float:
        return sum(self._ticks.values()) / os.sysconf("SC_CLK_TCK")

    def _watch(self) -> None:
        while not self._end.wait(_INTERVAL):
            processes = _list_tree(self._process)
            self._peak = max(self._peak, sum(map(_read_kib, processes)))
            for process in processes:
                if _FORK_SERVER in _read_command(process):
                    self._ticks[process] = max(_read_ticks(process), self._ticks.get(process, 0))


def _list_tree(process: int) -> list[int]:
    found = [process]
    for parent in found:  # grows while it is walked
        with suppress(OSError):
            for thread in Path(f"/proc/{parent}/task").iterdir():
                children = map(int, (thread / "children").read_text(encoding="ascii").split())
                found += children
    return found


def _read_ticks(process: int) -> int:
    with suppress(OSError):  # it has just ended
        stat = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        return int(stat[11]) + int(stat[12])  # utime and stime
    return 0


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
