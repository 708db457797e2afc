"""Proofs of work in the form of ALTCHA: making a challenge, and looking at what solves it. Pure.

Version 1 of the protocol, which its widget and libraries speak: the client finds the number for which SHA-256 of salt
and number is the challenge (altcha.org/docs, "Proof of Work"). Salt and number are hashed as one text, so that the salt
ends with `&`: else digits could move from the number to the end of the salt, which would live longer.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from publisher import tokens

ALGORITHM = "SHA-256"
MAX_NUMBER = 50_000  # a phone tries that many in a second or two
LIFE = timedelta(minutes=20)
LONGEST_PROOF = 1_000  # characters

_PURPOSE = b"altcha"
_SALT = re.compile(r"[0-9a-f]{32}\?expires=([0-9]{1,11})&")


@dataclass(frozen=True, slots=True)
class Proof:
    """A challenge of ours that was solved, and when it ends."""

    challenge: str
    until: datetime


def make_challenge(key: bytes, nonce: bytes, number: int, now: datetime) -> dict[str, object]:
    """As the client gets it; `nonce` has 16 bytes nobody can guess, `number` is from 0 to `MAX_NUMBER`."""
    salt = f"{nonce.hex()}?expires={int((now + LIFE).timestamp())}&"
    challenge = _hash(salt, number)
    return {
        "algorithm": ALGORITHM,
        "challenge": challenge,
        "maxnumber": MAX_NUMBER,
        "salt": salt,
        "signature": _sign(key, challenge),
    }


def check_proof(keys: tokens.Keys, sent: str, now: datetime) -> Proof | None:
    """None for whatever does not solve a challenge of ours that is still good. `sent` is JSON in base64."""
    fields = _read(sent)
    salt, number, challenge = (fields.get(name) for name in ("salt", "number", "challenge"))
    found = _SALT.fullmatch(salt) if isinstance(salt, str) else None
    if found is None or fields.get("algorithm") != ALGORITHM or type(number) is not int:
        return None
    until = datetime.fromtimestamp(int(found[1]), UTC)
    if now >= until or not 0 <= number <= MAX_NUMBER or challenge != _hash(found[0], number):
        return None
    signature = str(fields.get("signature")).encode("utf-8", "surrogatepass")
    known = (keys,) if isinstance(keys, bytes) else keys
    if not any(hmac.compare_digest(signature, _sign(key, challenge).encode()) for key in known):
        return None
    return Proof(challenge, until)


def _read(sent: str) -> dict[str, object]:
    if len(sent) > LONGEST_PROOF:
        return {}
    try:
        found = json.loads(base64.b64decode(sent, validate=True))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _hash(salt: str, number: int) -> str:
    return hashlib.sha256(f"{salt}{number}".encode()).hexdigest()


def _sign(key: bytes, challenge: str) -> str:
    """By a key for this purpose alone."""
    return hmac.new(hmac.digest(key, _PURPOSE, "sha256"), challenge.encode(), "sha256").hexdigest()
