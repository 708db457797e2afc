"""What the sender asks for: a delivery, written as a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from publisher.delivery.retry import STANDARD, RetryPolicy
from publisher.model.delivery import Delivery
from publisher.model.message import Message


@dataclass(frozen=True, slots=True)
class Letter:
    """A message with what the ledger must know before it goes out, and until when it may be tried again."""

    message: Message
    message_id: str
    date: datetime
    policy: RetryPolicy = STANDARD


class Compile(Protocol):
    """Turns a delivery into its message; called by several threads at once."""

    def __call__(self, delivery: Delivery, now: datetime) -> Letter:
        """Raises ValueError when this one cannot be written, IssueBroken when none of the issue can."""
        ...

    def prepare(self, deliveries: Sequence[Delivery], now: datetime) -> None:
        """Hear what is going to be asked for next, in order, and begin with it. Raises IssueBroken."""
        ...
