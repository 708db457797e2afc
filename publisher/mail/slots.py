"""Slots: where a personal value will stand in a text that is rendered once. Pure, but for `new_marker`.

A slot is an opaque word of ASCII letters and digits, so that Jinja2, the HTML inliner, a URL and a line wrapper all
carry it through unchanged. The words of one issue begin with a random marker: nothing an article says can pass for one.
"""

from __future__ import annotations

import re
import secrets
from enum import StrEnum

from publisher.errors import TemplateError

_END = "0"  # no slot's name has a digit: no word is a prefix of another, whatever follows it


class Slot(StrEnum):
    """A personal value. The compiler escapes it for the place where it stands."""

    UNSUBSCRIBE = "UNSUBSCRIBE"  # a token of URL-safe characters
    EMAIL = "EMAIL"
    NAME = "NAME"  # may be empty


def new_marker() -> str:
    """A fresh marker for one rendering; not pure: it draws 64 random bits."""
    return "PUB" + secrets.token_hex(8).upper()


def word(marker: str, slot: Slot) -> str:
    """What a template prints in the place of the value."""
    return f"{marker}{slot.value}{_END}"


def split(text: str, marker: str) -> list[str | Slot]:
    """The static pieces of `text` and the slots between them, in order; no piece is empty.

    Raises TemplateError when a word was cut or changed: its rest would be mailed to everybody.
    """
    if not (marker.isascii() and marker.isalnum()):
        raise ValueError(f"{marker!r} is not a marker: it must be letters and digits")
    pieces: list[str | Slot] = []
    names = "|".join(Slot)
    for index, piece in enumerate(re.split(f"{marker}({names}){_END}", text)):
        if index % 2:
            pieces.append(Slot(piece))
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
