"""Delivery status notifications (RFC 3464, and RFC 6533 for addresses beyond ASCII). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message

from publisher.bounces.codes import classify, find_code
from publisher.bounces.letter import Letter, read_header
from publisher.model.bounce import BounceKind

_TYPES = {"message/delivery-status", "message/global-delivery-status"}
_MOST_RECIPIENTS = 100


@dataclass(frozen=True, slots=True)
class Status:
    """What became of one recipient."""

    kind: BounceKind
    address: str
    code: str
    text: str


def read_statuses(letter: Letter) -> list[Status]:
    """One for each recipient of a notification, in its order; none for a mail that is no notification."""
    found: list[Status] = []
    for part in letter.parts:
        if part.get_content_type() in _TYPES:
            found += (_read_block(block) for block in _blocks(part) if _is_recipient(block))
    return found[:_MOST_RECIPIENTS]


def _blocks(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [block for block in payload if isinstance(block, Message)] if isinstance(payload, list) else []


def _is_recipient(block: Message) -> bool:
    return any(name in block for name in ("Final-Recipient", "Original-Recipient", "Action", "Status"))


def _read_block(block: Message) -> Status:
    # The original address is the one we wrote to; the final one may be where a reader's mail goes on to.
    address = _value(block, "Original-Recipient") or _value(block, "Final-Recipient")
    text = _value(block, "Diagnostic-Code") or read_header(block, "Status")
    said = find_code(text)
    written = find_code(read_header(block, "Status"))
    # 5.0.0 says no more than "no"; the answer of the other server often does.
    code = said if said and (not written or written.endswith(".0.0")) else written
    action = read_header(block, "Action").lower().split(" ")[0]
    is_final = action == "failed" or (not action and code.startswith("5."))
    kind = classify(code, text, address) if is_final else BounceKind.NOTICE
    return Status(kind, address, code, text)


def _value(block: Message, name: str) -> str:
    """What follows the type: `rfc822; taro@example.com`."""
    value = read_header(block, name)
    kind, semicolon, rest = value.partition(";")
    return (rest if semicolon and " " not in kind.strip() else value).strip().strip("<>")
