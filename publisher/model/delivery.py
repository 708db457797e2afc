"""One issue for one subscriber, and what may become of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class DeliveryState(StrEnum):
    QUEUED = "queued"  # waiting for a sender
    CLAIMED = "claimed"  # a sender holds it under a lease; nothing has gone out
    SENDING = "sending"  # its content may be on the wire
    ACCEPTED = "accepted"  # the relay took it; nobody knows more
    DEFERRED = "deferred"  # the relay said "later"; due again at `next_at`
    FAILED = "failed"  # refused for good, or tried for too long
    UNCERTAIN = "uncertain"  # a crash or a lost connection hid the answer
    SUPPRESSED = "suppressed"  # must not be sent: unsubscribed, the issue was cancelled, a person dismissed it
    BOUNCED = "bounced"  # accepted first, then sent back
    COMPLAINED = "complained"  # its reader called it spam


@dataclass(frozen=True, slots=True)
class Delivery:
    """One issue for one subscriber. `message_id` and `date` are set at the first start and kept on every retry."""

    issue_id: int
    subscriber_id: int
    newsletter: str
    variant: str
    email: str
    name: str
    attempts: int
    message_id: str | None = None
    date: datetime | None = None
    fields: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def key(self) -> str:
        """Names this delivery in file names and logs; holds no address."""
        return f"{self.issue_id}-{self.subscriber_id}"


class FailureClass(StrEnum):
    """What was in the way of a message, as far as the answer tells."""

    ADDRESS = "address"  # there is nobody of that address
    MAILBOX = "mailbox"  # the mailbox is full
    POLICY = "policy"  # they do not want it of us: reputation, authentication, a filter
    GREYLIST = "greylist"  # they turn away whoever they do not know yet, for some minutes
    BUSY = "busy"  # they are overloaded, or we were too quick
    NETWORK = "network"  # no way there, or the connection broke
    CONTENT = "content"  # too large, or written in a way that they cannot take
    OTHER = "other"
