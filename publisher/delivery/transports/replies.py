"""Replies of an SMTP server (RFC 5321 4.2), out of the bytes as they come. Pure.

Several of them often come in one packet.
"""

from __future__ import annotations

import smtplib

from publisher.delivery.transports.wire import Reply

_LONGEST_LINE = 8192
_MOST_LINES = 128


class Replies:
    """`feed` what has come; `take` gives one whole reply after the other, or None."""

    def __init__(self) -> None:
        self._buffer = b""
        self._lines: list[bytes] = []  # of a reply that has begun

    def feed(self, data: bytes) -> None:
        """More bytes; none at all mean that the other side has hung up. Raises OSError then."""
        if not data:
            raise smtplib.SMTPServerDisconnected("the other side has hung up")
        self._buffer = self._buffer + data if self._buffer else data

    def take(self) -> Reply | None:
        """Raises OSError for what has no end; a code of -1 stands for a line that begins with none."""
        while True:
            line, end, rest = self._buffer.partition(b"\n")
            if not end:
                if len(line) > _LONGEST_LINE:
                    raise smtplib.SMTPServerDisconnected("a line that is too long")
                return None
            self._buffer = rest
            code = line[:3]
            text = line[4:].strip(b" \t\r\n")
            if line[3:4] != b"-" or not code.isdigit():
                if self._lines:
                    text, self._lines = b"\n".join((*self._lines, text)), []
                return (int(code) if code.isdigit() else -1), text
            self._lines.append(text)
            if len(self._lines) >= _MOST_LINES:
                raise smtplib.SMTPServerDisconnected("an answer of too many lines")
