"""Signed words for links and addresses, and identifiers nobody can guess. Pure.

A token is bound to its purpose, so that one made for leaving can never be used for anything else. It has 34
characters, letters, digits, `-` and `_`, always: a fixed width keeps every message of an issue the same length.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

UNSUBSCRIBE = "unsubscribe"
_ID_BYTES = 6
_NAME_BYTES = 6
_MAC_BYTES = 12


def sign(key: bytes, purpose: str, subscriber_id: int, newsletter: str) -> str:
    """key id (1 byte), subscriber (6), newsletter (6, hashed), signature (12), in URL-safe base64."""
    payload = _key_id(key) + subscriber_id.to_bytes(_ID_BYTES, "big") + _short(newsletter)
    return _encode(payload + _mac(key, purpose, payload))


def verify(key: bytes, purpose: str, token: str, newsletters: list[str]) -> tuple[int, str] | None:
    """(subscriber id, newsletter), or None for anything this key did not sign for this purpose."""
    raw = _decode(token)
    if raw is None:
        return None
    payload, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if len(payload) != 1 + _ID_BYTES + _NAME_BYTES or not hmac.compare_digest(mac, _mac(key, purpose, payload)):
        return None
    for name in newsletters:
        if _short(name) == payload[1 + _ID_BYTES :]:
            return int.from_bytes(payload[1 : 1 + _ID_BYTES], "big"), name
    return None


def message_id(key: bytes, issue_id: int, subscriber_id: int, domain: str) -> str:
    """Without the angle brackets; the same on every attempt, and says nothing about the person."""
    digest = hmac.new(key, f"message-id\0{issue_id}\0{subscriber_id}".encode(), hashlib.sha256).hexdigest()
    return f"{digest[:32]}@{domain}"


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def _decode(token: str) -> bytes | None:
    """Only the one spelling that `_encode` makes: base64 leaves bits over in its last letter, and takes + for -."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    return raw if _encode(raw) == token else None


def _key_id(key: bytes) -> bytes:
    """Tells which key signed, once keys rotate."""
    return hashlib.sha256(b"key-id\0" + key).digest()[:1]


def _short(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8")).digest()[:_NAME_BYTES]


def _mac(key: bytes, purpose: str, payload: bytes) -> bytes:
    return hmac.new(key, purpose.encode("ascii") + b"\0" + payload, hashlib.sha256).digest()[:_MAC_BYTES]
