"""Work spread over all cores, in processes of their own.

For functions of a module's top level that turn one value into another and touch no database. Processes are started at
first need and anew (`spawn`), never forked: a fork would copy the locks of threads that run at that moment.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_MOST = 16  # processes
_AHEAD = 2  # pieces of work that wait for each process, so that memory does not grow with the work


class Pool:
    """Processes that come with the first call of `map` and go with `close`. One core: everything happens here."""

    def __init__(self, size: int | None = None) -> None:
        self._size = min(_count_cores() if size is None else size, _MOST)
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
            self._executor = ProcessPoolExecutor(self._size, mp_context=get_context("spawn"))
        return self._executor


def _count_cores() -> int:
    """Those this process may use, which in a container are fewer than the machine has."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        return os.cpu_count() or 1
