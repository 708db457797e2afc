"""Signed words for links and addresses, keyed hashes, and identifiers nobody can guess. Pure.

A token is bound to its purpose, so that one made for leaving can never be used for anything else. It has letters,
digits, `-` and `_`, and always as many of them (34, or 32 with an end): a fixed width keeps every message of an issue
the same length. Keys rotate: the first one signs, and what one of the others has signed is good as well.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from binascii import b2a_base64
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a name that only type checkers know hashes by
    from _hashlib import HASH

UNSUBSCRIBE = "unsubscribe"
PREFERENCES = "preferences"
CONFIRM = "confirm"
ADDRESS_CHANGE = "address-change"
ARCHIVE = "archive"  # opens the archive of a newsletter
_ID_BYTES = 6
_NAME_BYTES = 6
_TIME_BYTES = 5
_MAC_BYTES = 12

_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_BLOCK = 64  # bytes that SHA-256 takes at once
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))

# The key in use, or with it those that were in use before.
Keys = bytes | Sequence[bytes]


def sign(key: bytes, purpose: str, subscriber_id: int, newsletter: str) -> str:
    """Good for ever. Key id (1 byte), subscriber (6), newsletter (6, hashed), signature (12), in URL-safe base64."""
    return Signer(key, purpose, newsletter).sign(subscriber_id)


class Signer:
    """Many tokens of one purpose and newsletter, as `sign` makes them, in half the time."""

    def __init__(self, key: bytes, purpose: str, newsletter: str) -> None:
        self._start, self._end = _key_id(key), _short(newsletter)
        inner, self._outer = _keyed_states(key)
        self._inner = inner.copy()
        self._inner.update(purpose.encode("ascii") + b"\0" + self._start)

    def sign(self, subscriber_id: int) -> str:
        rest = subscriber_id.to_bytes(_ID_BYTES, "big") + self._end
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(rest)
        outer.update(inner.digest())
        return _encode(self._start + rest + outer.digest()[:_MAC_BYTES])


def verify(keys: Keys, purpose: str, token: str, newsletters: Sequence[str]) -> tuple[int, str] | None:
    """(subscriber id, newsletter), or None for anything that none of these keys signed for this purpose."""
    payload = _open(keys, purpose, token, _ID_BYTES + _NAME_BYTES)
    if payload is None:
        return None
    for name in newsletters:
        if _short(name) == payload[_ID_BYTES:]:
            return int.from_bytes(payload[:_ID_BYTES], "big"), name
    return None


def verify_subscriber(keys: Keys, purpose: str, token: str) -> int | None:
    """Whose token it is, whatever its newsletter is called."""
    payload = _open(keys, purpose, token, _ID_BYTES + _NAME_BYTES)
    return None if payload is None else int.from_bytes(payload[:_ID_BYTES], "big")


def sign_until(key: bytes, purpose: str, number: int, until: datetime) -> str:
    """Good until then. Key id (1 byte), number (6), seconds since 1970 (5), signature (12)."""
    seconds = int(until.timestamp()).to_bytes(_TIME_BYTES, "big")
    payload = _key_id(key) + number.to_bytes(_ID_BYTES, "big") + seconds
    return _encode(payload + _mac(key, purpose, payload))


def verify_until(keys: Keys, purpose: str, token: str) -> tuple[int, datetime] | None:
    """(number, its end), which may be over, or None as in `verify`."""
    payload = _open(keys, purpose, token, _ID_BYTES + _TIME_BYTES)
    if payload is None:
        return None
    number, seconds = (int.from_bytes(part, "big") for part in (payload[:_ID_BYTES], payload[_ID_BYTES:]))
    try:
        return number, datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError):  # signed by us, and beyond the calendar
        return None


def keyed_hash(key: bytes, purpose: str, text: str) -> str:
    """32 hexadecimal digits that say whether two texts are the same, and to nobody without the key what they are."""
    return hmac.new(key, f"hash\0{purpose}\0{text}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]


def message_id(key: bytes, issue_id: int, subscriber_id: int, domain: str) -> str:
    """Without the angle brackets; the same on every attempt, and says nothing about the person."""
    digest = _digest(key, f"message-id\0{issue_id}\0{subscriber_id}".encode()).hex()
    return f"{digest[:32]}@{domain}"


def notice_id(key: bytes, number: int, domain: str) -> str:
    """The Message-ID of a notice, as `message_id`."""
    digest = hmac.new(key, f"notice-id\0{number}".encode(), hashlib.sha256).hexdigest()
    return f"{digest[:32]}@{domain}"


def _open(keys: Keys, purpose: str, token: str, size: int) -> bytes | None:
    """What was signed, without the key's id, or None."""
    raw = _decode(token)
    if raw is None or len(raw) != 1 + size + _MAC_BYTES:
        return None
    payload, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    for key in (keys,) if isinstance(keys, bytes) else keys:
        if _key_id(key) == payload[:1] and hmac.compare_digest(mac, _mac(key, purpose, payload)):
            return payload[1:]
    return None


def _encode(raw: bytes) -> str:
    return b2a_base64(raw, newline=False).translate(_URL_SAFE, b"=").decode("ascii")


def _decode(token: str) -> bytes | None:
    """Only the one spelling that `_encode` makes: base64 leaves bits over in its last letter, and takes + for -."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    return raw if _encode(raw) == token else None


@lru_cache(maxsize=16)
def _key_id(key: bytes) -> bytes:
    """Tells which key signed, once keys rotate."""
    return hashlib.sha256(b"key-id\0" + key).digest()[:1]


@lru_cache(maxsize=64)
def _short(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8")).digest()[:_NAME_BYTES]


def _mac(key: bytes, purpose: str, payload: bytes) -> bytes:
    return _digest(key, purpose.encode("ascii") + b"\0" + payload)[:_MAC_BYTES]


def _digest(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA-256 (RFC 2104), as `hmac.digest` has it.

    That one lets go of the interpreter lock for each, which the sender, with three of them in a message, waits for.
    """
    keyed_inner, keyed_outer = _keyed_states(key)
    inner, outer = keyed_inner.copy(), keyed_outer.copy()
    inner.update(message)
    outer.update(inner.digest())
    return outer.digest()


@lru_cache(maxsize=16)
def _keyed_states(key: bytes) -> tuple[HASH, HASH]:
    """SHA-256 behind the key and the inner padding, and behind the key and the outer one."""
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    return hashlib.sha256(block.translate(_INNER)), hashlib.sha256(block.translate(_OUTER))
