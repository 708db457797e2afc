"""What mail services send, as their documentation has it, with keys and certificates of our own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from publisher.bounces.hooks.ses import text_to_sign

TOPIC = "arn:aws:sns:ap-northeast-1:123456789012:bounces"
CERTIFICATE_URL = "https://sns.ap-northeast-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
SUBSCRIBE_URL = f"https://sns.ap-northeast-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f"
MAILGUN_KEY = "a-signing-key"
LOGIN = "postmark:a-long-password-for-tests"
READER = "taro@reader.example"


@cache
def amazon() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def certificate(now: datetime, key: rsa.RSAPrivateKey | None = None) -> bytes:
    """Valid a day before and after `now`."""
    key = key or amazon()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.example")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = (
        builder.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    )
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM)


def sns(message: Any = "", kind: str = "Notification", version: str = "2", **changes: str) -> dict[str, str]:
    """A signed message of SNS. `changes` are made before it is signed."""
    document = {
        "Type": kind,
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Message": message if isinstance(message, str) else json.dumps(message, ensure_ascii=False),
        "Timestamp": "2026-11-20T03:00:00.000Z",
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE_URL,
    }
    if kind != "Notification":
        document |= {"Token": "2336412f", "SubscribeURL": SUBSCRIBE_URL}
    document |= changes
    signed = text_to_sign(document) or b""
    algorithm = SHA1() if version == "1" else SHA256()  # noqa: S303 - as SNS has it
    document["Signature"] = base64.b64encode(amazon().sign(signed, padding.PKCS1v15(), algorithm)).decode()
    return document


def ses_bounce(
    kind: str = "Permanent",
    detail: str = "General",
    status: str = "5.1.1",
    said: str = "smtp; 550 5.1.1 user unknown",
    **mail: Any,
) -> dict[str, Any]:
    recipient = {"emailAddress": READER, "status": status, "action": "failed", "diagnosticCode": said}
    bounce = {"bounceType": kind, "bounceSubType": detail, "bouncedRecipients": [recipient], "feedbackId": "0100-f"}
    return {"notificationType": "Bounce", "bounce": bounce, "mail": {"messageId": "0100-m", **mail}}


def ses_complaint(kind: str = "abuse", **mail: Any) -> dict[str, Any]:
    complaint = {"complainedRecipients": [{"emailAddress": READER}], "complaintFeedbackType": kind, "feedbackId": "c-1"}
    return {"eventType": "Complaint", "complaint": complaint, "mail": {"messageId": "0100-m", **mail}}


def mailgun(now: datetime, **event: Any) -> dict[str, Any]:
    timestamp = str(int(now.timestamp()))
    signature = hmac.new(MAILGUN_KEY.encode(), f"{timestamp}token".encode(), hashlib.sha256).hexdigest()
    status = {"code": 550, "enhanced-code": "5.1.1", "message": "5.1.1 user unknown"}
    data = {
        "event": "failed",
        "severity": "permanent",
        "id": "G9Bn5sl1",
        "recipient": READER,
        "delivery-status": status,
    }
    signed = {"timestamp": timestamp, "token": "token", "signature": signature}
    return {"signature": signed, "event-data": data | event}


def postmark(**changes: Any) -> dict[str, Any]:
    document = {"RecordType": "Bounce", "ID": 42, "Type": "HardBounce", "TypeCode": 1, "Email": READER}
    return document | {"Details": "smtp;550 5.1.1 user unknown", "MessageID": "883953f4"} | changes


def sendgrid(**changes: Any) -> dict[str, Any]:
    event = {"email": READER, "event": "bounce", "type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 unknown"}
    return event | {"sg_event_id": "ZGVmZXJ", "smtp-id": "<a@note.example>", "timestamp": 1} | changes


@cache
def twilio() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def twilio_public() -> str:
    der = twilio().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def sign_sendgrid(body: bytes, now: datetime) -> dict[str, str]:
    """The headers."""
    timestamp = str(int(now.timestamp()))
    signature = twilio().sign(timestamp.encode() + body, ec.ECDSA(SHA256()))
    return {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
    }
