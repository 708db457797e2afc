"""Work spread over all cores, in processes of their own.

For functions of a module's top level that turn one value into another and touch no database. Processes are started at
first need, as forks of a server that has loaded what they need and runs nothing else (`forkserver`): a fork of this
process would copy the locks of threads that run at that moment, and one that starts from nothing loads everything anew.
"""

from __future__ import annotations

import atexit
import gc
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_MOST = 16  # processes
_AHEAD = 2  # pieces of work that wait for each process, so that memory does not grow with the work


def calm_collector() -> None:
    """Look for garbage more seldom: what we make by the ten thousand is in use, and cycles are few.

    At Python's own threshold of a few hundred new objects a tenth of a build is spent on looking. The last look, when a
    process ends, would go through all there is, to free what is freed anyway.
    """
    gc.set_threshold(50_000, 20, 20)
    atexit.register(gc.freeze)


class Pool:
    """Processes that come with the first call of `map` and go with `close`. One core: everything happens here.

    `preload` names modules that the processes are going to need; they share the memory that these take.
    """

    def __init__(self, size: int | None = None, preload: Sequence[str] = ()) -> None:
        self._size = min(_count_cores() if size is None else size, _MOST)
        self._preload = list(preload)
        self._executor: ProcessPoolExecutor | None = None

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
            from multiprocessing import get_context  # noqa: PLC0415

            server = get_context("forkserver")
            server.set_forkserver_preload(self._preload)
            self._executor = ProcessPoolExecutor(self._size, mp_context=server, initializer=_settle_in)
        return self._executor


def _settle_in() -> None:
    """Ctrl-C reaches every process of a terminal, and only the first one knows what to do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    calm_collector()


def _count_cores() -> int:
    """Those this process may use, which in a container are fewer than the machine has."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        return os.cpu_count() or 1
