"""Tokens: one width, one purpose, one key, one spelling."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.tokens import UNSUBSCRIBE, message_id, sign, verify

KEY = b"a key for tests"
NEWSLETTERS = ["weekly", "new-article", "週報 🗞"]
LETTERS = string.ascii_letters + string.digits + "-_"

ids = st.integers(0, 2**48 - 1)
names = st.sampled_from(NEWSLETTERS)
keys = st.text(LETTERS, min_size=1, max_size=40).map(str.encode)
purposes = st.sampled_from([UNSUBSCRIBE, "confirm", "preferences", ""])


@given(keys, purposes, ids, names)
def test_a_token_comes_back_as_what_it_was_made_of(key: bytes, purpose: str, subscriber: int, name: str) -> None:
    token = sign(key, purpose, subscriber, name)
    assert re.fullmatch(r"[A-Za-z0-9_-]{34}", token)
    assert verify(key, purpose, token, NEWSLETTERS) == (subscriber, name)


@given(keys, keys, purposes, purposes, ids, names)
def test_another_key_or_purpose_does_not_open_it(
    key: bytes, other_key: bytes, purpose: str, other_purpose: str, subscriber: int, name: str
) -> None:
    token = sign(key, purpose, subscriber, name)
    if (key, purpose) != (other_key, other_purpose):
        assert verify(other_key, other_purpose, token, NEWSLETTERS) is None


@given(ids, names, st.integers(0, 33), st.sampled_from(LETTERS))
@example(5, "weekly", 33, "A")
def test_a_changed_letter_makes_it_worthless(subscriber: int, name: str, place: int, letter: str) -> None:
    token = sign(KEY, UNSUBSCRIBE, subscriber, name)
    changed = token[:place] + letter + token[place + 1 :]
    if changed != token:
        assert verify(KEY, UNSUBSCRIBE, changed, NEWSLETTERS) is None


def test_no_other_last_letter_means_the_same() -> None:
    # 25 bytes leave four bits of the last letter over: sixteen spellings, of which one is ours.
    token = sign(KEY, UNSUBSCRIBE, 7, "weekly")
    accepted = [letter for letter in LETTERS if verify(KEY, UNSUBSCRIBE, token[:-1] + letter, NEWSLETTERS)]
    assert accepted == [token[-1]]


def test_no_other_alphabet_means_the_same() -> None:
    tokens = [sign(KEY, UNSUBSCRIBE, number, "weekly") for number in range(200)]
    odd = [token for token in tokens if "-" in token or "_" in token]
    assert odd
    for token in odd:
        assert verify(KEY, UNSUBSCRIBE, token.replace("-", "+").replace("_", "/"), NEWSLETTERS) is None


@given(st.one_of(st.text(max_size=50), st.text(LETTERS + "=", min_size=30, max_size=40)))
@example("")
@example("=" * 34)
@example("あ" * 34)
def test_no_made_up_token_is_accepted(token: str) -> None:
    assert verify(KEY, UNSUBSCRIBE, token, NEWSLETTERS) is None


@pytest.mark.parametrize("around", ["{}=", "{}==", " {}", "{}\n", "{}A", "A{}", "{}{}"])
def test_a_token_with_something_around_it_is_not_accepted(around: str) -> None:
    token = sign(KEY, UNSUBSCRIBE, 7, "weekly")
    assert verify(KEY, UNSUBSCRIBE, around.format(token, token), NEWSLETTERS) is None


def test_a_newsletter_that_is_gone_is_not_accepted() -> None:
    token = sign(KEY, UNSUBSCRIBE, 7, "monthly")
    assert verify(KEY, UNSUBSCRIBE, token, NEWSLETTERS) is None
    assert verify(KEY, UNSUBSCRIBE, token, []) is None


def test_a_token_is_a_promise_to_old_mail() -> None:
    # Links in mail that went out years ago: whoever changes this golden breaks them.
    assert sign(KEY, UNSUBSCRIBE, 42, "weekly") == "KQAAAAAAKohQ7O2Ybin5bGE6ST-nPxr2Jw"


def test_a_subscriber_beyond_the_width_is_refused() -> None:
    with pytest.raises(OverflowError):
        sign(KEY, UNSUBSCRIBE, 2**48, "weekly")


@given(keys, st.tuples(ids, ids), st.tuples(ids, ids))
def test_a_message_id_is_one_per_delivery_and_tells_nothing(
    key: bytes, one: tuple[int, int], other: tuple[int, int]
) -> None:
    found = message_id(key, *one, "example.com")
    assert re.fullmatch(r"[0-9a-f]{32}@example\.com", found)
    assert (found == message_id(key, *other, "example.com")) is (one == other)
    assert found != message_id(key + b"x", *one, "example.com")


def test_message_ids_do_not_run_into_each_other() -> None:
    assert message_id(KEY, 1, 11, "example.com") != message_id(KEY, 11, 1, "example.com")
    assert message_id(KEY, 1, 11, "example.com") != message_id(KEY, 111, 1, "example.com")
