"""markdown-it rules for shortcodes and Liquid tags, in a line of text and with lines for themselves. Pure."""

from __future__ import annotations

import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from publisher.markup.syntax import shortcodes
from publisher.markup.syntax.containers import is_kind_word, kind_of, make_mark
from publisher.markup.syntax.foreign_tokens import find_line, is_rest_blank, push_shown, push_words, search_once
from publisher.markup.syntax.shortcodes import Tag


def read_inline_tag(state: StateInline, *, silent: bool) -> bool:
    """A tag at a `{`. One that encloses code or a comment takes what it encloses with it."""
    found = shortcodes.match_tag(state.src, state.pos, state.posMax)
    if not found:
        return False
    tag, after = found
    language = shortcodes.code_language(tag)
    is_raw = tag.name in {"raw", "verbatim"} and not tag.is_end
    ending = None
    if language is not None or is_raw or shortcodes.is_dropped_block(tag):
        ending = _find_end(state, tag, after, state.posMax)
    inner = state.src[after : ending.start()] if ending else ""
    if is_raw and "{" not in inner:
        ending = None  # nothing that would be taken for a tag: the words are Markdown
    if not silent:
        if tag.family == "literal":
            state.pending += tag.rest
        elif ending and is_raw:
            state.pending += inner
        elif ending and language is not None:
            state.push("code_inline", "code", 0).content = " ".join(inner.split())
        elif not ending:
            push_shown(state, shortcodes.describe(tag))
    state.pos = ending.end() if ending else after
    return True


def read_tag_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - a rule
    """A line that begins with a tag which encloses blocks: code, a comment, a box."""
    begin, limit = state.bMarks[start] + state.tShift[start], state.eMarks[end - 1]
    found = shortcodes.match_tag(state.src, begin, limit)
    if not found:
        return False
    tag, after = found
    language = shortcodes.code_language(tag)
    if language is not None or shortcodes.is_dropped_block(tag):
        ending = _find_end(state, tag, after, limit)
        if ending and not silent:
            _push_enclosed(state, start, after, ending, language)
        return ending is not None
    name = tag.name.lower()
    kind = _kind_of(tag) if name != "code" and is_rest_blank(state, after) else None
    if kind is None or not (tag.is_end or _find_end(state, tag, after, limit)):
        return False
    if not silent:
        state.line = find_line(state, start, after) + 1
        title = "" if tag.is_end else _title_of(tag, kind)
        state.tokens.append(make_mark(f"{tag.family} {name}", kind="" if tag.is_end else kind, title=title))
    return True


def _find_end(state: StateInline | StateBlock, tag: Tag, start: int, limit: int) -> re.Match[str] | None:
    """The tag that ends what `tag` opens, between `start` and `limit`."""
    return search_once(state, shortcodes.match_end(tag.family, tag.name), start, limit)


def _push_enclosed(state: StateBlock, start: int, after: int, ending: re.Match[str], language: str | None) -> None:
    last = find_line(state, start, ending.end())
    if language is not None:
        token = state.push("fence", "code", 0)
        token.info, token.content = language, _read_lines(state, start, after, ending.start())
    rest = state.src[ending.end() : state.eMarks[last]].strip()
    if rest:
        push_words(state, rest)
    state.line = last + 1


def _read_lines(state: StateBlock, start: int, after: int, until: int) -> str:
    """What stands between two tags, without the indentation or the `>` of the block around."""
    first, last = find_line(state, start, after), find_line(state, start, until)
    if first == last:
        return state.src[after:until].strip() + "\n"
    head = state.src[after : state.eMarks[first]].strip()
    tail = state.src[state.bMarks[last] : until].strip()
    body = state.getLines(first + 1, last, state.blkIndent, True)  # noqa: FBT003 - markdown-it's own
    content = (head + "\n" if head else "") + body + (tail if tail.strip("> \t") else "")
    return content.rstrip("\n") + "\n"


def _kind_of(tag: Tag) -> str | None:
    arguments = tag.arguments
    return kind_of(tag.name.rpartition("/")[2], arguments.get("type", "kind", "level", "context"), arguments.at(0))


def _title_of(tag: Tag, kind: str) -> str:
    arguments = tag.arguments
    title = arguments.get("title", "summary", "name", "label")
    if title or kind == "quote":
        return title
    words = [word for word in arguments.positional if not is_kind_word(word)]
    return " ".join(words)
