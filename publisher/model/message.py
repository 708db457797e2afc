"""A message on the wire, and what was answered. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Message:
    """Ready for the wire: `content` has CRLF line ends and 7-bit bytes only, but for the To of a reader whose
    address needs SMTPUTF8.

    `is_plain`: it is known to be that, in whole lines, none of which begins with a dot, so that nobody has to look.
    """

    key: str
    sender: str
    recipient: str
    content: bytes
    is_plain: bool = False


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a transport learned about one message. `code` is the SMTP reply code, 0 when there was none;
    for other ways out the one that says the same.

    `server` is who said so, `host:port`, "" when nobody was asked. `enhanced` is the status code of RFC 3463 that the
    reply began with, `5.1.1`, "" without one.
    """

    outcome: Outcome
    code: int = 0
    reply: str = ""
    server: str = ""
    enhanced: str = ""
