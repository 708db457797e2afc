"""A mail to one person that is no issue. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class NoticeKind(StrEnum):
    """A mail to one person that is no issue. Each is the name of its template."""

    CONFIRM = "confirm"  # the address was entered somewhere; only its owner can say yes
    WELCOME = "welcome"  # it is on the list
    GOODBYE = "goodbye"  # it is off the list
    ADDRESS_CHANGE = "address-change"  # somebody on the list wants their mail at this address
    ADDRESS_CHANGED = "address-changed"  # their mail goes elsewhere from now on; said to the old address


@dataclass(frozen=True, slots=True)
class Notice:
    """`key` tells one notice from another: the same key is never written down twice. The first newsletter sends it.

    `request_id` is what its link confirms. `message_id` and `date` are set at the first start and kept.
    """

    id: int
    kind: NoticeKind
    key: str
    subscriber_id: int
    newsletters: tuple[str, ...]
    email: str
    name: str = ""
    language: str = ""
    request_id: int | None = None
    attempts: int = 0
    message_id: str | None = None
    date: datetime | None = None

    @property
    def message_key(self) -> str:
        """Names its message in file names and logs, as `Delivery.key` does."""
        return f"notice-{self.id}"
