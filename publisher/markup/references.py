"""The other articles that a body links to by their files. Pure.

Every name in question is found, and some that are not links: what stands in code, a part of a name with spaces.
Looking for those is harmless; missing one would leave an old address in a feed.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from publisher.markup.syntax.template_links import read_reference
from publisher.model.article import BodyFormat

_ENDING = re.compile(r"\.[mM](?:[dD][xX]?|arkdown)(?![\w-])")
_LONGEST = 300
_TEMPLATE = re.compile(
    r"\{\{[<%]\s*(?:rel)?ref\s[^{}\n]{0,500}?[>%]\}\}|\{%-?\s*(?:link|post_url|post_link|post_path)\s[^%{}\n]{0,500}-?%\}"
)
# How the beginning of an address is marked: `href=x.md`, `[…](x_(1).md)`, `[…](<a b.md>)`, `href="a b.md"`.
_MARKS = ("](", "]:", "<", '"', "'")
_BEFORE_BARE = "\"'<>=(|}"
_NO_NAME = re.compile(r"[<>\"{}|\n]|\]\(")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def find_references(markdown: str, body_format: BodyFormat) -> tuple[str, ...]:
    """Their names as written, each once, without `#part` and `?query`."""
    if body_format is BodyFormat.HTML:
        return ()
    found: dict[str, None] = {}
    if "{" in markdown:
        for match in _TEMPLATE.finditer(markdown):
            _add(found, read_reference(match[0]) or "")
    for match in _ENDING.finditer(markdown):
        before = markdown[max(0, match.start() - _LONGEST) : match.end()]
        for name in _cut_names(before):
            _add(found, name)
    return tuple(found)


def _cut_names(text: str) -> Iterator[str]:
    """What the name that ends this text may be, by where it may begin."""
    word = text.rsplit(maxsplit=1)[-1]
    yield word[max(map(word.rfind, _BEFORE_BARE)) + 1 :]
    for mark in _MARKS:
        start = text.rfind(mark)
        name = text[start + len(mark) :].lstrip("< \n")
        if start >= 0 and not _NO_NAME.search(name):
            yield name


def _add(found: dict[str, None], name: str) -> None:
    if "\\" in name:
        name = _ESCAPED.sub(r"\1", name)
    if "&" in name:
        name = html.unescape(name)
    plain = name.partition("#")[0].partition("?")[0].strip()
    if plain and "://" not in plain and not plain.startswith("//"):
        found[plain] = None
