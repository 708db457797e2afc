"""How a changed feed is sent to a subscriber, and what the answer means (W3C WebSub 7 and 8). Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from enum import StrEnum


class SendOutcome(StrEnum):
    TAKEN = "taken"
    LATER = "later"
    GONE = "gone"  # 410: the subscription is over


def make_headers(media_type: str, topic: str, hubs: Sequence[str], secret: str, content: bytes) -> dict[str, str]:
    links = [f'<{hub}>; rel="hub"' for hub in hubs] + [f'<{topic}>; rel="self"']
    headers = {"Content-Type": f"{media_type}; charset=utf-8", "Link": ", ".join(links)}
    if secret:
        headers["X-Hub-Signature"] = sign(secret, content)
    return headers


def sign(secret: str, content: bytes) -> str:
    """SHA-256 of what WebSub 8 lists: the strongest that subscribers can be expected to know, and SHA-1 is no more."""
    return "sha256=" + hmac.new(secret.encode("utf-8"), content, hashlib.sha256).hexdigest()


def judge_send(status: int) -> SendOutcome:
    if 200 <= status < 300:
        return SendOutcome.TAKEN
    return SendOutcome.GONE if status == 410 else SendOutcome.LATER
