"""What feeds write in titles, summaries and bodies -> plain text, and HTML with complete addresses. Pure.

A title may be text, HTML, or HTML that was escaped once too often, and few feeds say which.
"""

from __future__ import annotations

import html
import re
from collections import Counter

from publisher import urls
from publisher.markup.characters import clean, clean_line
from publisher.markup.embeds import LAZY_SOURCES, LAZY_SRCSET
from publisher.markup.inline_text import read_html
from publisher.markup.links import resolve_srcset
from publisher.markup.place import Place
from publisher.markup.sanitise import is_bearable, tidy
from publisher.markup.tags import ALLOWED, INLINE, PLAIN_BLOCKS, PLAYERS, VOID
from publisher.markup.tree import Element, parse_fragment, write_fragment
from publisher.markup.width import shorten

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,15})(?:\s[^<>]{0,2000})?/?>")
_ESCAPED_TAG = re.compile(r"&lt;(/?)([A-Za-z][A-Za-z0-9]{0,15})(?=[\s/]|&gt;)")
_ESCAPED_TWICE = re.compile(r"&amp;(#\d{2,7}|#[xX][0-9A-Fa-f]{2,6}|amp|lt|gt|quot|apos|nbsp|[a-z]{2,8});")
_ADDRESSES = ("href", "src", "data", "poster", "cite", *LAZY_SOURCES)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_KNOWN = ALLOWED | PLAIN_BLOCKS | PLAYERS
_LONGEST_TITLE = 1_000  # characters
_LONGEST_SUMMARY = 20_000  # of what is looked at for a summary
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")


def to_title(text: str) -> str:
    """One plain line: HTML gone, entities read, as often as they were escaped. `a < b` and `List<T>` stay."""
    line = clean_line(text[:_LONGEST_TITLE])
    for _ in range(3):
        plain = html.unescape(_drop_tags(line))
        if plain == line:
            break
        line = plain
    return clean_line(line)


def to_summary(markup: str, limit: int) -> str:
    """One plain line of at most `limit` graphemes, with the words of HTML only."""
    start = _unescape_twice(markup[:_LONGEST_SUMMARY])
    return shorten(clean_line(read_html(start) if "<" in start or "&" in start else start), limit)


def to_body(markup: str, base: str) -> str:
    """HTML with every address complete, as far as `base` allows; scripts are gone. Takes any text."""
    text = clean(markup)
    if _is_escaped_twice(text):
        text = html.unescape(text)
    text = _unescape_twice(text)
    if not is_bearable(text) or not _TAG.search(text):
        return text_to_html(html.unescape(text))
    body = parse_fragment(tidy(text))
    for element in body.iter():
        _complete(element, base)
    return clean(write_fragment(body)).strip()


def text_to_html(text: str) -> str:
    """Plain text as paragraphs."""
    plain = clean(text).strip()
    paragraphs = (html.escape(part, quote=False).replace("\n", "<br>\n") for part in _BLANK_LINES.split(plain))
    return "\n".join(f"<p>{part}</p>" for part in paragraphs if part)


def _drop_tags(line: str) -> str:
    """Tags that HTML knows and that are closed, or never need to be; a block leaves a space."""
    found = Counter((match[2].lower(), bool(match[1])) for match in _TAG.finditer(line))

    def settle(match: re.Match[str]) -> str:
        name = match[2].lower()
        is_tag = name in VOID or (name in _KNOWN and found[name, True] and found[name, False])
        return ("" if name in INLINE else " ") if is_tag else match.group()

    return _TAG.sub(settle, line)


def _is_escaped_twice(text: str) -> bool:
    """No tag, but a known one and its end with their brackets escaped."""
    if _TAG.search(text):
        return False
    found = {(match[2].lower(), bool(match[1])) for match in _ESCAPED_TAG.finditer(text)}
    return any(name in _KNOWN and {(name, True), (name, False)} <= found for name, _ in found)


def _unescape_twice(markup: str) -> str:
    """`&amp;amp;` and `&amp;nbsp;`: nobody means the letters, but in code they may, so such a text is left alone."""
    return markup if "<code" in markup or "<pre" in markup else _ESCAPED_TWICE.sub(r"&\1;", markup)


def _complete(element: Element, base: str) -> None:
    for name in _ADDRESSES:
        value = element.get(name)
        if value is not None and not _SCHEME.match(value.strip()):
            try:
                element.set(name, urls.absolute(value, base))
            except ValueError:
                del element.attrib[name]
    for name in ("srcset", LAZY_SRCSET):
        value = element.get(name)
        if value is not None:
            element.set(name, resolve_srcset(value, Place(base, _origin(base))) or "")


def _origin(base: str) -> str:
    scheme, _, rest = base.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"
