"""From the address of a mailbox to the mailbox."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from publisher.bounces.imap import ImapMailbox
from publisher.bounces.login import parse_login
from publisher.bounces.mailbox import Mailbox
from publisher.bounces.maildir import MaildirMailbox
from publisher.bounces.pop import PopMailbox


def open_mailbox(url: str, base: Path, skip: Callable[[str], bool]) -> Mailbox:
    """`maildir:FOLDER`, relative to `base`, `imaps://…` or `pop3s://…`; nothing is connected yet.

    The form of `url` was checked when the configuration was read. `skip` says of a mail's `kept_as` that it is known.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "maildir":
        return MaildirMailbox(base / rest.strip())
    login = parse_login(url)
    return ImapMailbox(login) if scheme.startswith("imap") else PopMailbox(login, skip)
