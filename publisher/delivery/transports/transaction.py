"""One SMTP transaction: MAIL, RCPT, DATA in one packet where the server allows it, then the content.

smtplib's own `sendmail` waits for every answer, and cannot tell a connection that broke before the last line (safe to
repeat) from one that broke after it (the message may have arrived).
"""

from __future__ import annotations

import smtplib
from collections.abc import Sequence

from publisher.delivery.transports.wire import LAST_LINE, clean_reply, mail_command, rcpt_command, stuff_dots
from publisher.model import Message, Outcome, Receipt

_Reply = tuple[int, bytes]

_SERVICE_CLOSING = 421  # may answer any command; the connection is over (RFC 5321 4.2.4.2)
_GO_AHEAD = 354


class SessionLost(Exception):
    """The connection broke, or what came back is not SMTP, before any content: nothing was sent.

    `sender_taken` says that MAIL had been accepted, so that the recipient may have been the reason.
    """

    def __init__(self, code: int, reply: str, *, sender_taken: bool) -> None:
        super().__init__(reply)
        self.code = code
        self.reply = reply
        self.sender_taken = sender_taken


def offer_envelope(connection: smtplib.SMTP, message: Message) -> Receipt | None:
    """None when the server now waits for the content, else the Receipt of its refusal.

    The connection is ready for the next message after a refusal, or closed (`connection.sock is None`).
    Raises SessionLost.
    """
    size = len(message.content) if connection.has_extn("size") else None
    commands = (mail_command(message.sender, size), rcpt_command(message.recipient), b"DATA\r\n")
    replies: list[_Reply] = []
    lost: SessionLost | None = None
    try:
        _converse(connection, commands, replies)
    except SessionLost as error:
        lost = error
    refusal = next((reply for reply in replies if reply[0] >= 400), None)
    if refusal is None:
        if lost is not None:
            raise lost
        return None
    if lost is not None:
        connection.close()
    else:
        _end_refused(connection, replies)
    return Receipt(Outcome.DEFERRED if refusal[0] < 500 else Outcome.FAILED, refusal[0], clean_reply(refusal[1]))


def send_content(connection: smtplib.SMTP, content: bytes, *, patience: float) -> Receipt:
    """Write the content the server waits for and read its verdict, for which it has `patience` seconds."""
    assert connection.sock is not None  # noqa: S101 - offer_envelope has just talked through it
    try:
        connection.sock.sendall(stuff_dots(content))
        # By itself: a write that raises has not left this machine whole, so the server cannot have seen the end.
        connection.sock.sendall(LAST_LINE)
    except OSError as error:
        connection.close()
        return Receipt(Outcome.DEFERRED, 0, f"the connection broke while the message was being written ({error})")
    connection.sock.settimeout(patience)
    try:
        code, text = connection.getreply()
    except OSError as error:  # smtplib's own errors are among these, its 500 for an endless line too
        connection.close()
        return Receipt(Outcome.UNCERTAIN, 0, f"no answer after the whole message was written ({error})")
    connection.sock.settimeout(connection.timeout)
    return _verdict(connection, code, text)


def _verdict(connection: smtplib.SMTP, code: int, text: bytes) -> Receipt:
    outcome = {2: Outcome.ACCEPTED, 4: Outcome.DEFERRED, 5: Outcome.FAILED}.get(code // 100)
    if outcome is None:
        connection.close()
        return Receipt(Outcome.UNCERTAIN, max(code, 0), f"not an answer: {clean_reply(text)}")
    return Receipt(outcome, code, clean_reply(text))


def _converse(connection: smtplib.SMTP, commands: Sequence[bytes], replies: list[_Reply]) -> None:
    """Say `commands` and collect `replies`, at most one each; without PIPELINING a refusal is the last.

    Raises SessionLost; what was collected until then stays.
    """
    grouped = connection.has_extn("pipelining")
    try:
        if grouped:
            connection.send(b"".join(commands))
        for command in commands:
            if not grouped:
                connection.send(command)
            reply = connection.getreply()
            _check_reply(reply, command, sender_taken=bool(replies))
            replies.append(reply)
            if reply[0] >= 400 and not grouped:
                return
    except OSError as error:
        raise SessionLost(0, str(error), sender_taken=bool(replies)) from error


def _check_reply(reply: _Reply, command: bytes, *, sender_taken: bool) -> None:
    code, text = reply
    if code == _SERVICE_CLOSING:
        raise SessionLost(code, clean_reply(text), sender_taken=sender_taken)
    is_yes = code == _GO_AHEAD if command == b"DATA\r\n" else 200 <= code < 300
    if not is_yes and not 400 <= code < 600:
        verb = command[:4].decode("ascii")
        raise SessionLost(max(code, 0), f"not an answer to {verb}: {clean_reply(text)}", sender_taken=sender_taken)


def _end_refused(connection: smtplib.SMTP, replies: Sequence[_Reply]) -> None:
    """Leave the connection ready for the next message, or closed."""
    try:
        if replies[-1][0] != _GO_AHEAD:
            code, _ = connection.docmd("RSET")
        elif replies[1][0] >= 400:
            # It waits for content though nobody is to have it: a lone dot ends that (RFC 2920 3.1).
            connection.send(LAST_LINE)
            code, _ = connection.getreply()
        else:  # the sender was refused and the recipient taken: a dot could be a message
            code = _SERVICE_CLOSING
    except OSError:
        code = _SERVICE_CLOSING
    if code == _SERVICE_CLOSING or code < 200:
        connection.close()
