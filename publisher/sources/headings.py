"""The heading of level 1 that a body begins with: its title, once more. Pure."""

from __future__ import annotations

import re

from publisher.markup.plain import strip_inline
from publisher.sources.lookup import LONGEST_TEXT

_START = re.compile(r"(?:[ \t]*\n|<!--(?:(?!-->)[^\n]){0,500}-->[ \t]*\n)*")
_ATX = re.compile(r" {0,3}#[ \t]+([^\n]+?)(?:[ \t]+#+)?[ \t]*(?:\n|\Z)")
_SETEXT = re.compile(r" {0,3}([^\s#>\-*+=`~][^\n]*)\n {0,3}=+[ \t]*(?:\n|\Z)")
_ID = re.compile(r"[ \t]*\{[^{}\n]{0,100}\}$")


def split_heading(body: str) -> tuple[str, str]:
    """Its words and the body without it; "" and the body as it is when it begins with something else."""
    start = _START.match(body)
    position = start.end() if start else 0
    match = _ATX.match(body, position) or _SETEXT.match(body, position)
    if match is None:
        return "", body
    return strip_inline(_ID.sub("", match[1][:LONGEST_TEXT])), body[match.end() :]


def without_heading(body: str, title: str) -> str:
    """The body without a heading that says what the title says: feeds and mails show the title themselves."""
    heading, rest = split_heading(body)
    return rest if heading and heading == title else body
