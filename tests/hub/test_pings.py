"""How hubs of others are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.hub.pings import (
    FIRST_WAIT,
    LONGEST_RETRY_AFTER,
    LONGEST_WAIT,
    MOST_AT_ONCE,
    PingOutcome,
    Protocol,
    explain_status,
    judge_ping,
    make_pings,
    next_ping,
)

NOW = datetime(2026, 11, 19, 3, 0, tzinfo=UTC)
HUBS = ["https://pubsubhubbub.appspot.com/", "https://hub.example/x"]
TOPICS = [f"https://note.example/tags/%E6%98%9F{number}/rss.xml?a=1&b=2" for number in range(120)]


def forms(hub: str, protocol: Protocol = Protocol.WEBSUB) -> list[tuple[str, list[tuple[str, str]]]]:
    return [(ping.url, parse_qsl(ping.content.decode("ascii"))) for ping in make_pings(hub, protocol, TOPICS)]


def test_a_hub_hears_of_one_feed_at_a_time_in_both_words_that_hubs_know() -> None:
    assert forms("https://hub.example/") == [
        ("https://hub.example/", [("hub.mode", "publish"), ("hub.url", topic), ("hub.topic", topic)])
        for topic in TOPICS
    ]


def test_a_hub_that_takes_many_gets_many() -> None:
    found = forms("https://pubsubhubbub.appspot.com/")
    assert [len(form) - 1 for _url, form in found] == [MOST_AT_ONCE, MOST_AT_ONCE, 20]
    assert [value for _url, form in found for name, value in form if name == "hub.url"] == TOPICS
    assert {form[0] for _url, form in found} == {("hub.mode", "publish")}


@pytest.mark.parametrize(
    ("cloud", "ping"),
    [
        ("http://rpc.example.com:5337/pleaseNotify", "http://rpc.example.com:5337/ping"),
        ("https://cloud.example/rsscloud/pleaseNotify", "https://cloud.example/rsscloud/ping"),
    ],
)
def test_an_rsscloud_server_is_told_beside_where_readers_ask(cloud: str, ping: str) -> None:
    assert forms(cloud, Protocol.RSSCLOUD) == [(ping, [("url", topic)]) for topic in TOPICS]


@given(st.lists(st.text(min_size=1, max_size=20)), st.sampled_from(Protocol), st.sampled_from(HUBS))
def test_every_feed_is_told_once_and_in_order(topics: list[str], protocol: Protocol, hub: str) -> None:
    assert [topic for ping in make_pings(hub, protocol, topics) for topic in ping.topics] == topics


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, PingOutcome.TOLD),
        (202, PingOutcome.TOLD),
        (204, PingOutcome.TOLD),
        (301, PingOutcome.REFUSED),
        (400, PingOutcome.REFUSED),
        (404, PingOutcome.REFUSED),
        (408, PingOutcome.LATER),
        (429, PingOutcome.LATER),
        (500, PingOutcome.LATER),
        (503, PingOutcome.LATER),
    ],
)
def test_what_an_answer_means(status: int, outcome: PingOutcome) -> None:
    assert judge_ping(status) is outcome


def test_answers_in_words() -> None:
    assert explain_status(503, {}) == "has trouble of its own (HTTP status 503)"
    assert explain_status(429, {}) == "asks us to come less often (HTTP status 429)"
    assert explain_status(404, {}) == "does not take it (HTTP status 404)"
    moved = explain_status(301, {"location": "https://new.example/"})
    assert moved == "redirects to https://new.example/ (HTTP status 301); write that address into the config"
    assert len(explain_status(301, {"location": "x" * 9_000})) < 300


@given(attempts=st.integers(1, 10**6), key=st.text(max_size=20))
def test_waits_grow_within_bounds(attempts: int, key: str) -> None:
    wait = next_ping(attempts, {}, NOW, key) - NOW
    assert FIRST_WAIT <= wait <= LONGEST_WAIT * 1.1
    assert wait <= FIRST_WAIT * 2 ** min(attempts - 1, 20) * 1.1


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("7200", timedelta(hours=2)),
        ("Thu, 19 Nov 2026 06:00:00 GMT", timedelta(hours=3)),
        ("999999999", LONGEST_RETRY_AFTER),
    ],
)
def test_a_hub_may_ask_for_a_longer_wait(asked: str, wait: timedelta) -> None:
    assert next_ping(1, {"retry-after": asked}, NOW, "hub") - NOW == wait
