"""What a transport is: the seam between the sender and the outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Protocol, runtime_checkable

from publisher.delivery.steps import Steps
from publisher.model.message import Message, Receipt

# Writes "this message is on its way" down for good. Raises errors.ClaimLost when the delivery is not ours any more.
# Returns the message that comes next, if it is known: a transport may announce it along with this one, and must be
# ready for another one, or none, to come all the same.
StartHook = Callable[[], Message | None]
StartSteps = Callable[[], Steps[Message | None]]


class Transport(Protocol):
    """One way out, used by one thread at a time. Nothing is opened before the first message.

    `repeatable` says that sending the same message twice leaves one: then nothing is ever uncertain.
    """

    repeatable: ClassVar[bool]

    def send(self, message: Message, start: StartHook) -> Receipt:
        """Hand one message over and say what became of it.

        `start` is called exactly once, when the other side has agreed to take this message and before it can see any
        of its content. What it raises comes out of here, and then nothing was sent. It is not called for a message
        that is refused by its addresses.

        ACCEPTED  they have it
        DEFERRED  they said "later", or the way broke while they could not yet have it: repeating is safe
        FAILED    they will never take it
        UNCERTAIN the way broke when they may have had all of it

        Raises TransportUnavailable (nobody to talk to) and TransportRefused (they will not have us), both before
        `start`: the message is as it was.
        """
        ...

    def close(self) -> None:
        """Say goodbye. The next `send` opens again."""
        ...


@runtime_checkable
class SteppedTransport(Transport, Protocol):
    """One that need not keep a thread while it waits for the other side."""

    def send_in_steps(self, message: Message, start: StartSteps) -> Steps[Receipt]:
        """As `send`."""
        ...

    def close_in_steps(self) -> Steps[None]:
        """As `close`."""
        ...
