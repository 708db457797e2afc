"""A mail that came back -> what it says, whatever its form. Pure; it never raises.

In this order: a status notification, a complaint, somebody who asks to leave, an automatic answer, a report in plain
words. An address in a mail proves nothing, since anybody may write one; a signed address, a Message-ID and a token do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from publisher.addresses import find_bounce_address, find_notice_address, has_unsafe_characters
from publisher.bounces.autoreply import is_autoreply
from publisher.bounces.complaint import read_complaint
from publisher.bounces.dsn import Status, read_statuses
from publisher.bounces.letter import Letter, read_letter
from publisher.bounces.plain import is_report, read_plain
from publisher.model.bounce import Bounce, BounceKind

_MESSAGE_ID = re.compile(r"^[ \t>|]{0,8}Message-ID:\s{0,4}<([^<>\s]{1,250})>", re.IGNORECASE | re.MULTILINE)
_TOKEN = re.compile(r"unsubscribe(?:%20|=20|[ _:+-]){1,3}([A-Za-z0-9_-]{34})(?![A-Za-z0-9_-])", re.IGNORECASE)
_ADDRESSED = ("To", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To")
_LONGEST_TEXT = 500

# Of several recipients of one delivery, the mildest word counts: somebody else's copy may be the one that failed.
_MILDEST = (BounceKind.NOTICE, BounceKind.POLICY, BounceKind.SOFT, BounceKind.HARD)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What of the message that was sent stands in a report."""

    delivery: tuple[int, int] | None = None
    message_id: str = ""
    token: str = ""
    notice: int | None = None


def read_bounces(content: bytes, keys: Sequence[bytes]) -> list[Bounce]:
    """At least one. `keys` are those that bounce addresses may be signed with. Bytes beyond a limit are not read."""
    letter = read_letter(content)
    try:
        statuses = _read(letter)
        evidence = _find_evidence(letter, keys)
        source = letter.digest
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError):
        # Python's parser has a way of its own to fail for many a mail that is none.
        statuses, evidence, source = [Status(BounceKind.UNKNOWN, "", "", "")], Evidence(), letter.fallback
    if (evidence.delivery or evidence.notice) and len(statuses) > 1:
        statuses = [min(statuses, key=lambda status: _MILDEST.index(status.kind) if status.kind in _MILDEST else 9)]
    return [_make(status, evidence, f"mail:{source}:{number}") for number, status in enumerate(statuses)]


def _read(letter: Letter) -> list[Status]:
    statuses = read_statuses(letter)
    if statuses:
        return statuses
    complaint = read_complaint(letter)
    if complaint is not None:
        return [complaint]
    is_from_server = is_report(letter)
    if not is_from_server and _asks_to_leave(letter):
        return [Status(BounceKind.UNSUBSCRIBE, "", "", "")]
    if not is_from_server and is_autoreply(letter):
        return [Status(BounceKind.AUTOREPLY, "", "", letter.header("Subject"))]
    return read_plain(letter) if is_from_server else [Status(BounceKind.UNKNOWN, "", "", letter.header("Subject"))]


def _asks_to_leave(letter: Letter) -> bool:
    return any(_TOKEN.search(letter.header(name)) for name in ("Subject", "To"))


def _find_evidence(letter: Letter, keys: Sequence[bytes]) -> Evidence:
    addressed = [value for name in _ADDRESSED for value in map(str, letter.message.get_all(name, []))]
    texts = ["\n".join(addressed)[:10_000], letter.header("Subject"), letter.body, *letter.texts]
    delivery = next((found for text in texts if (found := find_bounce_address(text, keys))), None)
    notice = next((number for text in texts if (number := find_notice_address(text, keys))), None)
    # The message's own Message-ID is that of the report; what it returns has the other.
    ids = (match[1] for text in texts[2:] if (match := _MESSAGE_ID.search(text)))
    tokens = (match[1] for text in texts if (match := _TOKEN.search(text)))
    return Evidence(delivery, next(ids, ""), next(tokens, ""), notice)


def _make(status: Status, evidence: Evidence, source_id: str) -> Bounce:
    address = "" if has_unsafe_characters(status.address) else status.address[:254]
    return Bounce(
        kind=status.kind,
        source_id=source_id,
        delivery=evidence.delivery,
        address=address,
        code=status.code,
        text=" ".join(status.text.split())[:_LONGEST_TEXT],
        message_id=evidence.message_id,
        token=evidence.token,
        notice=evidence.notice,
    )
