"""Amazon SES through SNS. Pure.

What SNS sends and signs: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
What SES says in it: https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from publisher.bounces.codes import classify
from publisher.bounces.hooks.fields import dig, dig_text, make_bounce, parse_json
from publisher.model.bounce import Bounce, BounceKind

# Only regions: `sns.s3.amazonaws.com` would be what somebody has put into a bucket of the name sns.
_HOST = r"https://sns\.[a-z]{2,3}(?:-[a-z]{1,12}){1,3}-[0-9]{1,2}\.amazonaws\.com(?:\.cn)?/"
_CERTIFICATE = re.compile(_HOST + r"SimpleNotificationService-[A-Za-z0-9]{1,80}\.pem")
_SUBSCRIBE = re.compile(_HOST + r"\?Action=ConfirmSubscription&[A-Za-z0-9%&=:._-]{1,2000}")
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_SIGNED["UnsubscribeConfirmation"] = _SIGNED["SubscriptionConfirmation"]
_OURS = {"MessageTooLarge", "ContentRejected", "AttachmentRejected"}  # kinds of Transient that say nothing of a reader
_MOST_RECIPIENTS = 100


def text_to_sign(document: Any) -> bytes | None:
    """Names and values, a line each, as both versions of the signature take them. None for what SNS does not send."""
    names = _SIGNED.get(dig_text(document, "Type"))
    if names is None:
        return None
    lines = [f"{name}\n{document[name]}\n" for name in names if isinstance(document.get(name), str)]
    return "".join(lines).encode("utf-8", "replace")


def certificate_url(document: Any) -> str | None:
    """Where the certificate of the signature is, when that is Amazon's."""
    url = dig_text(document, "SigningCertURL")
    return url if _CERTIFICATE.fullmatch(url) else None


def subscribe_url(document: Any) -> str | None:
    """What to ask for, so that the topic sends here from now on, when that is Amazon's."""
    url = dig_text(document, "SubscribeURL")
    is_question = dig_text(document, "Type") == "SubscriptionConfirmation"
    return url if is_question and _SUBSCRIBE.fullmatch(url) else None


def read_ses(document: Any, keys: Sequence[bytes]) -> list[Bounce]:
    """Bounces and complaints of one notification, both those of a topic and of a configuration set."""
    event = parse_json(dig_text(document, "Message").encode("utf-8", "replace"))
    kind = dig_text(event, "notificationType") or dig_text(event, "eventType")
    if kind == "Bounce":
        return _read(event, "bounce", "bouncedRecipients", keys)
    return _read(event, "complaint", "complainedRecipients", keys) if kind == "Complaint" else []


def _read(event: Any, part: str, listed: str, keys: Sequence[bytes]) -> list[Bounce]:
    recipients = dig(event, part, listed)
    source = f"ses:{dig_text(event, part, 'feedbackId') or dig_text(event, 'mail', 'messageId')}"
    found = []
    for number, recipient in enumerate(recipients[:_MOST_RECIPIENTS] if isinstance(recipients, list) else []):
        address = dig_text(recipient, "emailAddress")
        code, text = dig_text(recipient, "status"), dig_text(recipient, "diagnosticCode")
        kind = _classify(event, code, text, address) if part == "bounce" else _classify_complaint(event)
        values = {"address": address, "code": code, "message_id": _message_id(event), "key": _key(event)}
        values["text"] = text or dig_text(event, part, "complaintFeedbackType")
        found.append(make_bounce(event, kind, f"{source}:{number}", keys, **values))
    return found


def _classify(event: Any, code: str, text: str, address: str) -> BounceKind:
    kind, detail = dig_text(event, "bounce", "bounceType"), dig_text(event, "bounce", "bounceSubType")
    if kind == "Permanent":
        found = classify(code, text, address) if text else BounceKind.HARD
        # SES itself calls an address dead for good, whatever one server has said; policy stays policy.
        return BounceKind.HARD if detail in {"NoEmail", "Suppressed", "OnAccountSuppressionList"} else found
    return BounceKind.POLICY if detail in _OURS else BounceKind.SOFT


def _classify_complaint(event: Any) -> BounceKind:
    is_praise = dig_text(event, "complaint", "complaintFeedbackType") == "not-spam"
    return BounceKind.NOTICE if is_praise else BounceKind.COMPLAINT


def _message_id(event: Any) -> str:
    """Ours, as SES got it; what it gave the message itself stands elsewhere."""
    headers = dig(event, "mail", "headers")
    for header in headers if isinstance(headers, list) else []:
        if dig_text(header, "name").lower() == "message-id":
            return dig_text(header, "value")
    return ""


def _key(event: Any) -> str:
    """Our tag, which events of a configuration set have: each tag is a list."""
    values = dig(event, "mail", "tags", "delivery")
    return values[0] if isinstance(values, list) and values and isinstance(values[0], str) else ""
