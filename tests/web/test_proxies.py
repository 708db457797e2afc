"""Who asks, behind proxies that are ours and others."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.web.proxies import find_client

OURS = (ip_network("127.0.0.1"), ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("127.0.0.1", b"192.0.2.7", "192.0.2.7"),
        ("127.0.0.1", b"203.0.113.9, 192.0.2.7, 10.1.2.3", "192.0.2.7"),
        ("127.0.0.1", b"", "127.0.0.1"),
        ("127.0.0.1", b"10.0.0.1, 10.0.0.2", "10.0.0.1"),
        ("127.0.0.1", b"192.0.2.7:4711", "192.0.2.7"),
        ("127.0.0.1", b"[2001:db9::1]:4711", "2001:db9::1"),
        ("::ffff:127.0.0.1", b"192.0.2.7", "192.0.2.7"),
        ("198.51.100.1", b"192.0.2.7", "198.51.100.1"),
        ("127.0.0.1", b"unknown", "unknown"),
        ("", b"192.0.2.7", ""),
    ],
)
def test_the_last_address_that_is_not_ours(peer: str, forwarded: bytes, expected: str) -> None:
    assert find_client(peer, forwarded, OURS) == expected


def test_nobody_is_believed_when_nobody_is_trusted() -> None:
    assert find_client("127.0.0.1", b"192.0.2.7", ()) == "127.0.0.1"


@given(st.binary(max_size=100))
def test_any_bytes_are_a_header(forwarded: bytes) -> None:
    assert isinstance(find_client("127.0.0.1", forwarded, OURS), str)
