"""Commands in processes of their own that have nothing to load: forks of one that has loaded everything.

To start Python and to load what a command needs takes several times as long as what it does in a test. Everything else
is as in a new process: arguments, folder, environment, real files as standard output and error, signals, the way to its
end. What is about the start itself (what is loaded, and when) starts `python -m publisher` instead.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import publisher

PATIENCE = 120  # seconds for one command


class Forks:
    """The process that has loaded everything; see `forks`. One command at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder = tempfile.TemporaryDirectory()
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.forks"],
            cwd=Path(__file__).parent.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # so that all of them can be ended at once
        )

    def run(self, arguments: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
        """`publisher` with these arguments in this folder, to its end. After `PATIENCE` all end: `TimeoutExpired`."""
        stdout, stderr = Path(self._folder.name) / "stdout", Path(self._folder.name) / "stderr"
        wanted = {
            "arguments": [*arguments],
            "folder": str(folder),
            "environment": dict(os.environ),
            "stdout": str(stdout),
            "stderr": str(stderr),
        }
        with self._lock:
            code = self._ask(json.dumps(wanted), arguments)
            return subprocess.CompletedProcess(arguments, code, _read(stdout), _read(stderr))

    def close(self) -> None:
        with self._server:
            assert self._server.stdin is not None
            self._server.stdin.close()
        self._folder.cleanup()

    def _ask(self, wanted: str, arguments: Sequence[str]) -> int:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(wanted + "\n")
        self._server.stdin.flush()
        if not select.select([self._server.stdout], [], [], PATIENCE)[0]:
            os.killpg(self._server.pid, signal.SIGKILL)
            raise subprocess.TimeoutExpired(arguments, PATIENCE)
        return int(self._server.stdout.readline())


@functools.cache
def forks() -> Forks:
    """The one of this process, which ends with it."""
    started = Forks()
    atexit.register(started.close)
    return started


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _load_everything() -> None:
    for module in pkgutil.walk_packages(publisher.__path__, "publisher."):
        if not module.name.endswith(".__main__"):
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()  # the forks never look for garbage in what they share: that would write to every page of it


def _serve() -> dict[str, Any] | None:
    """Fork for every line, and write the exit code of each. Returns what is wanted in the forks, None in the end."""
    for line in sys.stdin:
        wanted: dict[str, Any] = json.loads(line)
        child = os.fork()
        if child == 0:
            return wanted
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.write(1, f"{code}\n".encode())
    return None


def _become(wanted: dict[str, Any]) -> None:
    """As Python is after its start with `-m publisher`."""
    os.chdir(wanted["folder"])
    os.environ.clear()
    os.environ.update(wanted["environment"])
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for number, opened in enumerate(
        (os.open(os.devnull, os.O_RDONLY), os.open(wanted["stdout"], flags), os.open(wanted["stderr"], flags))
    ):
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - the old one may hold what it read ahead
    sys.path[0] = wanted["folder"]
    sys.argv[1:] = wanted["arguments"]


def main() -> None:
    _load_everything()
    wanted = _serve()
    if wanted is not None:
        _become(wanted)
        runpy.run_module("publisher", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
