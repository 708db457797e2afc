"""Mailgun's webhooks. Pure.

Signature: https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
Events: https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhook-payloads
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from publisher.bounces.codes import classify
from publisher.bounces.hooks.fields import dig, dig_text, make_bounce
from publisher.model.bounce import Bounce, BounceKind

# It tries for eight hours: https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhook-retries
_WINDOW = timedelta(hours=12)
_REASONS = {
    "suppress-bounce": BounceKind.HARD,
    "suppress-complaint": BounceKind.COMPLAINT,
    "suppress-unsubscribe": BounceKind.UNSUBSCRIBE,
}


def is_signed(document: Any, key: bytes, now: datetime) -> bool:
    """HMAC of timestamp and token, not too old and not from the future."""
    timestamp, token = dig_text(document, "signature", "timestamp"), dig_text(document, "signature", "token")
    wanted = hmac.new(key, f"{timestamp}{token}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()
    given = dig_text(document, "signature", "signature")
    return hmac.compare_digest(wanted.encode(), given.encode("utf-8", "replace")) and is_recent(timestamp, now, _WINDOW)


def is_recent(timestamp: str, now: datetime, window: timedelta) -> bool:
    """Seconds since 1970 in words."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12):
        return False
    return abs(now.timestamp() - int(timestamp)) <= window.total_seconds()


def read_mailgun(document: Any, keys: Sequence[bytes]) -> list[Bounce]:
    event = dig(document, "event-data")
    status = dig(event, "delivery-status")
    text = dig_text(status, "message") or dig_text(status, "description")
    code, address = dig_text(status, "enhanced-code"), dig_text(event, "recipient")
    kind = _classify(event, code, text or dig_text(status, "code"), address)
    if kind is None or not dig_text(event, "id"):
        return []
    message_id = dig_text(event, "message", "headers", "message-id")
    values = {"address": address, "code": code, "text": text, "message_id": message_id}
    values["key"] = dig_text(event, "user-variables", "delivery")
    return [make_bounce(event, kind, f"mailgun:{dig_text(event, 'id')}", keys, **values)]


def _classify(event: Any, code: str, text: str, address: str) -> BounceKind | None:
    """None for what is no report of a failure."""
    name = dig_text(event, "event")
    if name == "failed":
        if dig_text(event, "severity") == "temporary":
            return BounceKind.NOTICE
        return _REASONS.get(dig_text(event, "reason")) or classify(code, text, address)
    return {"complained": BounceKind.COMPLAINT, "unsubscribed": BounceKind.UNSUBSCRIBE}.get(name)
