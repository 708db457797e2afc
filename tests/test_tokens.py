"""Tokens: one width, one purpose, one key, one spelling."""

from __future__ import annotations

import re
import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.tokens import (
    CONFIRM,
    UNSUBSCRIBE,
    keyed_hash,
    message_id,
    notice_id,
    sign,
    sign_until,
    verify,
    verify_subscriber,
    verify_until,
)

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


moments = st.integers(0, 220_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(st.lists(keys, min_size=1, max_size=4, unique=True), st.data(), ids, names)
def test_keys_rotate_and_what_an_old_one_signed_stays_good(
    known: list[bytes], data: st.DataObject, subscriber: int, name: str
) -> None:
    signer = data.draw(st.sampled_from(known))
    token = sign(signer, UNSUBSCRIBE, subscriber, name)
    assert verify(known, UNSUBSCRIBE, token, NEWSLETTERS) == (subscriber, name)
    assert verify_subscriber(known, UNSUBSCRIBE, token) == subscriber
    others = [key for key in known if key != signer]
    assert verify(others, UNSUBSCRIBE, token, NEWSLETTERS) is None
    assert verify_subscriber(others, UNSUBSCRIBE, token) is None


@given(keys, ids, moments)
def test_a_token_with_an_end_says_when_it_ends(key: bytes, number: int, until: datetime) -> None:
    token = sign_until(key, CONFIRM, number, until)
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", token)
    assert verify_until(key, CONFIRM, token) == (number, until)
    assert verify_until(key, UNSUBSCRIBE, token) is None
    assert verify_until(key + b"x", CONFIRM, token) is None
    assert verify(key, CONFIRM, token, NEWSLETTERS) is None, "the two kinds are not taken for each other"


def test_nobody_puts_off_the_end_of_a_token() -> None:
    token = sign_until(KEY, CONFIRM, 7, datetime(2026, 11, 20, tzinfo=UTC))
    for place in range(len(token)):
        for letter in "AB9_":
            changed = token[:place] + letter + token[place + 1 :]
            assert changed == token or verify_until(KEY, CONFIRM, changed) is None


@given(st.text(max_size=60))
def test_no_made_up_token_with_an_end_is_accepted(token: str) -> None:
    assert verify_until([KEY, b"another"], CONFIRM, token) is None
    assert verify_subscriber([KEY, b"another"], UNSUBSCRIBE, token) is None


def test_an_end_beyond_the_calendar_is_no_end() -> None:
    class Beyond(datetime):
        def timestamp(self) -> float:
            return float(2**40 - 1)

    token = sign_until(KEY, CONFIRM, 7, Beyond(2026, 1, 1, tzinfo=UTC))
    assert verify_until(KEY, CONFIRM, token) is None


def test_tokens_with_an_end_are_a_promise_to_mail_on_its_way() -> None:
    until = datetime(2026, 11, 19, tzinfo=UTC) + timedelta(days=7)
    assert sign_until(KEY, CONFIRM, 42, until) == "KQAAAAAAKgBrB3aAR-3UWNp4ZRbqJq9q"


@given(keys, st.text(max_size=40), st.text(max_size=40))
def test_a_keyed_hash_tells_texts_apart_and_needs_the_key(key: bytes, one: str, other: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", keyed_hash(key, "a", one))
    assert (keyed_hash(key, "a", one) == keyed_hash(key, "a", other)) is (one == other)
    assert keyed_hash(key, "a", one) != keyed_hash(key, "b", one)
    assert keyed_hash(key, "a", one) != keyed_hash(key + b"x", "a", one)


def test_the_id_of_a_notice_is_not_that_of_a_delivery() -> None:
    assert notice_id(KEY, 1, "example.com") != notice_id(KEY, 2, "example.com")
    assert notice_id(KEY, 11, "example.com") != message_id(KEY, 1, 1, "example.com")
    assert re.fullmatch(r"[0-9a-f]{32}@example\.com", notice_id(KEY, 1, "example.com"))
