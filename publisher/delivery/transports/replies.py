"""Replies of an SMTP server (RFC 5321 4.2), from a socket.

Several of them often come in one packet; smtplib reads each line by itself.
"""

from __future__ import annotations

import smtplib
import socket

from publisher.delivery.transports.wire import Reply

_LONGEST_LINE = 8192
_MOST_LINES = 128
_CHUNK = 16384


class ReplyReader:
    """`read` gives one reply after the other."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._buffer = b""

    def read(self, patience: float) -> Reply:
        """The next reply; each part of it may take `patience` seconds.

        Raises OSError: nothing more comes, not in time, or without end.
        """
        lines: list[bytes] = []
        while len(lines) < _MOST_LINES:
            line = self._read_line(patience)
            lines.append(line[4:].strip(b" \t\r\n"))
            if line[3:4] != b"-" or not line[:3].isdigit():
                return (int(line[:3]) if line[:3].isdigit() else -1), b"\n".join(lines)
        raise smtplib.SMTPServerDisconnected("an answer of too many lines")

    def _read_line(self, patience: float) -> bytes:
        line, end, rest = self._buffer.partition(b"\n")
        while not end:
            if len(line) > _LONGEST_LINE:
                raise smtplib.SMTPServerDisconnected("a line that is too long")
            self._socket.settimeout(patience)
            data = self._socket.recv(_CHUNK)
            if not data:
                raise smtplib.SMTPServerDisconnected("the other side has hung up")
            line, end, rest = (line + data).partition(b"\n")
        self._buffer = rest
        return line
