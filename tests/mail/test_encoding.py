from __future__ import annotations

import base64
import quopri
import re
from collections.abc import Callable, Mapping

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from publisher.mail.encoding import (
    EncodedPart,
    canonicalise,
    encode_base64,
    encode_part,
    encode_quoted_printable,
)
from publisher.mail.slots import AnySlot, Slot

Pieces = list[str | AnySlot]
Values = Mapping[Slot, str]
Encoder = Callable[[Pieces], EncodedPart]

AWKWARD = (
    "  ",
    " \t",
    "From ",
    ".",
    ". ",
    "..",
    "=",
    " ",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "--",
    "=20",
    "東京",
    "👨‍👩‍👧‍👦",
    "a" * 76,
)
texts = st.one_of(st.text(max_size=120), st.lists(st.sampled_from(AWKWARD), max_size=40).map("".join))
pieces = st.lists(st.one_of(texts, st.sampled_from(Slot)), max_size=7)
values = st.fixed_dictionaries(dict.fromkeys(Slot, texts))
both = pytest.mark.parametrize("encode", [encode_base64, encode_quoted_printable])


def fill(part: EncodedPart, filled: Values) -> bytes:
    pieces = [part.static_start]
    part.fill(pieces, {slot: value for slot, value in filled.items()})  # noqa: C416 - wider keys for the type checker
    return b"".join(pieces)


def decode(encoding: str, data: bytes) -> str:
    raw = (
        base64.b64decode(data.replace(b"\r\n", b""), validate=True)
        if encoding == "base64"
        else quopri.decodestring(data)
    )
    return raw.decode("utf-8")


def expected(made: Pieces, filled: Values) -> str:
    return "".join(canonicalise(filled[piece] if isinstance(piece, Slot) else piece) for piece in made)


def check_lines(data: bytes) -> None:
    lines = data.split(b"\r\n")
    assert data.isascii()
    assert b"=_" not in data  # so that a boundary with it in can never occur
    assert all(len(line) <= 76 for line in lines)
    for line in lines:
        assert re.fullmatch(rb"[\x20-\x7e]*", line)
        assert b"  " not in line  # nothing for DKIM's canonical form to change
        assert not line.endswith(b" ")
        assert not line.startswith((b".", b"From "))


@both
@settings(deadline=None, max_examples=70)
@given(made=pieces, filled=values)
@example(made=[Slot.NAME, Slot.EMAIL], filled=dict.fromkeys(Slot, ""))
@example(made=["a ", Slot.NAME, "\n"], filled=dict.fromkeys(Slot, "b "))
@example(made=["\r\n", Slot.NAME, ".", Slot.NAME], filled=dict.fromkeys(Slot, ".\n."))
def test_a_decoded_part_is_the_text_with_its_values(encode: Encoder, made: Pieces, filled: dict[Slot, str]) -> None:
    part = encode(made)
    data = fill(part, filled)
    assert decode(part.encoding, data) == expected(made, filled)
    check_lines(data)


@both
@settings(deadline=None, max_examples=25)
@given(value=st.text(min_size=70, max_size=400))
def test_long_values_are_wrapped(encode: Encoder, value: str) -> None:
    made: Pieces = ["住所：", Slot.NAME, "まで"]
    data = fill(encode(made), {Slot.NAME: value})
    assert decode(encode(made).encoding, data) == expected(made, {Slot.NAME: value})
    check_lines(data)


@both
def test_only_the_lines_of_the_slot_differ_between_two_people(encode: Encoder) -> None:
    made: Pieces = ["配信のお知らせ📮\n" * 50, Slot.UNSUBSCRIBE, "さようなら👋\n" * 50]
    part = encode(made)
    one = fill(part, {Slot.UNSUBSCRIBE: "abcdef"}).split(b"\r\n")
    two = fill(part, {Slot.UNSUBSCRIBE: "uvwxyz"}).split(b"\r\n")
    assert len(one) == len(two)
    assert sum(a != b for a, b in zip(one, two, strict=True)) == 1


@pytest.mark.parametrize("length", range(7))
@pytest.mark.parametrize("middle", ["", "a", "ab", "abc", "日本語のお知らせ" * 9])
def test_base64_is_right_for_every_alignment(length: int, middle: str) -> None:
    made: Pieces = ["あa", Slot.NAME, middle, Slot.EMAIL, "終"]
    filled = {Slot.NAME: "x" * length, Slot.EMAIL: "yy"}
    data = fill(encode_base64(made), filled)
    assert decode("base64", data) == expected(made, filled)
    assert b"=" not in data.rstrip(b"=\r\n")


def test_japanese_becomes_base64_and_ascii_quoted_printable() -> None:
    assert encode_part(["新しい記事です。" * 20]).encoding == "base64"
    assert encode_part(['<p style="margin:0;padding:0">new</p>\n' * 20]).encoding == "quoted-printable"


@settings(deadline=None, max_examples=60)
@given(made=pieces)
def test_the_smaller_encoding_is_chosen(made: Pieces) -> None:
    nothing = dict.fromkeys(Slot, "")
    sizes = {part.encoding: len(fill(part, nothing)) for part in (encode_base64(made), encode_quoted_printable(made))}
    assert sizes[encode_part(made).encoding] == min(sizes.values())


def test_quoted_printable_stays_readable_around_a_slot() -> None:
    part = encode_quoted_printable(["Stop: mailto:a@example.com?subject=x ", Slot.UNSUBSCRIBE, "\nBye\n"])
    assert (
        fill(part, {Slot.UNSUBSCRIBE: "tok-1"})
        == b"Stop: mailto:a@example.com?subject=3Dx=20=\r\ntok-1=\r\n\r\nBye\r\n"
    )


def test_quoted_printable_guards_what_relays_and_mailboxes_change() -> None:
    data = fill(encode_quoted_printable(["From here\n.\n.. two\nend \nFrom"]), {})
    assert data == b"=46rom here\r\n=2E\r\n=2E. two\r\nend=20\r\nFrom"


def test_quoted_printable_writes_no_white_space_that_somebody_could_squeeze() -> None:
    data = fill(encode_quoted_printable(["a  b   c    d\te ", Slot.NAME, "  f\n"]), {Slot.NAME: "  "})
    assert data == b"a =20b =20 c =20 =20d=09e=20=\r\n =20=\r\n =20f\r\n"
    assert decode("quoted-printable", data) == "a  b   c    d\te     f\r\n"


def test_quoted_printable_never_cuts_an_escape() -> None:
    for offset in range(6):
        data = fill(encode_quoted_printable(["a" * offset + "日本語" * 60]), {})
        assert all(re.fullmatch(rb"(?:[ -<>-~]|=[0-9A-F]{2})*=?", line) for line in data.split(b"\r\n"))


def test_quoted_printable_does_not_end_in_a_soft_break() -> None:
    part = encode_quoted_printable(["Hello ", Slot.NAME])
    assert fill(part, {Slot.NAME: "Mia"}) == b"Hello=20=\r\nMia"
    assert fill(part, {Slot.NAME: ""}) == b"Hello=20"


@both
def test_line_ends_of_every_kind_become_crlf(encode: Encoder) -> None:
    part = encode(["一\n二\r三\r\n四"])
    assert decode(part.encoding, fill(part, {})) == "一\r\n二\r\n三\r\n四"


@both
def test_an_empty_part_stays_empty(encode: Encoder) -> None:
    assert fill(encode([]), {}) == b""
    assert fill(encode([Slot.NAME]), {Slot.NAME: ""}) == b""


@both
def test_a_lone_surrogate_is_an_error_and_not_mailed(encode: Encoder) -> None:
    with pytest.raises(UnicodeEncodeError):
        encode(["\ud83d"])
