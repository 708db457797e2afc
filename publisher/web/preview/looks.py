"""A mail as people see it whose mail program is light, dark, or shows no pictures. Pure."""

from __future__ import annotations

import re
from enum import StrEnum
from itertools import pairwise


class Look(StrEnum):
    """How a mail is shown; each is a word in addresses."""

    LIGHT = "light"
    DARK = "dark"
    IMAGES_OFF = "images-off"


_STYLE = re.compile(r"<style\b|</style", re.IGNORECASE)
_SCHEME = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)", re.IGNORECASE)
_HEAD = re.compile(r"<head\b[^>]{0,1000}>", re.IGNORECASE)
_ALWAYS, _NEVER = "(min-width: 0)", "(max-width: 0)"
_NO_PICTURES = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
# Links open in a tab of their own, which is a page like any other; nothing else gets out of the frame.
_SANDBOX = "sandbox allow-popups allow-popups-to-escape-sandbox; frame-ancestors 'self'"


def dress(html: str, look: Look) -> str:
    """A copy of the document in which the question for the colour scheme has its answer already."""
    scheme = "dark" if look is Look.DARK else "light"

    def answer(found: re.Match[str]) -> str:
        return _ALWAYS if found[1].lower() == scheme else _NEVER

    tags = list(_STYLE.finditer(html))
    bounds = [0, *(tag.start() for tag in tags), len(html)]
    opens = [False, *(tag[0][1] != "/" for tag in tags)]
    pieces = (html[start:end] for start, end in pairwise(bounds))
    answered = (
        _SCHEME.sub(answer, piece) if is_style else piece for piece, is_style in zip(pieces, opens, strict=True)
    )
    added = f'<base target="_blank"><style>:root {{ color-scheme: {scheme} !important; }}</style>'
    return _HEAD.sub(lambda found: found[0] + added, "".join(answered), count=1)


def policy_of(look: Look) -> str:
    """The Content-Security-Policy that the mail is shown under: no script, no request but for its pictures."""
    pictures = "" if look is Look.IMAGES_OFF else "; img-src https: http: data:"
    return f"{_NO_PICTURES}{pictures}; {_SANDBOX}"
