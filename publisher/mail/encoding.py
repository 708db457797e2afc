"""Transfer encoding of a body part whose personal values come later (RFC 2045 section 6). Pure.

A part is encoded once. Filling in a value encodes the few bytes around it, on lines of their own, and copies the rest.
Lines are CRLF, at most 76 characters, 7-bit. No two spaces follow each other and no line ends in one, so that a part is
its own canonical form in the eyes of DKIM (RFC 6376 3.4.4), and is hashed as it is.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, NamedTuple

from publisher.mail.slots import AnySlot, FieldSlot, Slot

_LINE_END = re.compile("\r\n|\r|\n")
_BYTES_PER_LINE = 57  # 76 characters of base64
_QP_WIDTH = 75  # and one for the `=` of a soft line break
_SHORT = 100  # characters of a value that is kept in case it comes again
_SOFT_BREAK = b"=\r\n"
_QP = [chr(byte) if 32 <= byte <= 126 and byte != 61 else f"={byte:02X}" for byte in range(256)]
# Most values: nothing to escape, one line, no dot and no `F` of "From " in front.
_QP_AS_IT_IS = re.compile(rf"[A-EG-Za-z0-9_-][A-Za-z0-9_.@+-]{{0,{_QP_WIDTH - 1}}}")


class _Aligned(NamedTuple):
    """A static piece: `head` completes the group before it, `lines` are copied, `tail` waits for what follows."""

    head: bytes
    lines: bytes
    tail: bytes


@dataclass(frozen=True, slots=True)
class Base64Part:
    """What stands before the first slot, then each slot with what stands behind it.

    Each static piece is encoded three times, for 0, 1 or 2 bytes waiting in front of it for a group of three.
    """

    encoding: ClassVar[str] = "base64"
    start: _Aligned
    rest: tuple[tuple[AnySlot, tuple[_Aligned, _Aligned, _Aligned]], ...]

    @property
    def static_start(self) -> bytes:
        """What the part begins with, whatever the values."""
        return self.start.lines

    def fill(self, out: list[bytes], values: Mapping[AnySlot, str]) -> None:
        """Append what stands behind `static_start`, with the values, to the pieces of a message."""
        waiting = self.start.tail
        for slot, choices in self.rest:
            waiting += _canonical_bytes(values[slot])
            head, lines, tail = choices[len(waiting) % 3]
            waiting += head
            if lines:
                out.append(_base64_lines(waiting))
                out.append(lines)
                waiting = tail
            else:
                waiting += tail
        out.append(_base64_lines(waiting))


@dataclass(frozen=True, slots=True)
class QuotedPrintablePart:
    """Soft line breaks around a slot, so that only its own line depends on the value."""

    encoding: ClassVar[str] = "quoted-printable"
    static_start: bytes
    rest: tuple[bytes | AnySlot, ...]

    def fill(self, out: list[bytes], values: Mapping[AnySlot, str]) -> None:
        """Append what stands behind `static_start`, with the values, to the pieces of a message."""
        last = self.static_start
        for piece in self.rest:
            data = _quoted_value(values[piece]) if isinstance(piece, (Slot, FieldSlot)) else piece
            if not data:
                continue
            # Every piece was laid out from column 0. No soft break at the very end: RFC 2045 has none to follow it.
            if last and not last.endswith(b"\r\n"):
                out.append(_SOFT_BREAK)
            out.append(data)
            last = data


EncodedPart = Base64Part | QuotedPrintablePart


def encode_part(pieces: Sequence[str | AnySlot]) -> EncodedPart:
    """The smaller of the two encodings; never 8bit, which a relay may have to convert, breaking the DKIM signature."""
    quoted = encode_quoted_printable(pieces)
    base64 = encode_base64(pieces)
    return quoted if _size(quoted) <= _size(base64) else base64


def encode_base64(pieces: Sequence[str | AnySlot]) -> Base64Part:
    start, rest = "", list[tuple[AnySlot, str]]()
    for piece in pieces:
        if isinstance(piece, (Slot, FieldSlot)):
            rest.append((piece, ""))
        elif rest:
            rest[-1] = (rest[-1][0], rest[-1][1] + canonicalise(piece))
        else:
            start += canonicalise(piece)
    return Base64Part(_align(start)[0], tuple((slot, _align(text)) for slot, text in rest))


def encode_quoted_printable(pieces: Sequence[str | AnySlot]) -> QuotedPrintablePart:
    quoted = [piece if isinstance(piece, (Slot, FieldSlot)) else _quote(piece) for piece in pieces]
    start = quoted[0] if quoted and not isinstance(quoted[0], (Slot, FieldSlot)) else b""
    return QuotedPrintablePart(start, tuple(quoted[1:] if start else quoted))


def canonicalise(text: str) -> str:
    """Every line end is CRLF: what a receiver decodes (RFC 2045 6.8, RFC 2046 4.1.1)."""
    return _LINE_END.sub("\r\n", text)


def _align(text: str) -> tuple[_Aligned, _Aligned, _Aligned]:
    raw = text.encode("utf-8")
    return _align_after(raw, 0), _align_after(raw, 1), _align_after(raw, 2)


def _align_after(raw: bytes, waiting: int) -> _Aligned:
    start = min(-waiting % 3, len(raw))
    end = len(raw) - (len(raw) - start) % 3
    return _Aligned(raw[:start], _base64_lines(raw[start:end]), raw[end:])


def _base64_lines(raw: bytes) -> bytes:
    if len(raw) <= _BYTES_PER_LINE:
        return b2a_base64(raw)[:-1] + b"\r\n" if raw else b""
    starts = range(0, len(raw), _BYTES_PER_LINE)
    lines = [b2a_base64(raw[start : start + _BYTES_PER_LINE], newline=False) for start in starts]
    return b"\r\n".join(lines) + b"\r\n"


def _quoted_value(value: str) -> bytes:
    if _QP_AS_IT_IS.fullmatch(value):
        return value.encode("ascii")
    return _quote_again(value) if len(value) <= _SHORT else _quote(value)


@lru_cache(maxsize=4096)  # a name stands in several places, and many readers get the same fallback
def _quote_again(value: str) -> bytes:
    return _quote(value)


def _quote(text: str) -> bytes:
    lines = canonicalise(text).split("\r\n")
    return "\r\n".join("=\r\n".join(_quote_line(line)) for line in lines).encode("ascii")


def _quote_line(line: str) -> list[str]:
    """One line of text as lines of the part, without the `=` between them."""
    coded = "".join(map(_QP.__getitem__, line.encode("utf-8"))).replace("  ", " =20")
    if coded.endswith(" "):  # relays strip it
        coded = f"{coded[:-1]}=20"
    out: list[str] = []
    at = 0
    while at < len(coded) or not out:
        # A lone dot ends an SMTP message, and mbox files put `>` before "From ".
        first = ""
        if coded.startswith((".", "From "), at):
            first = f"={ord(coded[at]):02X}"
            at += 1
        end = _cut_before_escape(coded, at, at + _QP_WIDTH - len(first))
        out.append(first + coded[at:end])
        at = end
    return out


def _cut_before_escape(coded: str, start: int, end: int) -> int:
    """`end`, or up to two before it: an escape such as `=E3` stays in one piece."""
    if end >= len(coded):
        return len(coded)
    equals = coded.rfind("=", max(start, end - 2), end)
    return equals if equals >= 0 else end


def _canonical_bytes(text: str) -> bytes:
    return (text if text.isprintable() else canonicalise(text)).encode("utf-8")


def _size(part: EncodedPart) -> int:
    out = [part.static_start]
    part.fill(out, defaultdict(str))
    return sum(map(len, out))
