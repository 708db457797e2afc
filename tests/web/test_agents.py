"""Services as they write of themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.web.agents import parse_subscribers


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("Feedly/1.0 (+http://www.feedly.com/fetcher.html; 123 subscribers; like FeedFetcher-Google)", ("Feedly", 123)),
        ("Feedbin feed-id:1379740 - 12 subscribers", ("Feedbin", 12)),
        ("NewsBlur Feed Fetcher - 5 subscribers - http://www.newsblur.com/site/77/ (Mozilla/5.0 …)", ("NewsBlur", 5)),
        ("Inoreader/1.0 (+http://www.inoreader.com/feed-fetcher; 31 subscribers; )", ("Inoreader", 31)),
        ("Mozilla/5.0 (compatible; theoldreader.com; 8 subscribers; feed-id=0a1b2c)", ("theoldreader.com", 8)),
        ("Mozilla/5.0 (compatible; BazQux/2.4; +https://bazqux.com/fetcher; 1 subscribers)", ("BazQux", 1)),
        ("Feed Wrangler/1.0 (2 subscribers; feed-id=42)", ("Feed Wrangler", 2)),
        ("FeedHQ/1.2 (https://feedhq.example; 1 subscriber; https://github.example)", ("FeedHQ", 1)),
        ("livedoor FeedFetcher/0.01 (http://reader.livedoor.example/; 7 subscribers)", ("livedoor", 7)),
        ("Someone (999999999 subscribers)", ("Someone", 10_000_000)),
    ],
)
def test_real_shapes(agent: str, expected: tuple[str, int]) -> None:
    assert parse_subscribers(agent.encode("utf-8")) == expected


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "NetNewsWire (RSS Reader; https://netnewswire.com/)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
        "Feedly/1.0 (many subscribers)",
        "12 subscribers",
        "Reader/1.2 readers",
        "Thing/1.0 (1,234 subscribers)",
    ],
)
def test_agents_that_speak_for_one(agent: str) -> None:
    assert parse_subscribers(agent.encode()) is None


@given(st.binary(max_size=700))
def test_any_bytes_are_an_agent_of_bounded_size(agent: bytes) -> None:
    found = parse_subscribers(agent)
    if found:
        assert 0 < len(found[0]) <= 40
        assert 0 <= found[1] <= 10_000_000
