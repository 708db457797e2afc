"""SendGrid's event webhook. Pure.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from publisher.bounces.codes import classify
from publisher.bounces.hooks.fields import dig_text, make_bounce
from publisher.model.bounce import Bounce, BounceKind

SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"
# It tries for 24 hours: https://docs.sendgrid.com/for-developers/tracking-events/troubleshooting
WINDOW = timedelta(hours=25)
_MOST_EVENTS = 5000
_NAMES = {
    "spamreport": BounceKind.COMPLAINT,
    "unsubscribe": BounceKind.UNSUBSCRIBE,
    "group_unsubscribe": BounceKind.UNSUBSCRIBE,
    "deferred": BounceKind.NOTICE,
}
_DROPPED = {
    "bounced address": BounceKind.HARD,
    "invalid": BounceKind.HARD,
    "spam reporting address": BounceKind.COMPLAINT,
    "unsubscribed address": BounceKind.UNSUBSCRIBE,
}


def read_sendgrid(document: Any, keys: Sequence[bytes]) -> list[Bounce]:
    """Of a batch of events those that say something of a reader."""
    found = []
    for event in document[:_MOST_EVENTS] if isinstance(document, list) else []:
        kind = _classify(event)
        source = dig_text(event, "sg_event_id")
        if kind is not None and source:
            values = {
                "address": dig_text(event, "email"),
                "code": dig_text(event, "status"),
                "text": dig_text(event, "reason") or dig_text(event, "response"),
                "message_id": dig_text(event, "smtp-id"),
            }
            found.append(make_bounce(event, kind, f"sendgrid:{source}", keys, **values))
    return found


def _classify(event: Any) -> BounceKind | None:
    name, reason = dig_text(event, "event"), dig_text(event, "reason")
    if name == "bounce":
        kind = classify(dig_text(event, "status"), reason, dig_text(event, "email"))
        # "blocked" is SendGrid's word for a refusal that is not about the address.
        is_blocked = dig_text(event, "type") == "blocked"
        return BounceKind.SOFT if is_blocked and kind is BounceKind.HARD else kind
    if name == "dropped":
        return _DROPPED.get(reason.lower(), BounceKind.POLICY)
    return _NAMES.get(name)
