"""How things stand with WebSub: hubs of others, and our own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from publisher.storage import subscriptions, topics
from publisher.storage.database import Connection


@dataclass(frozen=True, slots=True)
class FailingHub:
    """`next_at`: when it is tried again, None where that waits for the next change."""

    hub: str
    problem: str
    since: datetime | None
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class WebSubStatus:
    """`pending_pings`: messages to hubs of others, `dropped_pings` those that were given up.

    Of our own hub: `subscriptions` that are confirmed, `pending_verifications`, `pending_deliveries` of changed feeds,
    and `dropped_deliveries` that were given up.
    """

    pending_pings: int = 0
    dropped_pings: int = 0
    failing_hubs: tuple[FailingHub, ...] = ()
    subscriptions: int = 0
    pending_verifications: int = 0
    pending_deliveries: int = 0
    dropped_deliveries: int = 0


def load_websub_status(connection: Connection) -> WebSubStatus:
    hubs = topics.load_hubs(connection).values()
    own = subscriptions.count_hub(connection)
    failing = [FailingHub(hub.url, hub.problem, hub.failing_since, hub.due_at) for hub in hubs if hub.problem]
    return WebSubStatus(
        pending_pings=topics.count_pings(connection),
        dropped_pings=sum(hub.dropped for hub in hubs),
        failing_hubs=tuple(failing),
        subscriptions=own.subscriptions,
        pending_verifications=own.questions,
        pending_deliveries=own.waiting,
        dropped_deliveries=own.dropped,
    )
