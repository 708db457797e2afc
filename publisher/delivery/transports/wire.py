"""Messages, commands and replies as bytes. Pure."""

from __future__ import annotations

import re

from publisher.addresses import envelope_form, is_plain, normalise, problem_with, problem_with_reader
from publisher.errors import TransportRefused
from publisher.model.message import Message, Outcome, Receipt

Reply = tuple[int, bytes]  # code, -1 when the line does not begin with one, and the lines of text

LONGEST_REPLY = 500
LAST_LINE = b".\r\n"

_ENHANCED = re.compile(rb"([245])\.(\d{1,3})\.(\d{1,3})(?=\s|$)")
_ODD_DOTS = re.compile(r"^\.|\.\.|\.@")  # make a local part that has to be quoted
_STRAY_LINE_END = re.compile(rb"\r\n|\r|\n")
# C0, DEL, C1, separators and bidirectional controls: nothing a terminal or a log line could stumble over.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def refuse_addresses(message: Message) -> Receipt | None:
    """A FAILED Receipt when the recipient must not stand in a command or a header (RFC 5321 4.1.2), else None.

    Raises TransportRefused when the sender must not: that is wrong for every message alike.
    """
    if message.sender and (problem := problem_with(message.sender)):
        raise TransportRefused(f"the sender address {message.sender!r} {problem}; correct it in config.yaml")
    if problem := problem_with_reader(message.recipient):
        return Receipt(Outcome.FAILED, 0, f"the address {problem}")
    return None


def mail_command(sender: str, parameters: bytes = b"") -> bytes:
    return b"MAIL FROM:" + _path(sender) + parameters + b"\r\n"


def rcpt_command(recipient: str, parameters: bytes = b"") -> bytes:
    return b"RCPT TO:" + _path(recipient) + parameters + b"\r\n"


def stuff_dots(content: bytes) -> bytes:
    """`content` as it stands between DATA and the last line (RFC 5321 4.5.2): whole lines, no line a lone dot.

    Bare CR and LF become CRLF: servers that disagree on what they mean can be made to see a second message
    (RFC 5321 2.3.8).
    """
    pairs = content.count(b"\r\n")
    if content.count(b"\n") != pairs or content.count(b"\r") != pairs:
        content = _STRAY_LINE_END.sub(b"\r\n", content)
    if content and not content.endswith(b"\r\n"):
        content += b"\r\n"
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


def enhanced_code(code: int, text: bytes) -> str:
    """The status code of RFC 3463 that a reply begins with (RFC 2034), `5.1.1`; "" without one that fits `code`."""
    if not text[:1].isdigit():
        return ""
    match = _ENHANCED.match(text)
    if match is None or int(match[1]) != code // 100:
        return ""
    return f"{int(match[1])}.{int(match[2])}.{int(match[3])}"


def clean_reply(reply: bytes) -> str:
    """A server's words on one line, fit for a table and a terminal."""
    text = reply.decode("utf-8", "replace")
    if text.isascii() and text.isprintable():  # as nearly all are
        return text.strip()[:LONGEST_REPLY]
    lines = (_CONTROLS.sub(" ", line).strip() for line in text.split("\n"))
    return " / ".join(line for line in lines if line)[:LONGEST_REPLY]


def _path(email: str) -> bytes:
    """`<address>`; `<>` is the sender of mail that nobody must answer (RFC 5321 4.5.5)."""
    if is_plain(email) and not _ODD_DOTS.search(email):  # nearly all are; twice for each message
        return b"<%b>" % email.encode("ascii")
    return b"<" + (envelope_form(normalise(email)).encode("utf-8") if email else b"") + b">"
