"""Solving ALTCHA challenges, written from its documentation and none of our code."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any


def solve(challenge: dict[str, Any]) -> dict[str, Any]:
    """What the client knows then, before it is written as text."""
    for number in range(challenge["maxnumber"] + 1):
        if hashlib.sha256(f"{challenge['salt']}{number}".encode()).hexdigest() == challenge["challenge"]:
            kept = {name: challenge[name] for name in ("algorithm", "challenge", "salt", "signature")}
            return {**kept, "number": number}
    raise AssertionError("no number solves the challenge")


def write(solved: object) -> str:
    return base64.b64encode(json.dumps(solved).encode()).decode()
