"""A subject that names the reader: what is the same for all is encoded once. Pure.

Encoded-words in a row are read as one text (RFC 2047 section 6.2), so each piece can have words of its own. To look for
the shortest words of the whole, for each reader, took fifty times as long as the rest of a message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from publisher.mail.encodedwords import FOLD, encode_words
from publisher.mail.headers import encode_text, write_header
from publisher.mail.slots import AnySlot, FieldSlot, Slot
from publisher.markup.characters import clean_line

_NAME = "Subject"
_USED = len("Subject: ")  # also for pieces behind the first, which come first when a value is empty


@dataclass(frozen=True, slots=True)
class PersonalSubject:
    """`pieces` are texts and the slots between them, `encoded` what becomes of each text."""

    pieces: tuple[str | AnySlot, ...]
    encoded: Mapping[str, str]

    def write(self, values: Mapping[AnySlot, str]) -> bytes:
        """The header, to its line end. A value takes no part in it but as text.

        Raises ValueError for a text that no header may hold.
        """
        joined = "".join(values[piece] if isinstance(piece, (Slot, FieldSlot)) else piece for piece in self.pieces)
        text = clean_line(joined)
        if text != joined or text.isascii():
            return write_header(_NAME, encode_text(text, _USED)).encode("ascii")
        return write_header(_NAME, FOLD.join(self._encode(values))).encode("ascii")

    def _encode(self, values: Mapping[AnySlot, str]) -> Iterator[str]:
        for piece in self.pieces:
            if not isinstance(piece, (Slot, FieldSlot)):
                yield self.encoded[piece]
            elif values[piece]:
                yield encode_words(values[piece], _USED, is_followed=True)


def prepare_subject(pieces: Sequence[str | AnySlot]) -> PersonalSubject | None:
    """None for a subject that is the same for everybody."""
    if not any(isinstance(piece, (Slot, FieldSlot)) for piece in pieces):
        return None
    texts = [piece for piece in pieces if not isinstance(piece, (Slot, FieldSlot))]
    return PersonalSubject(tuple(pieces), {text: encode_words(text, _USED, is_followed=True) for text in texts})
