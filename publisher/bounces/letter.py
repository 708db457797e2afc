"""A mail as far as reports need it: headers, parts and words, within limits. Pure.

Python's own parser, in its lenient form. It takes a mail line by line and compares each with every open boundary, and
walks into parts by calling itself: more than a few dozen boundaries are no report, and only its headers are read then.
"""

from __future__ import annotations

import email
import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from functools import cached_property

LARGEST_MAIL = 1_000_000  # bytes; what a report says stands before the mail it returns
_MOST_BOUNDARIES = 40
_MOST_PARTS = 100
_LONGEST_PART = 100_000  # characters
_LONGEST_HEADER = 2000
_BOUNDARY = re.compile(rb"boundary", re.IGNORECASE)
_NESTED = re.compile(rb"^content-type:\s*message/", re.IGNORECASE | re.MULTILINE)
_BLANK = re.compile(rb"\r?\n[ \t]*\r?\n")


@dataclass(frozen=True)
class Letter:
    """`content` cut to LARGEST_MAIL."""

    content: bytes

    @cached_property
    def message(self) -> Message:
        content = self.content
        depth = sum(1 for _ in _BOUNDARY.finditer(content)) + sum(1 for _ in _NESTED.finditer(content))
        if depth > _MOST_BOUNDARIES:
            content = _BLANK.split(content, maxsplit=1)[0] + b"\r\n\r\n"
        return email.message_from_bytes(content)

    @cached_property
    def parts(self) -> list[Message]:
        """Every part, the mail itself first, and those of mails within it."""
        return [part for _, part in zip(range(_MOST_PARTS), self.message.walk(), strict=False)]

    @cached_property
    def body(self) -> str:
        """All that follows the headers, as it is, byte by byte."""
        pieces = _BLANK.split(self.content, maxsplit=1)
        return pieces[1].decode("latin-1") if len(pieces) == 2 else ""

    @cached_property
    def texts(self) -> list[str]:
        """The words of each text part, plain ones first."""
        found = [part for part in self.parts if part.get_content_maintype() == "text" and not part.is_multipart()]
        return [read_text(part) for part in sorted(found, key=lambda part: part.get_content_subtype() != "plain")]

    def header(self, name: str) -> str:
        return read_header(self.message, name)

    @property
    def fallback(self) -> str:
        """Names a mail that cannot be parsed."""
        return hashlib.sha256(self.content).hexdigest()[:40]

    @property
    def digest(self) -> str:
        """Names this mail: by its Message-ID and whom it came to, so that a copy by another way is the same."""
        message_id = self.header("Message-ID")
        if not message_id:
            return self.fallback
        named = "\0".join([message_id, self.header("To"), self.header("Subject"), self.header("Date")])
        return hashlib.sha256(named.encode("utf-8", "replace")).hexdigest()[:40]


def read_letter(content: bytes) -> Letter:
    """The line of mbox files (`From …`) that pipes put before a mail is taken away."""
    content = content[:LARGEST_MAIL]
    if content.startswith(b"From "):
        content = content.partition(b"\n")[2]
    return Letter(content)


def read_header(message: Message, name: str) -> str:
    """Decoded, on one line; "" when it is not there."""
    wanted = name.lower()
    raw = next((str(value) for found, value in message.raw_items() if found.lower() == wanted), "")[:_LONGEST_HEADER]
    # Bytes beyond ASCII, which many servers write as they are, come as surrogates.
    value = raw.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    with suppress(HeaderParseError, LookupError, ValueError):  # then it stays as it is written
        value = str(make_header(decode_header(value)))
    return " ".join(value.split())


def read_text(part: Message) -> str:
    """Decoded by its charset, or what it can be read as."""
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    raw = raw[: 4 * _LONGEST_PART]
    for charset in (part.get_content_charset() or "utf-8", "utf-8", "iso-2022-jp", "cp932"):
        try:
            return raw.decode(charset)[:_LONGEST_PART]
        except (LookupError, ValueError):
            continue
    return raw.decode("latin-1")[:_LONGEST_PART]
