"""Whether a subscriber meant it."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.hub.verification import Verdict, judge_echo, make_denial_url, make_verification_url
from publisher.model.hub import HubMode

TOPIC = "https://note.example/tags/%E6%98%9F/rss.xml"
DAY = timedelta(days=1)


def test_a_question_has_what_websub_lists() -> None:
    url = make_verification_url("https://reader.example/push", HubMode.SUBSCRIBE, TOPIC, "abc", DAY)
    assert url.startswith("https://reader.example/push?hub.mode=subscribe&")
    assert parse_qsl(urlsplit(url).query) == [
        ("hub.mode", "subscribe"),
        ("hub.topic", TOPIC),
        ("hub.challenge", "abc"),
        ("hub.lease_seconds", "86400"),
    ]


def test_who_leaves_is_told_no_lease() -> None:
    url = make_verification_url("https://reader.example/push", HubMode.UNSUBSCRIBE, TOPIC, "abc", DAY)
    assert [name for name, _value in parse_qsl(urlsplit(url).query)] == ["hub.mode", "hub.topic", "hub.challenge"]


def test_a_denial_says_why() -> None:
    query = parse_qsl(urlsplit(make_denial_url("https://reader.example/?a=%26", TOPIC, "gone & away")).query)
    assert query == [("a", "&"), ("hub.mode", "denied"), ("hub.topic", TOPIC), ("hub.reason", "gone & away")]


@given(st.text(alphabet="ab=&%25+?/;", max_size=20), st.text(max_size=20))
def test_the_query_of_a_callback_stays_in_front_byte_for_byte(query: str, topic: str) -> None:
    callback = f"https://reader.example/push?{query}"
    url = make_verification_url(callback, HubMode.UNSUBSCRIBE, topic, "abc", DAY)
    assert url.startswith(callback)
    assert parse_qsl(urlsplit(url).query, keep_blank_values=True)[-2:] == [
        ("hub.topic", topic),
        ("hub.challenge", "abc"),
    ]


@pytest.mark.parametrize(
    ("status", "content", "verdict"),
    [
        (200, b"abc", Verdict.CONFIRMED),
        (299, b"abc", Verdict.CONFIRMED),
        (200, b"abc\n", Verdict.REFUSED),
        (200, b"", Verdict.REFUSED),
        (200, b"abcd", Verdict.REFUSED),
        (404, b"abc", Verdict.REFUSED),
        (302, b"abc", Verdict.REFUSED),
        (429, b"abc", Verdict.UNREACHABLE),
        (503, b"abc", Verdict.UNREACHABLE),
    ],
)
def test_only_the_challenge_itself_confirms(status: int, content: bytes, verdict: Verdict) -> None:
    assert judge_echo(status, content, "abc") is verdict
