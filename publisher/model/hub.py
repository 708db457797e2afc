"""What our WebSub hub is asked, and whom it serves. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class HubMode(StrEnum):
    """What our hub asks a subscriber about, or tells it (W3C WebSub 5.2 and 5.3)."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class HubQuestion:
    """A request that waits for the subscriber to confirm it, or word that a subscription is denied.

    `secret` is empty when what is sent need not be signed; `host` is that of the callback.
    """

    mode: HubMode
    topic: str
    callback: str
    host: str
    secret: str
    lease: timedelta
    due_at: datetime
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class HubSubscription:
    """A confirmed one. `version` counts changes of its feed, `dropped` those that were given up.

    `due_at`: a change waits to be sent, then or later; `since` is when it came.
    """

    topic: str
    callback: str
    host: str
    secret: str
    lease_until: datetime
    version: int = 0
    due_at: datetime | None = None
    since: datetime | None = None
    attempts: int = 0
    dropped: int = 0
