"""Proofs of work: what is taken, and what is not, by the functions alone."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.web.altcha import LIFE, MAX_NUMBER, Proof, check_proof, make_challenge
from tests.web.solving import solve, write

KEY, OLD_KEY = b"k" * 32, b"o" * 32
NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
NONCE = bytes(range(16))


def solved(key: bytes = KEY, number: int = 1234) -> dict[str, Any]:
    return solve(make_challenge(key, NONCE, number, NOW))


def test_a_challenge_is_as_the_protocol_says() -> None:
    made = make_challenge(KEY, NONCE, 77, NOW)
    assert set(made) == {"algorithm", "challenge", "maxnumber", "salt", "signature"}
    assert made["salt"] == f"000102030405060708090a0b0c0d0e0f?expires={int((NOW + LIFE).timestamp())}&"
    assert made["challenge"] == hashlib.sha256(f"{made['salt']}77".encode()).hexdigest()
    assert (made["algorithm"], made["maxnumber"]) == ("SHA-256", MAX_NUMBER)


@given(st.integers(0, 300), st.binary(min_size=16, max_size=16))
def test_what_solves_a_challenge_is_taken(number: int, nonce: bytes) -> None:
    found = solve(make_challenge(KEY, nonce, number, NOW))
    assert found["number"] == number
    assert check_proof(KEY, write(found), NOW) == Proof(found["challenge"], NOW + LIFE)
    assert check_proof(KEY, write({**found, "took": 12}), NOW), "as the widget adds it"


def test_keys_rotate() -> None:
    assert check_proof((KEY, OLD_KEY), write(solved(OLD_KEY)), NOW)
    assert check_proof(KEY, write(solved(OLD_KEY)), NOW) is None


def test_it_ends() -> None:
    sent, second = write(solved()), timedelta(seconds=1)
    assert check_proof(KEY, sent, NOW + LIFE - second)
    assert check_proof(KEY, sent, NOW + LIFE) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"number": 1235},
        {"number": -1},
        {"number": "1234"},
        {"number": 1234.0},
        {"number": True},
        {"number": None},
        {"algorithm": "SHA-512"},
        {"challenge": "0" * 64},
        {"challenge": None},
        {"signature": "0" * 64},
        {"signature": "ä\ud800"},
        {"signature": None},
        {"salt": NONCE.hex()},
        {"salt": ["x"]},
        {"salt": "\ud800"},
    ],
)
def test_what_was_tampered_with(changes: dict[str, Any]) -> None:
    assert check_proof(KEY, write({**solved(), **changes}), NOW) is None


def test_a_number_beyond_the_largest_is_no_work_of_ours() -> None:
    found = make_challenge(KEY, NONCE, MAX_NUMBER + 1, NOW)
    assert check_proof(KEY, write({**found, "number": MAX_NUMBER + 1}), NOW) is None


def test_another_end_is_another_challenge() -> None:
    found = solved()
    later = int((NOW + LIFE + LIFE).timestamp())
    salt = f"{NONCE.hex()}?expires={later}&"
    challenge = hashlib.sha256(f"{salt}1234".encode()).hexdigest()
    assert check_proof(KEY, write({**found, "salt": salt, "challenge": challenge}), NOW) is None


def test_no_digit_moves_from_the_number_into_the_end() -> None:
    """Hashed as one text, `…&1` and `234` would be the same as `…&` and `1234`."""
    found = solved()
    assert check_proof(KEY, write({**found, "salt": found["salt"] + "1", "number": 234}), NOW) is None


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "x",
        "ひみつ",
        "\ud800",
        write([]),
        write(None),
        base64.b64encode(b"[" * 700).decode(),
        base64.b64encode(b"\xff").decode(),
        base64.b64encode(b'{"number": ' + b"9" * 600 + b"}").decode(),
        "A" * 100_000,
    ],
)
def test_what_is_no_proof_at_all(sent: str) -> None:
    assert check_proof(KEY, sent, NOW) is None


@given(st.text())
def test_any_text_is_looked_at(sent: str) -> None:
    assert check_proof(KEY, sent, NOW) is None
