from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.errors import TemplateError
from publisher.mail.slots import Slot, new_marker, split, word

MARKER = "PUB0123456789ABCDEF"

pieces = st.lists(st.one_of(st.text(min_size=1, max_size=30), st.sampled_from(Slot)), max_size=12)


def test_markers_are_words_of_letters_and_digits_and_never_the_same() -> None:
    markers = {new_marker() for _ in range(200)}
    assert len(markers) == 200
    assert all(re.fullmatch("PUB[0-9A-F]{16}", marker) for marker in markers)


def test_a_word_holds_only_letters_and_digits() -> None:
    for slot in Slot:
        assert word(MARKER, slot).isascii()
        assert word(MARKER, slot).isalnum()


def test_no_word_is_the_beginning_of_another() -> None:
    words = [word(MARKER, slot) for slot in Slot]
    assert not any(a != b and a.startswith(b) for a in words for b in words)


def test_text_without_a_slot_is_one_piece() -> None:
    assert split("こんにちは🌱", MARKER) == ["こんにちは🌱"]
    assert split("", MARKER) == []


def test_slots_are_found_next_to_each_other_and_at_both_ends() -> None:
    name, email = word(MARKER, Slot.NAME), word(MARKER, Slot.EMAIL)
    assert split(f"{name}{email}様 {name}", MARKER) == [Slot.NAME, Slot.EMAIL, "様 ", Slot.NAME]


def test_letters_and_digits_may_follow_a_word() -> None:
    text = f"x{word(MARKER, Slot.NAME)}0EMAIL0x"
    assert split(text, MARKER) == ["x", Slot.NAME, "0EMAIL0x"]


def test_a_slot_of_another_rendering_is_plain_text() -> None:
    text = f"引用: {word('PUBFFFFFFFFFFFFFFFF', Slot.UNSUBSCRIBE)}"
    assert split(text, MARKER) == [text]


@settings(deadline=None, max_examples=80)
@given(pieces)
def test_joining_and_splitting_gives_the_same_pieces(made: list[str | Slot]) -> None:
    text = "".join(word(MARKER, piece) if isinstance(piece, Slot) else piece for piece in made)
    found = split(text, MARKER)
    assert "".join(word(MARKER, piece) if isinstance(piece, Slot) else piece for piece in found) == text
    assert [piece for piece in found if isinstance(piece, Slot)] == [p for p in made if isinstance(p, Slot)]
    assert all(found)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.lower(),
        lambda text: text[:-1],
        lambda text: text[:21],
        lambda text: text.replace("NAME", "NA\nME"),
    ],
)
def test_a_damaged_word_is_an_error_and_not_mailed(damage: Callable[[str], str]) -> None:
    with pytest.raises(TemplateError, match="placeholder"):
        split("こんにちは、" + damage(word(MARKER, Slot.NAME)), MARKER)


@pytest.mark.parametrize("marker", ["", "PUB-1", "印"])
def test_a_marker_of_other_characters_is_refused(marker: str) -> None:
    with pytest.raises(ValueError, match="marker"):
        split("text", marker)
