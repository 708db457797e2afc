"""How many requests a network may make: a bucket of tokens for each, in memory. Pure: told the time as `now`."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_IPV4_BITS = 24
_IPV6_BITS = 56  # what a household or a small office is given


@dataclass(frozen=True, slots=True)
class Pace:
    """`burst` tokens at once, `per_second` from then on; `networks` are remembered, the last that came."""

    burst: float = 300
    per_second: float = 5
    networks: int = 20_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Buckets:
    """By network. `now` is in seconds, of a clock that never goes back."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, network: str, cost: float, now: float) -> float:
        """0 when there are tokens enough, which are taken; else the seconds until there will be.

        What costs more than a full bucket takes all of one.
        """
        cost = min(cost, self._pace.burst)
        bucket = self._buckets.setdefault(network, _Bucket(self._pace.burst, now))
        self._buckets.move_to_end(network)
        while len(self._buckets) > self._pace.networks:
            self._buckets.popitem(last=False)
        grown = max(0.0, now - bucket.at) * self._pace.per_second
        bucket.tokens, bucket.at = min(self._pace.burst, bucket.tokens + grown), now
        if bucket.tokens >= cost:
            bucket.tokens -= cost
            return 0.0
        return (cost - bucket.tokens) / self._pace.per_second


def network_of(address: str) -> str:
    """The network of a client: who has one address of it may have the others. What is no address stands for itself."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:100]
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    parsed = mapped or parsed
    bits = _IPV4_BITS if isinstance(parsed, IPv4Address) else _IPV6_BITS
    return str(ip_network((parsed, bits), strict=False))
