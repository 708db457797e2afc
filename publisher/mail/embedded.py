"""Pictures that travel in the mail itself (RFC 2387, RFC 2392). Pure.

The HTML of an issue names them by their addresses on the web, as the archive and a browser need them; only the message
says `cid:`. Each picture is a part of its own beside the HTML, in `multipart/related` inside `multipart/alternative`:
the other way round some programs show no text part.
"""

from __future__ import annotations

import hashlib
from binascii import b2a_base64
from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from publisher.mail.headers import write_header
from publisher.model.rendered import Embedded

_TYPES = {"jpg": "jpeg"}
_BYTES_PER_LINE = 57  # 76 characters of base64


class Attached(NamedTuple):
    """HTML that says `cid:`, and the pictures it names."""

    html: str
    pictures: tuple[Embedded, ...]


class Related(NamedTuple):
    """What stands around the HTML part: before its headers, and behind its content."""

    start: str
    end: bytes


def choose_embedded(found: Iterable[Embedded], budget: int) -> tuple[Embedded, ...]:
    """Those that stand in the mail, in their order: the smallest first, as long as all of them together have at most
    `budget` bytes. The others stay links.
    """
    pictures = list(dict.fromkeys(found))
    chosen: set[Embedded] = set()
    for picture in sorted(pictures, key=lambda item: len(item.content)):
        budget -= len(picture.content)
        if budget < 0:
            break
        chosen.add(picture)
    return tuple(picture for picture in pictures if picture in chosen)


def attach(html: str, pictures: Sequence[Embedded], domain: str) -> Attached:
    """`pictures` that the HTML shows, by their Content-IDs; `domain` makes them the newsletter's own."""
    shown = []
    for picture in pictures:
        named = html.replace(_source(picture.url), _source(f"cid:{content_id(picture, domain)}"))
        if named != html:
            shown.append(picture)
            html = named
    return Attached(html, tuple(shown))


def detach(html: str, pictures: Sequence[Embedded], domain: str) -> str:
    """The HTML of a message as a browser can show it: with the addresses again."""
    for picture in pictures:
        html = html.replace(_source(f"cid:{content_id(picture, domain)}"), _source(picture.url))
    return html


def content_id(picture: Embedded, domain: str) -> str:
    """Without angle brackets. Made from the content: the same issue gives the same bytes."""
    return f"{hashlib.sha256(picture.content).hexdigest()[:32]}@{domain}"


def wrap_related(attached: Attached, boundary: str, domain: str) -> Related:
    """`boundary` is that of the message, 32 hexadecimal digits at its end; nothing where there are no pictures."""
    if not attached.pictures:
        return Related("", b"")
    # Of another beginning: a program that compares only beginnings takes neither for the other.
    inner = f"=_r{boundary[-32:]}"
    line = f"\r\n--{inner}".encode("ascii")
    content_type = write_header("Content-Type", f'multipart/related; type="text/html";\r\n boundary="{inner}"')
    parts = (_write_part(picture, number, domain) for number, picture in enumerate(attached.pictures, start=1))
    end = b"".join(line + b"\r\n" + part for part in parts) + line + b"--\r\n"
    return Related(f"{content_type}\r\n--{inner}\r\n", end)


def _write_part(picture: Embedded, number: int, domain: str) -> bytes:
    """Headers and content of one part, up to its last line end. `number` names the file."""
    name = f"picture-{number}.{picture.kind}"
    headers = (
        write_header("Content-Type", f'image/{_TYPES.get(picture.kind, picture.kind)}; name="{name}"')
        + write_header("Content-Transfer-Encoding", "base64")
        + write_header("Content-ID", f"<{content_id(picture, domain)}>")
        + write_header("Content-Disposition", f'inline; filename="{name}"')
    )
    starts = range(0, len(picture.content), _BYTES_PER_LINE)
    lines = [b2a_base64(picture.content[at : at + _BYTES_PER_LINE], newline=False) for at in starts]
    return headers.encode("ascii") + b"\r\n" + b"\r\n".join(lines) + b"\r\n"


def _source(url: str) -> str:
    return f'src="{escape(url)}"'
