"""Work spread over all cores, in processes of their own.

For functions of a module's top level that turn one value into another and touch no database. Processes are started at
first need, as forks of a server that has loaded what they need and runs nothing else (`forkserver`): a fork of this
process would copy the locks of threads that run at that moment, and one that starts from nothing loads everything anew.
A command that has no other threads and holds no lock of a file may allow forks of its own process all the same: they
share its memory and are there at once.
"""

from __future__ import annotations

import atexit
import copyreg
import gc
import importlib
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor
    from multiprocessing.context import BaseContext

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_MOST = 16  # processes
_NEVER = 10_000_000  # new objects; a number, so that a command that forgets to end the pause is not without bounds
# Pieces of work that wait for each process, so that memory does not grow with the work; as many as it does while who
# takes the results is busy with one of them.
_AHEAD = 4


def pause_collector() -> None:
    """Look for no garbage while modules are loaded: what they make stays. `calm_collector` ends it.

    The last look, when a process ends, would go through all there is, to free what is freed anyway.
    """
    gc.set_threshold(_NEVER)
    atexit.register(gc.freeze)


def calm_collector() -> None:
    """Look for garbage more seldom: what we make by the ten thousand is in use, and cycles are few.

    At Python's own threshold of a few hundred new objects a tenth of a build is spent on looking. What there is when a
    pause ends, which is mostly modules, is not looked at again.
    """
    if gc.get_threshold()[0] == _NEVER:
        gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pickle_by_values(kind: type) -> None:
    """Let a frozen dataclass of several fields go from process to process as what it was made with.

    It is for those that go by the ten thousand: the dataclasses of Python ask what fields they have each time.
    """
    read_values = attrgetter(*(field.name for field in fields(kind)))
    copyreg.pickle(kind, lambda value: (kind, read_values(value)))


class Pool:
    """Processes that come with the first call of `map` and go with `close`. One core: everything happens here.

    `preload` names modules that the processes are going to need; they share the memory that these take.
    """

    def __init__(self, size: int | None = None, preload: Sequence[str] = ()) -> None:
        self._size = min(_count_cores() if size is None else size, _MOST)
        self._preload = list(preload)
        self._executor: ProcessPoolExecutor | None = None
        self._may_fork = False

    def allow_fork(self) -> None:
        """The processes may be forks of this one, if it has no other thread when they start.

        What it has open they have open too: a lock of a file would outlive this process in them.
        """
        self._may_fork = True

    def start(self) -> None:
        """The processes, now and not at first need: before there are threads, so that they can be forks."""
        if self._size >= 2:
            self._start()

    def map(self, function: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
        """The results in the order of `items`, which are taken only a little ahead of what comes out.

        What `function` raises comes out here. `function` and items are pickled.
        """
        if self._size < 2:
            yield from map(function, items)
            return
        executor = self._start()
        waiting: deque[Future[_Result]] = deque()
        try:
            for item in items:
                waiting.append(executor.submit(function, item))
                if len(waiting) > self._size * _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def close(self) -> None:
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)
            self._executor = None

    def _start(self) -> ProcessPoolExecutor:
        if self._executor is None:
            # Here, because most commands have too little to do for a second process.
            from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415

            context = self._choose_start()
            self._executor = ProcessPoolExecutor(self._size, mp_context=context, initializer=_settle_in)
            if context.get_start_method() == "fork":
                gc.freeze()  # the forks never look for garbage in what they share: that would write to every page of it
                self._executor.submit(os.getpid)  # the first piece of work starts all of them
        return self._executor

    def _choose_start(self) -> BaseContext:
        from multiprocessing import get_context  # noqa: PLC0415 - as above

        if self._may_fork and _has_one_thread():
            for name in self._preload:
                importlib.import_module(name)
            return get_context("fork")
        server = get_context("forkserver")
        server.set_forkserver_preload(self._preload)
        return server


def _settle_in() -> None:
    """Ctrl-C reaches every process of a terminal, and only the first one knows what to do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    calm_collector()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """One that was killed cannot say that nothing will come any more."""
    from multiprocessing import parent_process  # noqa: PLC0415 - loaded here already, and needed in no other place

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _has_one_thread() -> bool:
    """Those of libraries count too, so the system is asked; False where it does not say, as on macOS."""
    try:
        return len(list(Path("/proc/self/task").iterdir())) == 1
    except OSError:
        return False


def _count_cores() -> int:
    """Those this process may use, which in a container are fewer than the machine has."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        return os.cpu_count() or 1
