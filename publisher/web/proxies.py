"""Who asks, when a proxy stands in front. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

Network = IPv4Network | IPv6Network
_LONGEST = 2000  # bytes of the header that are looked at, from its end


def find_client(peer: str, forwarded: bytes, trusted: Sequence[Network]) -> str:
    """The last address before the proxies that are ours; the peer itself when it is none of them.

    Everything further left in `X-Forwarded-For` anybody can write.
    """
    if not trusted or not forwarded or not is_trusted(peer, trusted):
        return peer
    client = peer
    for entry in reversed(forwarded[-_LONGEST:].decode("latin-1").split(",")):
        client = _without_port(entry.strip()) or client
        if not is_trusted(client, trusted):
            break
    return client


def is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return any((mapped or parsed) in network for network in trusted)


def _without_port(entry: str) -> str:
    """`192.0.2.1:4711` and `[2001:db8::1]:4711` are written by some proxies."""
    if entry.startswith("["):
        return entry[1:].partition("]")[0]
    return entry.partition(":")[0] if entry.count(":") == 1 else entry
