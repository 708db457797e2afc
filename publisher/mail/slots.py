"""Slots: where a personal value will stand in a text that is rendered once. Pure, but for `new_marker`.

A slot is an opaque word of ASCII letters and digits, so that Jinja2, the HTML inliner, a URL and a line wrapper all
carry it through unchanged. The words of one issue begin with a random marker: nothing an article says can pass for one.
"""

from __future__ import annotations

import re
import secrets
from enum import StrEnum
from typing import TypeAlias

from publisher.errors import TemplateError

_END = "0"  # no slot's name has a digit: no word is a prefix of another, whatever follows it
_NAMES = "UNSUBSCRIBE|PREFERENCES|ACTION|ISSUE|ARCHIVE|(?:URL)?(?:EMAIL|NAME|FIELD[A-P]{1,4})"
_IN_URL = "URL"
_DIGITS = "ABCDEFGHIJKLMNOP"


class Slot(StrEnum):
    """A personal value. The compiler escapes it for the place where it stands."""

    UNSUBSCRIBE = "UNSUBSCRIBE"  # a token of URL-safe characters
    PREFERENCES = "PREFERENCES"  # another
    ACTION = "ACTION"  # that of what a notice asks for
    ISSUE = "ISSUE"  # its number, which is not known when it is rendered
    ARCHIVE = "ARCHIVE"  # a token that opens the archive to subscribers
    EMAIL = "EMAIL"
    NAME = "NAME"  # may be empty


_SLOTS = frozenset(Slot)


class FieldSlot(str):
    """A field of the reader with its fallback, by its number in `RenderedIssue.fields`; or any value within a URL."""

    __slots__ = ()

    @property
    def is_in_url(self) -> bool:
        return self.startswith(_IN_URL)

    @property
    def plain(self) -> AnySlot:
        """The same value outside a URL."""
        name = self.removeprefix(_IN_URL)
        return FieldSlot(name) if name.startswith("FIELD") else Slot(name)

    @property
    def number(self) -> int:
        """Of a field, in `RenderedIssue.fields`."""
        number = 0
        for digit in self.removeprefix(_IN_URL).removeprefix("FIELD"):
            number = number * len(_DIGITS) + _DIGITS.index(digit)
        return number


AnySlot: TypeAlias = Slot | FieldSlot


def field_slot(number: int) -> FieldSlot:
    """The slot of the field with this number, 0 to 65,535."""
    return FieldSlot("FIELD" + "".join(_DIGITS[int(digit, 16)] for digit in f"{number:x}"))


def new_marker() -> str:
    """A fresh marker for one rendering; not pure: it draws 64 random bits."""
    return "PUB" + secrets.token_hex(8).upper()


def word(marker: str, slot: AnySlot) -> str:
    """What a template prints in the place of the value."""
    return f"{marker}{slot}{_END}"


def mark_as_url(text: str, marker: str) -> str:
    """`text`, which is part of a URL, with words that ask for the values as a URL holds them."""
    return re.sub(f"{marker}((?:EMAIL|NAME|FIELD[A-P]{{1,4}}){_END})", rf"{marker}{_IN_URL}\1", text)


def is_personal(text: str, marker: str) -> bool:
    """Whether it holds a value that may be anything: more than a token."""
    return re.search(f"{marker}(?:EMAIL|NAME|FIELD)", text) is not None


def split(text: str, marker: str) -> list[str | AnySlot]:
    """The static pieces of `text` and the slots between them, in order; no piece is empty.

    Raises TemplateError when a word was cut or changed: its rest would be mailed to everybody.
    """
    if not (marker.isascii() and marker.isalnum()):
        raise ValueError(f"{marker!r} is not a marker: it must be letters and digits")
    pieces: list[str | AnySlot] = []
    for index, piece in enumerate(re.split(f"{marker}({_NAMES}){_END}", text)):
        if index % 2:
            pieces.append(Slot(piece) if piece in _SLOTS else FieldSlot(piece))
            continue
        _check_static(piece, marker)
        if piece:
            pieces.append(piece)
    return pieces


def _check_static(piece: str, marker: str) -> None:
    at = piece.lower().find(marker.lower())
    if at >= 0:
        raise TemplateError(
            f"a template changed the placeholder of a personal value (near {piece[max(0, at - 40) : at]!r}); "
            "print it as it is, without filters such as lower, truncate or wordwrap"
        )
