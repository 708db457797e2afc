"""markdown-it rules whose cost grows with the square of the text, replaced or fenced in. Pure.

With markdown-it-py 3.0 ten thousand characters of `[^`, a run of link definitions or a table of short rows take
seconds to minutes. Each rule here gives the same tokens for anything that a person writes.
"""

from __future__ import annotations

import re
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.common.html_re import close_tag, open_tag
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block import reference as parse_reference
from markdown_it.rules_block import table as parse_table
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.footnote.index import footnote_ref as parse_footnote_reference

from publisher.markup.syntax.foreign_html import TEMPLATE_TAG, escape_templates

# What none of our rules starts with is text; the original looks at it character by character.
_TEXT = re.compile(r"[^\n!$&*<@\[\\\]^_`{~]+")
_TAG = re.compile(f"{open_tag}|{close_tag}|<![A-Z]+\\s+[^<>]*>")
_ENCLOSED = (("<!--", "-->"), ("<?", "?>"), ("<![CDATA[", "]]>"))
_LONGEST_LABEL = 200
_LONGEST_DEFINITION = 12  # lines
_LOOK_AHEAD = 65_536


def use_linear_rules(md: MarkdownIt) -> None:
    """markdown-it plugin; to be used after the footnote plugin, where that is used at all."""
    md.inline.ruler.at("text", _read_text)
    md.inline.ruler.at("html_inline", _read_tag)
    if "footnote_ref" in md.inline.ruler.get_all_rules():
        md.inline.ruler.at("footnote_ref", _read_footnote_reference)
    md.inline.ruler2.at("fragments_join", _join_fragments)
    md.block.ruler.at("reference", _read_definition)
    md.block.ruler.at("table", _read_table, {"alt": ["paragraph", "reference"]})
    md.core.ruler.at("text_join", _join_texts)


def _read_text(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the signature of a markdown-it rule
    match = _TEXT.match(state.src, state.pos, state.posMax)
    if not match:
        return False
    if not silent:
        state.pending += match[0]
    state.pos = match.end()
    return True


def _read_tag(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the signature of a markdown-it rule
    if state.src[state.pos] != "<":
        return False
    end = _end_of_enclosed(state.src, state.pos)
    if end < 0:
        match = _TAG.match(state.src, state.pos, state.posMax) or _match_template_tag(state)
        end = match.end() if match else -1
    if end < 0 or end > state.posMax:
        return False
    if not silent:
        state.push("html_inline", "", 0).content = escape_templates(state.src[state.pos : end])
    state.pos = end
    return True


def _match_template_tag(state: StateInline) -> re.Match[str] | None:
    """`<img src="{{ "/a.png" | relative_url }}">`, which is HTML only after Jekyll has seen it."""
    if "{" not in state.src:
        return None
    match = TEMPLATE_TAG.match(state.src, state.pos, state.posMax)
    return match if match and ("{{" in match[0] or "{%" in match[0]) else None


def _end_of_enclosed(source: str, start: int) -> int:
    """Where a comment, a processing instruction or a CDATA section that starts here ends, or -1."""
    for opener, closer in _ENCLOSED:
        if source.startswith(opener, start) and _last_index(source, closer) >= start + 2:
            return source.index(closer, start + 2) + len(closer)
    return -1


@lru_cache(maxsize=16)
def _last_index(source: str, closer: str) -> int:
    return source.rfind(closer)


def _read_footnote_reference(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the signature of a rule
    """The original looks for the `]` of every `[^` up to the end of the paragraph."""
    if not state.src.startswith("[^", state.pos):
        return False
    if state.src.find("]", state.pos, min(state.posMax, state.pos + _LONGEST_LABEL)) < 0:
        return False
    return parse_footnote_reference(state, silent)


def _read_definition(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as above
    """The original reads the whole paragraph again for every link definition in it."""
    last, parent = state.lineMax, state.parentType
    state.lineMax = min(last, start + _LONGEST_DEFINITION)
    try:
        return parse_reference(state, start, end, silent)
    finally:
        state.lineMax, state.parentType = last, parent


def _read_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as above
    """A wide header makes every short row as wide as itself: no more cells than a few times the `|` that are there."""
    begin = state.bMarks[start]
    columns = state.src.count("|", begin, state.eMarks[start]) + 1
    if columns == 1 or start + 2 > end:
        return False
    cells = 2_000 + 4 * state.src.count("|", begin, begin + _LOOK_AHEAD)
    return parse_table(state, start, min(end, start + 2 + cells // columns), silent)


def _join_fragments(state: StateInline) -> None:
    """Merge what emphasis left over, and count the levels anew."""
    level = 0
    for token in state.tokens:
        level -= token.nesting < 0
        token.level = level
        level += token.nesting > 0
    state.tokens[:] = _merge_texts(state.tokens)


def _join_texts(state: StateCore) -> None:
    """Merge escapes and entities with the text around them; in image descriptions too, which the original forgets."""
    for block in state.tokens:
        if block.type == "inline" and block.children:
            block.children = _merge_specials(block.children)


def _merge_specials(tokens: list[Token]) -> list[Token]:
    for token in tokens:
        if token.type == "text_special":
            token.type = "text"
        elif token.type == "image" and token.children:
            token.children = _merge_specials(token.children)
    return _merge_texts(tokens)


def _merge_texts(tokens: list[Token]) -> list[Token]:
    merged: list[Token] = []
    parts: list[str] = []
    for token in tokens:
        if token.type == "text" and merged and merged[-1].type == "text":
            parts.append(token.content)
            continue
        if len(parts) > 1:
            merged[-1].content = "".join(parts)
        merged.append(token)
        parts = [token.content]
    if len(parts) > 1:
        merged[-1].content = "".join(parts)
    return merged
