"""What somebody has agreed to, and what they are asked to confirm. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ConsentEvent(StrEnum):
    """What happened to a person's consent; each is a line in their log."""

    ASKED = "asked"  # their address was entered somewhere
    CONFIRMED = "confirmed"  # the owner of the address said yes
    LEFT = "left"  # unsubscribed, by themselves or by the operator
    UNDONE = "undone"  # took that back, soon after
    ADDED = "added"  # the operator added them, or took them up again, by name
    IMPORTED = "imported"  # they came with a file
    BOUNCED = "bounced"  # their address does not exist
    COMPLAINED = "complained"  # they said that our mail is spam
    LIFTED = "lifted"  # the operator says that the address may be written to again
    MOVED = "moved"  # their address has changed
    FORGOTTEN = "forgotten"  # they are erased, and their log with them


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How a change of consent came about, as the log keeps it.

    `how` is a word or two such as `form` or `one-click`; `wording` what the person agreed to and `page` where;
    `network` their network address, which the log keeps as `subscribers.network` says.
    """

    how: str
    wording: str = ""
    page: str = ""
    network: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ConsentEntry:
    """A line of somebody's log."""

    at: datetime
    event: ConsentEvent
    newsletters: tuple[str, ...]
    circumstances: Circumstances


class RequestKind(StrEnum):
    """What somebody has asked for that the owner of an address has to confirm."""

    SUBSCRIBE = "subscribe"
    MOVE = "move"  # to a new address


@dataclass(frozen=True, slots=True)
class Request:
    """`email` is the address that confirms; `done_at` is None until it has."""

    id: int
    kind: RequestKind
    subscriber_id: int
    email: str
    newsletters: tuple[str, ...]
    asked_at: datetime
    expires_at: datetime
    name: str = ""
    language: str = ""
    done_at: datetime | None = None
