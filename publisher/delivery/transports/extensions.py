"""What a server offers (RFC 5321 2.2), and the envelope of a message in the words it knows. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from publisher.addresses import needs_smtputf8
from publisher.delivery.transports.wire import Reply, mail_command, rcpt_command
from publisher.model.message import Message


@dataclass(frozen=True, slots=True)
class Extensions:
    """PIPELINING (RFC 2920), SIZE (RFC 1870), 8BITMIME (RFC 6152), DSN (RFC 3461), SMTPUTF8 (RFC 6531).

    `largest` is in bytes, 0 where no limit is named.
    """

    pipelining: bool = False
    size: bool = False
    largest: int = 0
    eight_bit: bool = False
    dsn: bool = False
    utf8: bool = False

    @classmethod
    def read(cls, features: Mapping[str, str]) -> Self:
        """From smtplib's `esmtp_features`: lower-case names with what stands behind them."""
        limit = features.get("size", "").split(" ", 1)[0]
        return cls(
            pipelining="pipelining" in features,
            size="size" in features,
            largest=int(limit) if limit.isdecimal() and len(limit) <= 20 else 0,
            eight_bit="8bitmime" in features,
            dsn="dsn" in features,
            utf8="smtputf8" in features and "8bitmime" in features,  # the one needs the other (RFC 6531 3.1)
        )


def find_problem(extensions: Extensions, message: Message) -> Reply | None:
    """The answer to a message that this server cannot take, without asking it."""
    if needs_smtputf8(message.recipient) and not extensions.utf8:
        return 550, b"5.6.7 the relay does not take international addresses (SMTPUTF8)"  # RFC 6531 3.2
    return find_size_problem(extensions, message)


def find_size_problem(extensions: Extensions, message: Message) -> Reply | None:
    """The answer that the server would give to a message larger than it takes, without asking it (RFC 1870 6.1)."""
    if not extensions.largest or len(message.content) <= extensions.largest:
        return None
    words = f"5.3.4 the message has {len(message.content):,} bytes, and the server takes {extensions.largest:,} at most"
    return 552, words.encode()


def envelope_commands(extensions: Extensions, message: Message) -> tuple[bytes, bytes, bytes]:
    """MAIL, RCPT and DATA. The key of the message is its ENVID, by which a report of failure names it."""
    mail, rcpt = b"", b""
    is_utf8 = extensions.utf8 and needs_smtputf8(message.recipient)
    if extensions.size:
        mail += b" SIZE=%d" % len(message.content)
    if is_utf8:
        mail += b" BODY=8BITMIME SMTPUTF8"
    elif extensions.eight_bit and not (message.is_plain or message.content.isascii()):
        mail += b" BODY=8BITMIME"
    if extensions.dsn:
        mail += b" RET=HDRS ENVID=" + _xtext(message.key)
        rcpt = b" NOTIFY=FAILURE"
        if not is_utf8:  # of these few servers know the notation (RFC 6533 3), and the ENVID says enough
            rcpt += b" ORCPT=rfc822;" + _xtext(message.recipient)
    return mail_command(message.sender, mail), rcpt_command(message.recipient, rcpt), b"DATA\r\n"


def _xtext(text: str) -> bytes:
    """RFC 3461 4: printable ASCII but for `+` and `=`, which are written as `+2B` and `+3D`, as everything else is."""
    data = text.encode("ascii", "replace")[:100]
    return b"".join(b"%c" % one if 33 <= one <= 126 and one not in b"+=" else b"+%02X" % one for one in data)
