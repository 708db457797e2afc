"""What every mailbox can do: hand out its mails, and be told what became of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Protocol


class Fate(Enum):
    DONE = auto()  # was dealt with; it is not handed out again
    FLAG = auto()  # was read, and somebody should look at it
    KEEP = auto()  # is handed out again next time


@dataclass(frozen=True, slots=True)
class Item:
    """`id` names the mail in its mailbox. `content` is cut at the size that is looked at.

    `kept_as` names it for good, where the mailbox has no way to mark a mail: whoever reads has to remember it.
    """

    id: str
    content: bytes = field(repr=False)
    kept_as: str = ""


class Mailbox(Protocol):
    """All methods raise FetchError when the mailbox cannot be reached, read or changed."""

    def read(self, limit: int) -> Iterator[Item]:
        """Mails that have not been dealt with, oldest first."""

    def settle(self, item: Item, fate: Fate) -> None:
        """Comes after what the mail says has been written down, so that a crash between reads it once more."""

    def close(self) -> None:
        """Makes final what can only be final at the end."""
