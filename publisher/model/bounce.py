"""What a report says of a message that was sent. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class BounceKind(StrEnum):
    HARD = "hard"  # the address does not exist, and will not
    SOFT = "soft"  # full, switched off, or a fault of the moment that lasted too long
    POLICY = "policy"  # refused for what the sender or the mail is; says nothing about the reader
    COMPLAINT = "complaint"  # the reader called it spam
    UNSUBSCRIBE = "unsubscribe"  # the reader asks to leave
    AUTOREPLY = "autoreply"  # somebody is away
    NOTICE = "notice"  # delayed, relayed, delivered: nothing is decided
    UNKNOWN = "unknown"  # nobody could tell


@dataclass(frozen=True, slots=True)
class Bounce:
    """What one report says of one recipient. What it does not say is empty, 0 or None.

    `delivery` is (issue id, subscriber id), `notice` the id of a notice, and both only of a signed address.
    `message_id` and `token` are those of the message that was sent, as the report returns it. `code` is an enhanced
    status code (RFC 3463). `source_id` is the same whenever the same report is read. `is_trusted`: whoever reported it
    has proved who they are, so the address alone is enough. `key` is that of the message, as such a reporter was told.
    """

    kind: BounceKind
    source_id: str
    delivery: tuple[int, int] | None = None
    address: str = ""
    code: str = ""
    text: str = ""
    message_id: str = ""
    token: str = ""
    is_trusted: bool = False
    notice: int | None = None
    key: str = ""
