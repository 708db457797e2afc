"""How a changed feed is sent."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.hub.distribution import SendOutcome, judge_send, make_headers, sign

HUBS = ["https://note.example/hub", "https://hub.example/"]


def test_what_is_sent_says_where_it_comes_from() -> None:
    headers = make_headers("application/rss+xml", "https://note.example/rss.xml", HUBS, "", b"<rss/>")
    assert headers == {
        "Content-Type": "application/rss+xml; charset=utf-8",
        "Link": '<https://note.example/hub>; rel="hub", <https://hub.example/>; rel="hub", '
        '<https://note.example/rss.xml>; rel="self"',
    }


def test_the_signature_is_the_one_of_rfc_4231() -> None:
    """Test case 2 there."""
    assert sign("Jefe", b"what do ya want for nothing?") == (
        "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )
    assert make_headers("a/b", "t", HUBS, "Jefe", b"x")["X-Hub-Signature"] == sign("Jefe", b"x")


@given(st.text(max_size=100), st.binary(max_size=300))
def test_the_signature_is_an_hmac_by_its_definition(secret: str, content: bytes) -> None:
    """RFC 2104 2, written out."""
    key = secret.encode("utf-8")
    key = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key) + content).digest()
    assert sign(secret, content) == "sha256=" + hashlib.sha256(bytes(byte ^ 0x5C for byte in key) + inner).hexdigest()


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, SendOutcome.TAKEN),
        (202, SendOutcome.TAKEN),
        (301, SendOutcome.LATER),
        (404, SendOutcome.LATER),
        (410, SendOutcome.GONE),
        (500, SendOutcome.LATER),
    ],
)
def test_what_an_answer_means(status: int, outcome: SendOutcome) -> None:
    assert judge_send(status) is outcome
