"""What a refusal means, by code and by words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.bounces.codes import classify, find_code
from publisher.model.bounce import BounceKind

HARD, SOFT, POLICY = BounceKind.HARD, BounceKind.SOFT, BounceKind.POLICY


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("550 5.1.1 unknown", "5.1.1"),
        ("(#5.1.1)", "5.1.1"),
        ("550-5.7.26 a 550 5.1.1 b", "5.7.26"),
        ("from 192.5.1.1 at 10.2.2.2", ""),
        ("version 15.1.1", ""),
        ("5.001.01", "5.1.1"),
        ("550 no", ""),
    ],
)
def test_codes_are_found_in_words(text: str, code: str) -> None:
    assert find_code(text) == code


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        ("", "550 User unknown", HARD),
        ("", "450 4.2.1 user unknown for now", SOFT),
        ("", "451 user unknown, try later", SOFT),
        ("5.7.1", "550 5.7.1 unknown user", HARD),
        ("5.7.1", "550 5.7.1 relay denied", POLICY),
        ("5.2.2", "the account does not exist", SOFT),
        ("5.5.2", "syntax", POLICY),
        ("5.6.7", "SMTPUTF8 is missing", POLICY),
        ("5.4.6", "mail loop", SOFT),
        ("", "554 refused because of its reputation", POLICY),
        ("", "no reason at all", SOFT),
        ("", "この宛先のアドレスは存在しません", HARD),
        ("", "受信箱がいっぱいです", SOFT),
        ("", "受信側で拒否設定されています", POLICY),
    ],
)
def test_kinds(code: str, text: str, kind: BounceKind) -> None:
    assert classify(code, text) is kind


def test_where_nobody_and_a_block_list_look_alike_it_has_to_happen_again() -> None:
    assert classify("5.1.1", "Unknown user", "taro@docomo.ne.jp") is SOFT
    assert classify("5.1.1", "Unknown user", "taro@ezweb.ne.jp") is HARD


@given(st.text(max_size=20), st.text(max_size=300), st.text(max_size=50))
def test_every_refusal_is_one_of_three(code: str, text: str, address: str) -> None:
    assert classify(code, text, address) in {HARD, SOFT, POLICY}
