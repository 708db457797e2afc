"""Whether a subscriber meant what we were asked (W3C WebSub 5.3). Pure."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlencode

from publisher.model.hub import HubMode

LARGEST_ECHO = 2_000  # bytes


class Verdict(StrEnum):
    CONFIRMED = "confirmed"
    REFUSED = "refused"  # it says no, or does not know what we speak of
    UNREACHABLE = "unreachable"  # it may know, but not now


def make_verification_url(callback: str, mode: HubMode, topic: str, challenge: str, lease: timedelta) -> str:
    """What is asked with GET. A query that the callback has stays in front."""
    pairs = [("hub.mode", mode.value), ("hub.topic", topic), ("hub.challenge", challenge)]
    if mode is HubMode.SUBSCRIBE:
        pairs.append(("hub.lease_seconds", str(int(lease.total_seconds()))))
    return _add_query(callback, pairs)


def make_denial_url(callback: str, topic: str, reason: str) -> str:
    """WebSub 5.2: whoever asked is told that the subscription cannot be, or is over."""
    return _add_query(callback, [("hub.mode", HubMode.DENIED.value), ("hub.topic", topic), ("hub.reason", reason)])


def judge_echo(status: int, content: bytes, challenge: str) -> Verdict:
    """Only a 2xx with exactly the challenge confirms."""
    if 200 <= status < 300:
        is_echo = hmac.compare_digest(content, challenge.encode("ascii"))
        return Verdict.CONFIRMED if is_echo else Verdict.REFUSED
    return Verdict.UNREACHABLE if status >= 500 or status == 429 else Verdict.REFUSED


def _add_query(callback: str, pairs: Sequence[tuple[str, str]]) -> str:
    path, mark, query = callback.partition("?")
    joined = f"{query}&" if mark and query else ""
    return f"{path}?{joined}{urlencode(pairs)}"
