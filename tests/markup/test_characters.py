"""What a text may hold."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.addresses import has_unsafe_characters
from publisher.markup.characters import clean, clean_line, drop_forbidden

# XML 1.0, section 2.2, written down independently.
_XML = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
anything = st.text(st.characters(exclude_categories=()), max_size=40)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("改行\r\nと\rCR", "改行\nと\nCR"),
        ("タブ\tと\n改行は残る", "タブ\tと\n改行は残る"),
        ("垂直\x0bタブ、\x00ヌル、\x1bエスケープ", "垂直タブ、ヌル、エスケープ"),
        ("C1 \x80\x85\x9f と DEL\x7f", "C1  と DEL"),
        ("BOM\ufeffは消える", "BOMは消える"),
        ("片\ud83dだけ", "片だけ"),
        ("非文字\ufffe\uffff\ufdd0\U0001ffff\U0010fffe", "非文字"),
        ("か\u3099", "が"),
        ("e\u0301te\u0301", "été"),
    ],
)
def test_clean_keeps_text_and_drops_what_xml_forbids(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    "emoji", ["👨‍👩‍👧‍👦", "☑️", "☁︎", "👍🏽", "🇯🇵", "1️⃣", "葛\U000e0100", "🏴\U000e0067\U000e0062\U000e007f"]
)
def test_emoji_and_variants_pass_untouched(emoji: str) -> None:
    assert clean(emoji) == emoji
    assert clean_line(f"速報{emoji}です") == f"速報{emoji}です"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  前後の空白\n", "前後の空白"),
        ("二行の\n題名", "二行の 題名"),
        ("a\u2028b\u2029c\x85d\x0be", "a b c d e"),
        ("全角\u3000空白と\u00a0固定空白", "全角 空白と 固定空白"),
        ("Subject: x\r\nBcc: 悪@example.jp", "Subject: x Bcc: 悪@example.jp"),
        ("見た目\u202eをだます\u2066題名", "見た目をだます題名"),
        ("", ""),
        (" \t\n", ""),
    ],
)
def test_a_line_has_single_spaces_and_no_ends_of_lines(text: str, expected: str) -> None:
    assert clean_line(text) == expected


@given(anything)
def test_cleaned_text_is_normalised_allowed_and_stays_as_it_is(text: str) -> None:
    cleaned = clean(text)
    assert _XML.fullmatch(cleaned)
    assert "\r" not in cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert clean(cleaned) == cleaned


@given(anything)
def test_a_cleaned_line_can_stand_in_a_header(text: str) -> None:
    line = clean_line(text)
    assert not has_unsafe_characters(line)
    assert line == " ".join(line.split())
    assert clean_line(line) == line


@given(anything)
def test_a_line_that_needs_no_cleaning_is_what_cleaning_makes_of_it(text: str) -> None:
    beside = clean_line(f"{text}\u3000")  # one space that cannot be printed sends it the long way
    assert clean_line(text) == beside


@given(anything)
def test_dropping_alone_does_not_normalise(text: str) -> None:
    assert drop_forbidden("<b>\u0338" + text).startswith("<b>\u0338")


def test_what_can_be_printed_is_never_dropped() -> None:
    # Such a text is passed on without a closer look.
    printable = "".join(filter(str.isprintable, map(chr, range(0x110000)))) + "\n\u3000"
    assert drop_forbidden(printable) == printable
    assert drop_forbidden(printable + "\x00") == printable
