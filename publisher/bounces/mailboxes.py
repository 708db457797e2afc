"""From the address of a mailbox to the mailbox."""

from __future__ import annotations

from pathlib import Path

from publisher.bounces.mailbox import Mailbox
from publisher.bounces.maildir import MaildirMailbox


def open_mailbox(url: str, base: Path) -> Mailbox:
    """`maildir:FOLDER`, relative to `base`. The form of `url` was checked when the configuration was read."""
    scheme, _, rest = url.partition(":")
    if scheme == "maildir":
        return MaildirMailbox(base / rest.strip())
    raise ValueError(f"unknown kind of mailbox {scheme}")
