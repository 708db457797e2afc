"""Work that waits without keeping a thread: a generator yields what it waits for, and goes on when that has come.

The same steps serve one message in the thread that sends it (`run`) and fifty connections in one thread (`loop.Loop`).
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Generator
from typing import Any, NamedTuple, Protocol, TypeVar

_Result = TypeVar("_Result")


class Wait(Protocol):
    """What steps can wait for. They are resumed with what `block` returns, or with what it raises."""

    def block(self) -> object:
        """Wait here and now."""
        ...


# Typed by what they return in the end; what comes back from a wait differs from one to the next.
Steps = Generator[Wait, Any, _Result]


class Ready(NamedTuple):
    """Until something comes over a connection that does not block; or, `for_writing`, until it takes more again.

    Raises TimeoutError after so many `seconds` in vain.
    """

    connection: socket.socket
    seconds: float
    for_writing: bool = False

    def block(self) -> None:
        poller = select.poll()
        poller.register(self.connection, select.POLLOUT if self.for_writing else select.POLLIN)
        if not poller.poll(max(0.0, self.seconds) * 1000):
            raise timed_out()


class Call(NamedTuple):
    """The result of something that cannot but keep its thread."""

    work: Callable[[], object]

    def block(self) -> object:
        return self.work()


def timed_out() -> TimeoutError:
    """In the words of a socket that blocks."""
    return TimeoutError("timed out")


def run(steps: Steps[_Result]) -> _Result:
    """Take all steps in this thread; returns what they return."""
    try:
        wait = next(steps)
        while True:
            try:
                came = wait.block()
            except BaseException as error:  # noqa: BLE001 - theirs to deal with
                wait = steps.throw(error)
            else:
                wait = steps.send(came)
    except StopIteration as end:
        result: _Result = end.value
        return result
