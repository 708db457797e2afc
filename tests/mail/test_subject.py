"""Subjects that name the reader: any value, the same text back, and no padding before another word."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.mail.encodedwords import encode_words
from publisher.mail.slots import AnySlot, Slot
from publisher.mail.subject import prepare_subject
from publisher.markup.characters import clean_line

pieces = st.lists(
    st.one_of(st.text(max_size=40).filter(bool), st.just(Slot.NAME), st.just(Slot.EMAIL)), min_size=1, max_size=5
)
values = st.text(max_size=100).map(clean_line)


def read(pieces: list[str | AnySlot], name: str, email: str = "hanako@example.org") -> tuple[str, bytes]:
    subject = prepare_subject(pieces)
    assert subject is not None
    header = subject.write({Slot.NAME: name, Slot.EMAIL: email})
    return str(message_from_bytes(header + b"\r\n", policy=default)["Subject"] or ""), header


@given(pieces.filter(lambda found: Slot.NAME in found or Slot.EMAIL in found), values)
@example([Slot.NAME, "さんへ"], "")
@example([Slot.NAME, "さんへ 📮 今週のミライ技術ノート：小さな衛星、大きな電池"], "山田 花子🌸")
@example(["To ", Slot.NAME, "!"], "Zoë")
@example(["号外：", Slot.NAME], "=?utf-8?q?x?=")
def test_any_value_is_read_back(found: list[str | AnySlot], name: str) -> None:
    expected = clean_line(
        "".join(
            {Slot.NAME: name, Slot.EMAIL: "hanako@example.org"}[piece] if isinstance(piece, Slot) else piece
            for piece in found
        )
    )
    text, header = read(found, name)
    assert text == expected
    assert header.isascii()
    assert header.endswith(b"\r\n")
    assert all(len(line) <= 78 for line in header.split(b"\r\n"))
    words = re.findall(rb"=\?UTF-8\?B\?([^?]*)\?=", header)
    assert not [word for word in words[:-1] if word.endswith(b"=")], "GMime drops what stands behind padding"
    assert not re.search(rb"=\?=\s+=\?", header)


def test_a_subject_without_values_is_the_same_for_all() -> None:
    assert prepare_subject(["今週のノート"]) is None


@pytest.mark.parametrize("text", ["あa", "🌸", "山田 花子🌸", "é"])
def test_a_word_that_is_followed_has_no_padding(text: str) -> None:
    assert "=?=" not in encode_words(text, 9, is_followed=True)
