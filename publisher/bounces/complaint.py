"""Complaints: the Abuse Reporting Format (RFC 5965), and Microsoft's older form without it. Pure."""

from __future__ import annotations

from email.message import Message

from publisher.bounces.dsn import Status
from publisher.bounces.letter import Letter, read_header
from publisher.model.bounce import BounceKind

# What a report may be that no reader has written (RFC 5965 7.3, RFC 6591, RFC 6692); all else is a complaint.
_NO_COMPLAINT = {"not-spam", "auth-failure", "dkim", "virus"}


def read_complaint(letter: Letter) -> Status | None:
    """The address is often left out or blackened; then the returned message has to say whose it was."""
    for part in letter.parts:
        if part.get_content_type() == "message/feedback-report":
            return _read_report(_fields(part))
    for part in letter.parts:
        recipient = read_header(part, "X-HmXmrOriginalRecipient")  # Microsoft's Junk Mail Reporting Program
        if recipient:
            return Status(BounceKind.COMPLAINT, recipient.strip("<>"), "", "abuse")
    return None


def _fields(part: Message) -> Message:
    payload = part.get_payload()
    return payload[0] if isinstance(payload, list) and payload and isinstance(payload[0], Message) else part


def _read_report(fields: Message) -> Status:
    kind = read_header(fields, "Feedback-Type").lower() or "abuse"
    address = read_header(fields, "Original-Rcpt-To") or read_header(fields, "Removal-Recipient")
    decided = BounceKind.NOTICE if kind in _NO_COMPLAINT else BounceKind.COMPLAINT
    return Status(decided, address.strip("<>"), "", kind)
