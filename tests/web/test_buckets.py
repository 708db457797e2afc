"""How many requests a network may make, over any course of time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.web.buckets import Buckets, Pace, network_of

PACE = Pace(burst=10, per_second=2, networks=3)


@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0.1, 12)), max_size=60))
def test_never_more_than_the_pace_allows(steps: list[tuple[float, float]]) -> None:
    """In any stretch of time: the burst and what has grown since."""
    buckets, now, taken = Buckets(PACE), 0.0, 0.0
    for pause, cost in steps:
        now += pause
        wait = buckets.take("a", cost, now)
        taken += 0 if wait else min(cost, PACE.burst)
        assert taken <= PACE.burst + now * PACE.per_second + 1e-6
        assert 0 <= wait <= PACE.burst / PACE.per_second + 1e-6


@given(st.floats(0.5, 10))
def test_who_waits_as_long_as_told_gets_in(cost: float) -> None:
    buckets = Buckets(PACE)
    while not (wait := buckets.take("a", cost, 5.0)):
        pass
    assert buckets.take("a", cost, 5.0 + wait + 1e-6) == 0


def test_networks_do_not_share_and_few_are_remembered() -> None:
    buckets = Buckets(PACE)
    assert buckets.take("a", 10, 0) == 0
    assert buckets.take("a", 1, 0) > 0
    assert buckets.take("b", 10, 0) == 0
    for number in range(100):
        buckets.take(str(number), 1, 0)
    assert len(buckets) == 3


def test_a_clock_that_goes_back_gives_nothing() -> None:
    buckets = Buckets(PACE)
    buckets.take("a", 10, 100)
    assert buckets.take("a", 1, 50) > 0


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2ff:3::4", "2001:db8:1:200::/56"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("fe80::1%eth0", "fe80::/56"),
        ("", ""),
        ("unix:", "unix:"),
        ("x" * 1000, "x" * 100),
    ],
)
def test_the_network_of_an_address(address: str, network: str) -> None:
    assert network_of(address) == network
