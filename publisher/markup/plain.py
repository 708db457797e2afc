"""A body -> plain text, of Markdown from the tokens and not from HTML: text parts, summaries and titles. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html import escape

from markdown_it.token import Token

from publisher.markup.block_text import Node, grow_tree, read_blocks
from publisher.markup.characters import clean, clean_line
from publisher.markup.embeds import settle_embeds
from publisher.markup.graphemes import split_graphemes
from publisher.markup.html_blocks import read_blocks_of_html
from publisher.markup.inline_text import LinkList, read_html, read_inline
from publisher.markup.parser import parse_line, parse_markdown
from publisher.markup.place import Place
from publisher.markup.sanitise import is_bearable, tidy
from publisher.markup.syntax.cjk import joins
from publisher.markup.syntax.rules import plain_alt
from publisher.markup.tags import ALLOWED, INLINE
from publisher.markup.tree import parse_fragment
from publisher.markup.width import shorten
from publisher.model.article import BodyFormat

_ENOUGH = 600  # characters, besides some for each one of the summary
_MORE = re.compile(r"<!--\s*(?:more|truncate)\b", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
# `__init__` and `2*3*4` are no emphasis where people write titles.
_NAMES = re.compile(r"(?<!\w)__[a-z][a-z0-9_]*__(?!\w)|(?<=[A-Za-z0-9])\*(?=[A-Za-z0-9])")
# None of these begins anything in Markdown, so nearly every title is what it is.
_NO_MARKUP = re.compile(r"[^\n!$&*<@\[\\\]^_`{~]*")
_MARKS = re.compile(r"[_*]")
_ALWAYS_TAGS = frozenset({"br", "hr", "img", "wbr"})


def render_text(markdown: str, place: Place, width: int = 72) -> str:
    """A body as text of at most `width` columns: addresses are numbered and listed at the end."""
    links = LinkList(place)
    lines = read_blocks(_read_tree(markdown, place), width, links)
    if links.urls:
        lines += ["", *(f"[{number}] {url}" for url, number in links.urls.items())]
    return clean("\n".join(lines)).strip("\n")


def summarise(markdown: str, limit: int = 140, body_format: BodyFormat = BodyFormat.MARKDOWN) -> str:
    """The first paragraphs as one line of at most `limit` graphemes; headings, images, code and tables are skipped.

    A `<!--more-->` or `<!-- truncate -->` ends it.
    """
    if body_format is BodyFormat.HTML and (cut := _MORE.search(markdown)):
        markdown = markdown[: cut.start()]
    place = Place("", "", format=body_format)
    beginning = _cut_beginning(markdown, limit) if body_format is BodyFormat.MARKDOWN else markdown
    summary, is_full = _collect(_read_tree(beginning, place), limit)
    if beginning is not markdown and not is_full:
        summary, _ = _collect(_read_tree(markdown, place), limit)
    return summary


def _cut_beginning(markdown: str, limit: int) -> str:
    """Enough of a long body for its summary, where nothing behind it can change what it says; else the whole body."""
    end = markdown.find("\n\n", _ENOUGH + 6 * limit)
    if end < 0 or "]:" in markdown or any(sign in markdown for sign in ("{{", "{%", "<!")):
        return markdown
    return markdown[: end + 1]


def _collect(tree: list[Node], limit: int) -> tuple[str, bool]:
    """The summary, and whether it is full with first paragraphs, so that what comes later makes no difference."""
    summary = ""
    for find in (_first_paragraphs, _any_words):
        for paragraph in find(tree):
            text = clean_line(_join_lines(paragraph))
            gap = "" if not summary or not text or (_ends(summary) and joins(summary[-1], text[0])) else " "
            summary += gap + text
            if len(summary) > limit and len(split_graphemes(summary)) > limit:
                return shorten(summary, limit), find is _first_paragraphs
        if summary:
            return summary.rstrip(), False
    return "", False


def strip_inline(text: str) -> str:
    """A title or excerpt as one plain line: no Markdown, tags and entities, but every ordinary `<`, `*`, `_`, `&`."""
    line = clean_line(text)
    if _NO_MARKUP.fullmatch(line):
        return line
    line = _NAMES.sub(lambda match: _MARKS.sub(r"\\\g<0>", match[0]), line)
    tokens = parse_line(line)
    _settle_tags(tokens)
    return clean_line(read_inline(tokens))


def _read_tree(body: str, place: Place) -> list[Node]:
    if place.format is not BodyFormat.HTML:
        return grow_tree(parse_markdown(body, place))
    html = clean(body)
    document = parse_fragment(tidy(html if is_bearable(html) else f"<p>{escape(html)}</p>"))
    settle_embeds(document, place)
    return read_blocks_of_html(document)


def _first_paragraphs(tree: list[Node]) -> Iterator[str]:
    """Those at the top level, up to a `<!--more-->`."""
    for node in tree:
        if node.kind == "paragraph":
            cut = _find_cut(node)
            yield _words(node, cut)
            if cut is not None:
                return
        elif node.kind == "html_block" and _MORE.search(node.token.content):
            return


def _find_cut(paragraph: Node) -> int | None:
    """Where among its words a paragraph is cut."""
    children = paragraph.children[0].token.children or [] if paragraph.children else []
    marks = (at for at, child in enumerate(children) if child.type == "html_inline" and _MORE.match(child.content))
    return next(marks, None)


def _any_words(tree: list[Node]) -> Iterator[str]:
    """Paragraphs in lists and quotes, and raw HTML: for a body that has nothing else."""
    for node in tree:
        if node.kind == "paragraph":
            yield _words(node)
        elif node.kind == "html_block":
            yield read_html(node.token.content)
        elif node.kind not in {"heading", "table", "footnote_block"}:
            yield from _any_words(node.children)


def _ends(text: str) -> bool:
    return unicodedata.category(text[-1]) in {"Po", "Pe", "Pf", "So"}


def _words(paragraph: Node, cut: int | None = None) -> str:
    return "".join(read_inline((child.token.children or [])[:cut]) for child in paragraph.children)


def _join_lines(text: str) -> str:
    joined = ""
    for line in text.split("\n"):
        piece = line.strip()
        gap = "" if not joined or not piece or joins(joined[-1], piece[0]) else " "
        joined += gap + piece
    return joined


def _settle_tags(tokens: list[Token]) -> None:
    """`<T>` and a lone `<title>` are words of a title; a tag is what HTML knows and what is closed."""
    matches = [_TAG.match(token.content) if token.type == "html_inline" else None for token in tokens]
    ends = {(match[2].lower(), bool(match[1])) for match in matches if match}
    for token, match in zip(tokens, matches, strict=True):
        if token.type == "image":
            token.type, token.content = "text", plain_alt(token.children)
        if not match:
            continue
        name = match[2].lower()
        is_tag = name in _ALWAYS_TAGS or (name in ALLOWED and {(name, True), (name, False)} <= ends)
        if not is_tag:
            token.type = "text"
        elif name not in INLINE:
            token.type, token.content = "text", " "
