"""DKIM: which headers a signature covers, and the header that carries it (RFC 6376, RFC 8463). Pure.

Headers and body are canonicalised as "relaxed". A body of ours is its own canonical form (see mail.encoding), so that
whoever has its hash has all that a signature needs of it.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from publisher.mail.encodedwords import FOLD

# What a reader sees or a program acts on. Each is named once more than it stands in the message, so that none can be
# added on the way either (RFC 6376 8.15); without both headers for leaving a provider shows no button (RFC 8058 4).
COVERED = (
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Feedback-ID",
)
_COVERED = tuple(name.lower() for name in COVERED)
_WIDTH = 76
_FOLDED = re.compile(rb"\r\n(?=[ \t])")


class Key(Protocol):
    """What signs for a domain, without its secret."""

    @property
    def domain(self) -> str: ...

    @property
    def selector(self) -> str: ...

    @property
    def algorithm(self) -> str:
        """The `a=` tag: `rsa-sha256` or `ed25519-sha256`."""
        ...

    def sign(self, data: bytes) -> bytes: ...


_Key = TypeVar("_Key", bound=Key)


@dataclass(frozen=True, slots=True)
class Coverage:
    """`names` is the `h=` tag of every message of an issue; `shared` the canonical headers that all of them share."""

    names: str
    shared: bytes


def choose_keys(keys: Sequence[_Key], domain: str) -> tuple[_Key, ...]:
    """Those that speak for mail from `domain`: of it, of a domain above or of one below (RFC 9989 calls it relaxed)."""
    return tuple(
        key
        for key in keys
        if key.domain == domain or key.domain.endswith(f".{domain}") or domain.endswith(f".{key.domain}")
    )


def cover(shared: bytes, personal: Sequence[str]) -> Coverage:
    """What is signed of a message that has these `shared` headers, and one of each name in `personal` before them."""
    lines = {line.partition(b":")[0].decode("ascii"): line for line in relax_headers(shared).splitlines(keepends=True)}
    signed = [name for name in _COVERED if name in lines]
    names = [*signed, *(name.lower() for name in personal), *_COVERED]
    return Coverage(_fold_names(names), b"".join(lines[name] for name in signed))


def write_signature(key: Key, coverage: Coverage, personal: bytes, body_hash: bytes, moment: datetime) -> bytes:
    """The DKIM-Signature header, with its line end, of the message with these `personal` headers.

    The headers must be those, and in the order, that `cover` was told. The same message gets the same bytes.
    """
    tags = (
        f"v=1; a={key.algorithm}; c=relaxed/relaxed;{FOLD}d={key.domain}; s={key.selector};"
        f"{FOLD}t={int(moment.timestamp())}; h={coverage.names};"
        f"{FOLD}bh={_base64(body_hash)};{FOLD}b="
    )
    # Its own canonical form: without the line end, which is not signed (RFC 6376 3.7). No tag has two spaces.
    itself = f"dkim-signature:{tags.replace(FOLD, ' ')}".encode("ascii")
    signature = _base64(key.sign(coverage.shared + relax_headers(personal) + itself))
    return f"DKIM-Signature: {tags}{_fold(signature, _WIDTH - len('b='))}\r\n".encode("ascii")


def relax_headers(block: bytes) -> bytes:
    """Whole headers in canonical form: lower-case names, no folds, single spaces (RFC 6376 3.4.2)."""
    fields = (line.partition(b":") for line in _FOLDED.sub(b"", block).split(b"\r\n") if line)
    return b"".join(b"%s:%s\r\n" % (name.strip().lower(), b" ".join(value.split())) for name, _, value in fields)


def _fold_names(names: Sequence[str]) -> str:
    lines, column = [""], len("t=1767826805; h=")
    for name in names:
        if column + len(name) > _WIDTH and lines[-1]:
            lines.append("")
            column = 0
        lines[-1] += f"{name}:"
        column += len(name) + 1
    return FOLD.join(lines).removesuffix(":")


def _fold(text: str, width: int) -> str:
    return FOLD.join(text[start : start + width] for start in range(0, len(text), width))


def _base64(raw: bytes) -> str:
    return b2a_base64(raw, newline=False).decode("ascii")
