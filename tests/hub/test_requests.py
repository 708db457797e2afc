"""What may be asked of our hub."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.hub.requests import (
    DEFAULT_LEASE,
    LARGEST_FORM,
    LONGEST_LEASE,
    SHORTEST_LEASE,
    HubReply,
    PublishRequest,
    SubscriptionRequest,
    read_request,
)
from publisher.model.hub import HubMode

FORM = "application/x-www-form-urlencoded"
TOPIC = "https://note.example/rss.xml"
CALLBACK = "https://reader.example/push?id=7"
GOOD = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.callback": CALLBACK}


def read(fields: dict[str, str], content_type: str = FORM) -> SubscriptionRequest | PublishRequest | HubReply:
    return read_request(content_type, urlencode(fields).encode())


def refusal(fields: dict[str, str]) -> HubReply:
    found = read(fields)
    assert isinstance(found, HubReply)
    return found


def granted(lease_seconds: str) -> timedelta:
    found = read({**GOOD, "hub.lease_seconds": lease_seconds})
    assert isinstance(found, SubscriptionRequest)
    return found.lease


def test_a_subscription_with_everything_and_with_nothing_more_than_it_needs() -> None:
    full = {**GOOD, "hub.secret": "ひみつ", "hub.lease_seconds": "86400", "hub.verify": "async"}
    assert read(full, f"{FORM}; charset=UTF-8") == SubscriptionRequest(
        HubMode.SUBSCRIBE, TOPIC, CALLBACK, "reader.example", "ひみつ", timedelta(days=1)
    )
    assert read({**GOOD, "hub.mode": "unsubscribe"}) == SubscriptionRequest(
        HubMode.UNSUBSCRIBE, TOPIC, CALLBACK, "reader.example", "", DEFAULT_LEASE
    )


@pytest.mark.parametrize(
    ("asked", "lease"),
    [
        ("", DEFAULT_LEASE),
        ("0", SHORTEST_LEASE),
        ("299", SHORTEST_LEASE),
        ("301", timedelta(seconds=301)),
        ("2592001", LONGEST_LEASE),
        ("9" * 5_000, LONGEST_LEASE),
    ],
)
def test_a_lease_is_within_our_bounds_whatever_is_asked(asked: str, lease: timedelta) -> None:
    assert granted(asked) == lease


def test_a_publish_names_feeds_in_either_field() -> None:
    body = b"hub.mode=publish&hub.url=https%3A%2F%2Fa.example%2F1&hub.topic=https%3A%2F%2Fa.example%2F2"
    assert read_request(FORM, body) == PublishRequest(("https://a.example/1", "https://a.example/2"))
    assert refusal({"hub.mode": "publish"}) == HubReply(400, "names no feed in hub.url")


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"hub.mode": ""}, 400, "hub.mode"),
        ({"hub.mode": "denied"}, 400, "hub.mode"),
        ({"hub.topic": ""}, 400, "hub.topic"),
        ({"hub.callback": ""}, 400, "hub.callback"),
        ({"hub.callback": "/push"}, 400, "hub.callback"),
        ({"hub.callback": "ftp://reader.example/"}, 400, "hub.callback"),
        ({"hub.callback": "https:///push"}, 400, "hub.callback"),
        ({"hub.callback": "https://user:word@reader.example/"}, 400, "hub.callback"),
        ({"hub.callback": "https://reader.example/#part"}, 400, "hub.callback"),
        ({"hub.callback": "https://reader.example/a b"}, 400, "hub.callback"),
        ({"hub.callback": "https://reader.example/\r\nX: y"}, 400, "hub.callback"),
        ({"hub.callback": "https://読者.example/"}, 400, "hub.callback"),
        ({"hub.callback": "https://reader.example:99999/"}, 400, "hub.callback"),
        ({"hub.callback": "https://[::1/"}, 400, "hub.callback"),
        ({"hub.callback": "https://reader.example/" + "a" * 2_000}, 400, "hub.callback"),
        ({"hub.secret": "s" * 200}, 400, "hub.secret"),
        ({"hub.secret": "密" * 67}, 400, "hub.secret"),
        ({"hub.lease_seconds": "-1"}, 400, "hub.lease_seconds"),
        ({"hub.lease_seconds": "１０"}, 400, "hub.lease_seconds"),
        ({"hub.lease_seconds": "1e5"}, 400, "hub.lease_seconds"),
        ({"hub.secret": "s" * LARGEST_FORM}, 413, "larger"),
    ],
)
def test_what_is_asked_wrongly_is_refused_with_words(changes: dict[str, str], status: int, words: str) -> None:
    found = refusal({**GOOD, **changes})
    assert (found.status, words in found.words) == (status, True)


def test_a_secret_of_199_bytes_is_fine() -> None:
    assert isinstance(read({**GOOD, "hub.secret": "s" * 199}), SubscriptionRequest)


@pytest.mark.parametrize("content_type", ["", "application/json", "multipart/form-data; boundary=x"])
def test_only_forms_are_read(content_type: str) -> None:
    assert read(GOOD, content_type) == HubReply(415, f"must be sent as {FORM}")


@pytest.mark.parametrize("body", [b"hub.mode=%ff", "hub.mode=購読".encode(), b"&".join([b"a=b"] * 101)])
def test_what_is_no_form_is_refused(body: bytes) -> None:
    found = read_request(FORM, body)
    assert isinstance(found, HubReply)
    assert found.status == 400


def test_the_first_of_two_values_counts() -> None:
    found = read_request(FORM, urlencode([*GOOD.items(), ("hub.callback", "https://other.example/")]).encode())
    assert isinstance(found, SubscriptionRequest)
    assert found.callback == CALLBACK


@given(st.binary(max_size=400))
def test_any_bytes_are_a_request_or_a_refusal(body: bytes) -> None:
    found = read_request(FORM, body)
    if isinstance(found, HubReply):
        assert 400 <= found.status < 500
    if isinstance(found, PublishRequest):
        assert found.topics


@given(
    mode=st.sampled_from(["subscribe", "unsubscribe"]),
    topic=st.text(min_size=1, max_size=30),
    callback=st.one_of(st.just(CALLBACK), st.text(max_size=60), st.from_regex(r"https?://[a-z.:@#\[\]%0-9]{1,30}")),
    secret=st.text(max_size=80),
    lease=st.text(max_size=20),
)
def test_whatever_is_taken_is_within_bounds(mode: str, topic: str, callback: str, secret: str, lease: str) -> None:
    fields = {"hub.mode": mode, "hub.topic": topic, "hub.callback": callback, "hub.secret": secret}
    found = read({**fields, "hub.lease_seconds": lease})
    if isinstance(found, SubscriptionRequest):
        assert (found.mode, found.topic, found.callback, found.secret) == (mode, topic, callback, secret)
        assert found.host
        assert found.host in found.callback.lower()
        assert SHORTEST_LEASE <= found.lease <= LONGEST_LEASE
        assert len(found.secret.encode()) < 200
