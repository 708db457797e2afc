"""What is shown of foreign markup, as tokens of Markdown or as HTML. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from html import escape

from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from publisher.markup.place import Place
from publisher.markup.syntax.shortcodes import Show, Shown
from publisher.markup.syntax.template_links import fill_template

# Marks what is shown of an embed: a summary does without it.
EMBED = "embed"


def push_shown(state: StateInline, shown: Shown) -> None:
    """Into a line of text."""
    for token in make_tokens(shown, state.env.get("place")):
        state.push(token.type, token.tag, token.nesting)
        token.level = state.tokens[-1].level
        state.tokens[-1] = token


def push_shown_paragraph(state: StateBlock, shown: Shown) -> None:
    """As a block of its own."""
    children = make_tokens(shown, state.env.get("place"))
    if children:
        state.push("paragraph_open", "p", 1)
        # No words to be read: what is in it is there already.
        state.push("inline", "", 0).children = []
        state.tokens[-1].meta["ready"] = children
        state.push("paragraph_close", "p", -1)


def push_words(state: StateBlock, words: str) -> None:
    """A paragraph of Markdown."""
    state.push("paragraph_open", "p", 1)
    inline = state.push("inline", "", 0)
    inline.content, inline.children = words, []
    state.push("paragraph_close", "p", -1)


def make_tokens(shown: Shown, place: Place | None) -> list[Token]:
    if shown.show is Show.LINK:
        return _make_link(shown.url, shown.label or shown.url)
    if shown.show is Show.IMAGE:
        return _make_image(shown)
    if shown.show is Show.ADDRESS and place is not None:
        return _make_address(shown, place)
    return []


def write_html(shown: Shown, place: Place | None) -> str:
    """The same inside of raw HTML."""
    if shown.show is Show.LINK:
        return f'<a href="{escape(shown.url)}">{escape(shown.label or shown.url)}</a>'
    if shown.show is Show.IMAGE:
        return f'<img src="{escape(shown.url)}" alt="{escape(shown.label)}"> {escape(shown.caption)}'.rstrip()
    url = fill_template(shown.url, place) if shown.show is Show.ADDRESS and place else None
    return escape(url or "")


def search_once(
    state: StateInline | StateBlock, pattern: re.Pattern[str], start: int, limit: int
) -> re.Match[str] | None:
    """`pattern.search(state.src, start, limit)`, but no part of a text is searched twice for the same."""
    known: dict[object, tuple[int, re.Match[str] | None]] = state.env.setdefault("searched", {})
    key = (pattern, limit, len(state.src), hash(state.src))
    begin, found = known.get(key, (limit + 1, None))
    if begin > start or (found and found.start() < start):
        found = pattern.search(state.src, start, limit)
        known[key] = (start, found)
    return found


def find_line(state: StateBlock, start: int, position: int) -> int:
    """The line in which a position lies, from line `start` on."""
    return bisect_left(state.eMarks, position, start)


def is_rest_blank(state: StateBlock, position: int) -> bool:
    end = state.src.find("\n", position)
    return not state.src[position : end if end >= 0 else len(state.src)].strip()


def _make_link(url: str, label: str) -> list[Token]:
    text = Token("text", "", 0, content=label, markup=EMBED)
    return [Token("link_open", "a", 1, attrs={"href": url}, markup=EMBED), text, Token("link_close", "a", -1)]


def _make_image(shown: Shown) -> list[Token]:
    image = Token("image", "img", 0, attrs={"src": shown.url, "alt": ""})
    image.children = [Token("text", "", 0, content=shown.label)]
    caption = [Token("hardbreak", "br", 0), Token("text", "", 0, content=shown.caption)] if shown.caption else []
    return [image, *caption]


def _make_address(shown: Shown, place: Place) -> list[Token]:
    """In the text; what names an article is a link to it."""
    url = fill_template(shown.url, place)
    if not url:
        return []
    is_value = shown.url.startswith("{{ ")
    return [Token("text", "", 0, content=url)] if is_value else _make_link(url, url)
