"""Somebody who has subscribed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class SubscriberState(StrEnum):
    PENDING = "pending"  # asked for it, has not confirmed
    ACTIVE = "active"  # receives
    UNSUBSCRIBED = "unsubscribed"  # said no; only an explicit act of theirs or the operator's brings them back
    SUPPRESSED = "suppressed"  # their address must not be written to (bounce, complaint)
    FORGOTTEN = "forgotten"  # erased; the row is there for what the ledger counts, and names nobody


@dataclass(frozen=True, slots=True)
class Subscriber:
    """`newsletters` are those this person receives now."""

    id: int
    email: str
    name: str = ""
    language: str = ""
    state: SubscriberState = SubscriberState.ACTIVE
    source: str = ""
    created_at: datetime | None = None
    newsletters: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
