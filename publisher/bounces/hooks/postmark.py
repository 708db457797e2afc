"""Postmark's webhooks, which are not signed: who may call is known by a password (HTTP Basic). Pure.

https://postmarkapp.com/developer/webhooks/bounce-webhook, …/spam-complaint-webhook, …/subscription-change-webhook
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from typing import Any

from publisher.bounces.hooks.fields import dig, dig_text, make_bounce
from publisher.model.bounce import Bounce, BounceKind

# Types of https://postmarkapp.com/developer/api/bounce-api; one that is not here counts as soft.
_KINDS = {
    "HardBounce": BounceKind.HARD,
    "BadEmailAddress": BounceKind.HARD,
    "ManuallyDeactivated": BounceKind.HARD,
    "SpamComplaint": BounceKind.COMPLAINT,
    "Unsubscribe": BounceKind.UNSUBSCRIBE,
    "SpamNotification": BounceKind.POLICY,
    "VirusNotification": BounceKind.POLICY,
    "Blocked": BounceKind.POLICY,
    "DMARCPolicy": BounceKind.POLICY,
    "OpenRelayTest": BounceKind.POLICY,
    "SMTPApiError": BounceKind.POLICY,
    "InboundError": BounceKind.NOTICE,
    "TemplateRenderingFailed": BounceKind.NOTICE,
    "AutoResponder": BounceKind.AUTOREPLY,
    "AddressChange": BounceKind.NOTICE,
    "ChallengeVerification": BounceKind.NOTICE,
    "Subscribe": BounceKind.NOTICE,
    "Unconfirmed": BounceKind.NOTICE,
}


def may_call(header: str, login: str) -> bool:
    """`header` is Authorization, `login` is user:password."""
    wanted = "Basic " + base64.b64encode(login.encode("utf-8")).decode("ascii")
    return hmac.compare_digest(header.strip().encode("utf-8", "replace"), wanted.encode("ascii"))


def read_postmark(document: Any, keys: Sequence[bytes]) -> list[Bounce]:
    record = dig_text(document, "RecordType") or "Bounce"
    address = dig_text(document, "Email") or dig_text(document, "Recipient")
    text = dig_text(document, "Details") or dig_text(document, "Description")
    if record in {"Bounce", "SpamComplaint"} and dig_text(document, "ID"):
        kind = _KINDS.get(dig_text(document, "Type") or record, BounceKind.SOFT)
        source = f"postmark:{dig_text(document, 'ID')}"
    elif record == "SubscriptionChange" and dig(document, "SuppressSending") is True:
        kind = _KINDS.get(dig_text(document, "SuppressionReason"), BounceKind.UNSUBSCRIBE)
        source = f"postmark:change:{dig_text(document, 'MessageID')}:{dig_text(document, 'ChangedAt')}"
    else:
        return []
    key = dig_text(document, "Metadata", "delivery")
    return [make_bounce(document, kind, source, keys, address=address, text=text, key=key)]
