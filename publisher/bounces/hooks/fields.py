"""Values out of JSON that may be anything, and the bounce that they make. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from publisher.addresses import find_bounce_address, find_notice_address, problem_with_reader
from publisher.model.bounce import Bounce, BounceKind

LARGEST_BODY = 1_000_000  # bytes; a batch of SendGrid's is the largest there is
_LONGEST_TEXT = 500
_LONGEST_KEY = 40


def parse_json(body: bytes) -> Any:
    """None for what is no JSON, or nested beyond all measure."""
    try:
        return json.loads(body[: LARGEST_BODY + 1])
    except (ValueError, RecursionError):
        return None


def dig(value: Any, *path: str) -> Any:
    """The value at the end of a path of keys; None when a part of it is not there."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def dig_text(value: Any, *path: str) -> str:
    """As `dig`; a number as text, anything else is ""."""
    found = dig(value, *path)
    return str(found).strip() if isinstance(found, str | int) and not isinstance(found, bool) else ""


def make_bounce(event: Any, kind: BounceKind, source_id: str, keys: Sequence[bytes], **values: str) -> Bounce:
    """A report that its reporter has proved. `event` may have a signed address anywhere in it.

    `values`: `address`, `code`, `text`, `message_id` and `key`, as far as they are known.
    """
    address, whole = values.get("address", "").strip("<> "), json.dumps(event, ensure_ascii=False)
    return Bounce(
        kind=kind,
        source_id=source_id[:200],
        delivery=find_bounce_address(whole, keys),
        address="" if problem_with_reader(address) else address,
        code=values.get("code", "")[:20],
        text=" ".join(values.get("text", "")[: 4 * _LONGEST_TEXT].split())[:_LONGEST_TEXT],
        message_id=values.get("message_id", "").strip("<> ")[:250],
        is_trusted=True,
        notice=find_notice_address(whole, keys),
        key=values.get("key", "")[:_LONGEST_KEY],
    )
