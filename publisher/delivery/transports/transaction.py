"""SMTP transactions on an open connection: MAIL, RCPT, DATA in one packet where the server allows it, then the content.

The content may take the next envelope along (RFC 2920 3.1), so that a message costs one round trip. smtplib's own
`sendmail` waits for every answer, and cannot tell a connection that broke before the last line (safe to repeat) from
one that broke after it (the message may have arrived).
"""

from __future__ import annotations

import smtplib
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress

from publisher.delivery.steps import Ready, Steps
from publisher.delivery.transports.extensions import Extensions, envelope_commands, find_problem
from publisher.delivery.transports.replies import Replies
from publisher.delivery.transports.settings import SmtpSettings
from publisher.delivery.transports.wire import LAST_LINE, Reply, clean_reply, enhanced_code, stuff_dots
from publisher.model.message import Message, Outcome, Receipt

_SERVICE_CLOSING = 421  # may answer any command; the connection is over (RFC 5321 4.2.4.2)
_GO_AHEAD = 354
# Time goes on while the machine sleeps, and a lease with it.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_CHUNK = 16384


class SessionLost(Exception):
    """The connection broke, or what came back is not SMTP, before any content: nothing was sent.

    `sender_taken` says that MAIL had been accepted, so that the recipient may have been the reason.
    """

    def __init__(self, code: int, reply: str, *, sender_taken: bool) -> None:
        super().__init__(reply)
        self.code = code
        self.reply = reply
        self.sender_taken = sender_taken


class Dialogue:
    """What is said on one connection, after `open_session`, in steps. `offered` counts envelopes."""

    def __init__(self, connection: smtplib.SMTP, settings: SmtpSettings) -> None:
        assert connection.sock is not None  # noqa: S101 - open_session has just talked through it
        self._connection = connection
        self._socket = connection.sock
        self._socket.settimeout(0)
        self._is_tls = isinstance(connection.sock, ssl.SSLSocket)
        self._settings = settings
        self._extensions = Extensions.read(connection.esmtp_features)
        self._replies = Replies()
        self._said: Message | None = None
        self._said_commands: tuple[bytes, ...] = ()
        self.offered = 0
        self.is_open = True

    def offer(self, message: Message) -> Steps[Receipt | None]:
        """None when the server now waits for the content, else the Receipt of its refusal.

        The connection is ready for the next message after a refusal, or closed. Raises SessionLost.
        """
        problem = find_problem(self._extensions, message)
        if problem is not None:
            return self._receipt(Outcome.FAILED, problem)
        replies: list[Reply] = []
        lost: SessionLost | None = None
        try:
            yield from self._converse(message, replies)
        except SessionLost as error:
            lost = error
        refusal = next((reply for reply in replies if reply[0] >= 400), None)
        if refusal is None:
            if lost is not None:
                raise lost
            return None
        if lost is not None:
            self.close()
        else:
            yield from self._end_refused(replies)
        return self._receipt(Outcome.DEFERRED if refusal[0] < 500 else Outcome.FAILED, refusal)

    def deliver(self, message: Message, following: Message | None) -> Steps[Receipt]:
        """Write the content that the server waits for, and the envelope of `following`; read the verdict."""
        body = message.content if message.is_plain else stuff_dots(message.content)
        if following is not None and not self.can_precede(following):
            following = None
        commands = () if following is None else envelope_commands(self._extensions, following)
        needed = len(body) + len(LAST_LINE)
        sent, trouble = yield from self._write(body, b"".join((LAST_LINE, *commands)), needed)
        if sent < needed:
            # The last line has not left this machine, so the server cannot have seen the end.
            self.close()
            words = f"the connection broke while the message was being written ({trouble})"
            return Receipt(Outcome.DEFERRED, 0, words, self._settings.address)
        try:
            reply = yield from self._read(self._settings.final_timeout)
        except OSError as error:
            self.close()
            words = f"no answer after the whole message was written ({error})"
            return Receipt(Outcome.UNCERTAIN, 0, words, self._settings.address)
        receipt = self._verdict(reply)
        if trouble is not None:
            self.close()
        elif self.is_open and following is not None:
            self._said, self._said_commands = following, commands
            self.offered += 1
        return receipt

    def can_precede(self, message: Message) -> bool:
        """Whether the envelope of `message` may be sent before it is its turn."""
        return (
            self._extensions.pipelining
            and self.offered < self._settings.recycle
            and find_problem(self._extensions, message) is None
        )

    @property
    def is_ahead(self) -> bool:
        """An envelope has been sent whose answers have not been read."""
        return self._said is not None

    def awaits(self, message: Message) -> bool:
        """False: an envelope that was sent ahead is that of another message; nothing else can be said here."""
        return self._said is None or self._said is message

    def close(self) -> None:
        self.is_open = False
        self._said = None
        self._connection.close()

    def quit(self) -> Steps[None]:
        """QUIT, without waiting long for the answer; where a content is waited for, there is no word but hanging up."""
        if self.is_open and self._said is None:
            with suppress(OSError):
                yield from self._say(b"QUIT\r\n")
                yield from self._read(min(5.0, self._settings.timeout))
        self.close()

    def _converse(self, message: Message, replies: list[Reply]) -> Steps[None]:
        """Say the envelope and collect the replies, at most one each; without PIPELINING a refusal is the last.

        Raises SessionLost; what was collected until then stays.
        """
        is_said, self._said = self._said is message, None
        commands = self._said_commands if is_said else envelope_commands(self._extensions, message)
        grouped = self._extensions.pipelining
        try:
            if not is_said:
                self.offered += 1
                if grouped:
                    yield from self._say(b"".join(commands))
            for command in commands:
                if not grouped:
                    yield from self._say(command)
                reply = self._replies.take() or (yield from self._read(self._settings.timeout))
                _check_reply(reply, command, sender_taken=bool(replies))
                replies.append(reply)
                if reply[0] >= 400 and not grouped:
                    return
        except OSError as error:
            raise SessionLost(0, str(error), sender_taken=bool(replies)) from error

    # ------------------------------------------------------------------------------- the connection

    def _read(self, patience: float) -> Steps[Reply]:
        """The next reply; each part of it may take `patience` seconds.

        Raises OSError: nothing more comes, not in time, or without end.
        """
        while (reply := self._replies.take()) is None:
            self._replies.feed((yield from self._receive(patience)))
        return reply

    def _receive(self, patience: float) -> Steps[bytes]:
        if not self._is_tls:  # there, what came may lie in the library already, and nothing more is to come
            yield Ready(self._socket, patience)
        while True:
            try:
                return self._socket.recv(_CHUNK)
            except (BlockingIOError, ssl.SSLWantReadError):
                yield Ready(self._socket, patience)
            except ssl.SSLWantWriteError:
                yield Ready(self._socket, patience, for_writing=True)

    def _say(self, commands: bytes) -> Steps[None]:
        while commands:
            sent = yield from self._send(commands)
            commands = commands[sent:]

    def _write(self, body: bytes, rest: bytes, needed: int) -> Steps[tuple[int, OSError | None]]:
        """How many bytes of both have left, and what kept back the others; `needed` of them within a start's lease."""
        sent = 0
        latest = time.clock_gettime(_CLOCK) + self._settings.write_timeout
        if latest < time.clock_gettime(_CLOCK):
            return 0, self._too_late()
        try:
            if not self._is_tls:
                with suppress(BlockingIOError):
                    sent = self._socket.sendmsg((body, rest))  # without a copy of them that is in one piece
            if sent == len(body) + len(rest):
                return sent, None
            view = memoryview(body + rest)
            while sent < len(view):
                if sent < needed and time.clock_gettime(_CLOCK) > latest:
                    return sent, self._too_late()
                sent += yield from self._send(view[sent:])
        except OSError as error:
            return sent, error
        return sent, None

    def _too_late(self) -> TimeoutError:
        return TimeoutError(f"not written within {self._settings.write_timeout:g} s")

    def _send(self, data: bytes | memoryview) -> Steps[int]:
        """How many of these bytes have left: as many as there was room for."""
        while True:
            try:
                return self._socket.send(data)
            except (BlockingIOError, ssl.SSLWantWriteError):
                yield Ready(self._socket, self._settings.timeout, for_writing=True)
            except ssl.SSLWantReadError:
                yield Ready(self._socket, self._settings.timeout)

    # ------------------------------------------------------------------------------- what is made of the answers

    def _verdict(self, reply: Reply) -> Receipt:
        code, text = reply
        outcome = {2: Outcome.ACCEPTED, 4: Outcome.DEFERRED, 5: Outcome.FAILED}.get(code // 100)
        if outcome is None:
            self.close()
            words = f"not an answer: {clean_reply(text)}"
            return Receipt(Outcome.UNCERTAIN, max(code, 0), words, self._settings.address)
        if code == _SERVICE_CLOSING:
            self.close()
        return self._receipt(outcome, reply)

    def _receipt(self, outcome: Outcome, reply: Reply) -> Receipt:
        code, text = reply
        return Receipt(outcome, code, clean_reply(text), self._settings.address, enhanced_code(code, text))

    def _end_refused(self, replies: Sequence[Reply]) -> Steps[None]:
        """Leave the connection ready for the next message, or closed."""
        code = _SERVICE_CLOSING
        with suppress(OSError):
            if replies[-1][0] != _GO_AHEAD:
                yield from self._say(b"RSET\r\n")
                code, _ = yield from self._read(self._settings.timeout)
            elif replies[1][0] >= 400:
                # It waits for content though nobody is to have it: a lone dot ends that (RFC 2920 3.1).
                yield from self._say(LAST_LINE)
                code, _ = yield from self._read(self._settings.timeout)
            # Else the sender was refused and the recipient taken: a dot could be a message.
        if code == _SERVICE_CLOSING or code < 200:
            self.close()


def _check_reply(reply: Reply, command: bytes, *, sender_taken: bool) -> None:
    code, text = reply
    if code == _SERVICE_CLOSING:
        raise SessionLost(code, clean_reply(text), sender_taken=sender_taken)
    is_yes = code == _GO_AHEAD if command == b"DATA\r\n" else 200 <= code < 300
    if not is_yes and not 400 <= code < 600:
        verb = command[:4].decode("ascii")
        raise SessionLost(max(code, 0), f"not an answer to {verb}: {clean_reply(text)}", sender_taken=sender_taken)
