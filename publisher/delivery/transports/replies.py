"""Replies of an SMTP server (RFC 5321 4.2), out of the bytes as they come. Pure.

Several of them often come in one packet.
"""

from __future__ import annotations

import smtplib
from collections import deque

from publisher.delivery.transports.wire import Reply

_LONGEST_LINE = 8192
_MOST_LINES = 128


class Replies:
    """`feed` what has come; `take` gives one whole reply after the other, or None."""

    def __init__(self) -> None:
        self._rest = b""  # of a line that has not ended
        self._lines: list[bytes] = []  # of a reply that has not ended
        self._whole: deque[Reply] = deque()
        self._trouble = ""

    def feed(self, data: bytes) -> None:
        """More bytes; none at all mean that the other side has hung up. Raises OSError then."""
        if not data:
            raise smtplib.SMTPServerDisconnected("the other side has hung up")
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._add(line)
        if len(self._rest) > _LONGEST_LINE:
            self._trouble = "a line that is too long"

    def take(self) -> Reply | None:
        """A code of -1 stands for a line that begins with none. Raises OSError where what comes has no end."""
        if self._whole:
            return self._whole.popleft()
        if self._trouble:
            raise smtplib.SMTPServerDisconnected(self._trouble)
        return None

    def _add(self, line: bytes) -> None:
        code, text = line[:3], line[4:].strip(b" \t\r\n")
        is_number = code.isdigit()
        if is_number and line[3:4] == b"-":
            self._lines.append(text)
            if len(self._lines) >= _MOST_LINES:
                self._trouble = "an answer of too many lines"
            return
        if self._lines:
            text, self._lines = b"\n".join((*self._lines, text)), []
        self._whole.append((int(code) if is_number else -1, text))
