"""HTML as the blocks that the text of a mail and a summary are made of. Pure.

What an item of a feed holds is read like Markdown: the same kinds of blocks come out, so that both look the same as
text. Elements without a meaning of their own leave no trace; depth is bounded by them and by `_DEEPEST`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

from lxml import etree
from markdown_it.token import Token

from publisher.markup.block_text import Node
from publisher.markup.syntax.foreign_tokens import EMBED
from publisher.markup.tags import BLOCKS, DROPPED, PLAIN_BLOCKS
from publisher.markup.tree import Element

_KINDS = {
    "p": "paragraph",
    "summary": "summary",
    "figcaption": "summary",
    "caption": "summary",
    "blockquote": "blockquote",
    "ul": "bullet_list",
    "ol": "ordered_list",
    "dl": "dl",
    "pre": "fence",
    "hr": "hr",
    "table": "table",
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading"),
}
_PARTS: Mapping[str, tuple[str, ...]] = {
    "bullet_list": ("li",),
    "ordered_list": ("li",),
    "dl": ("dt", "dd"),
}
_ITEMS = {("li",): "list_item", ("dt", "dd"): "dd"}
_BLOCK_TAGS = BLOCKS | PLAIN_BLOCKS
_NOT_TEXT = DROPPED | {"rp", "noscript"}
_LEAVES = frozenset({"paragraph", "heading", "summary"})
_DEEPEST = 30
_MOST_EMPTY = 2_000  # cells of a table
_SPACES = re.compile(r"[ \t\n\r\f]+")
_DIGITS = re.compile(r"\d{1,6}")
_LAYOUT = "./*//table|./*//ul|./*//ol|./*//pre|./*//blockquote|./*//p[2]|./*//h1|./*//h2|./*//h3"


@dataclass(slots=True)
class _Words:
    """A run of inline content. White space is folded as browsers do it."""

    tokens: list[Token] = field(default_factory=list)
    markup: str = ""  # that of an embed, as long as one is open
    is_blank: bool = True
    _ends_in_space: bool = True

    def add_text(self, text: str) -> None:
        folded = _SPACES.sub(" ", text)
        if folded.startswith(" ") and self._ends_in_space:
            folded = folded[1:]
        if folded:
            self.tokens.append(Token("text", "", 0, content=folded, markup=self.markup))
            self.is_blank = self.is_blank and folded == " "
            self._ends_in_space = folded.endswith(" ")

    def add_image(self, alt: str) -> None:
        self.tokens.append(Token("image", "img", 0, children=[Token("text", "", 0, content=alt)]))
        self.is_blank = self.is_blank and not alt
        self._ends_in_space = False

    def add_break(self) -> None:
        self.tokens.append(Token("hardbreak", "br", 0))
        self._ends_in_space = True

    def take(self) -> list[Token]:
        """What was collected, unless it is blank; then begin anew."""
        taken = [] if self.is_blank else self.tokens
        self.tokens, self.is_blank, self._ends_in_space = [], True, True
        return taken


def read_blocks_of_html(body: Element) -> list[Node]:
    """The blocks of a document that `tidy` has made well-formed."""
    return _read_children(body, 0)


def _read_children(element: Element, depth: int) -> list[Node]:
    """Blocks, and each run of words between them as a paragraph."""
    nodes: list[Node] = []
    words = _Words()
    _walk(element, nodes, words, depth)
    _end_paragraph(nodes, words)
    return nodes


def _walk(element: Element, nodes: list[Node], words: _Words, depth: int) -> None:
    """Everything in `element` in order; blocks go to `nodes`, and what is before them becomes a paragraph."""
    words.add_text(element.text or "")
    walker = etree.iterwalk(element, events=("start", "end"))
    skipped: Element | None = None
    for event, inner in walker:
        if inner is element:
            continue
        if event == "start":
            if _is_block(inner, depth):
                _end_paragraph(nodes, words)
                nodes += _read_block(inner, depth + 1)
            elif inner.tag not in _NOT_TEXT:
                _open(inner, nodes, words)
                continue
            skipped = inner
            walker.skip_subtree()
            continue
        if inner is not skipped:
            _close(inner, nodes, words)
        words.add_text(inner.tail or "")


def _is_block(element: Element, depth: int) -> bool:
    if depth >= _DEEPEST or element.tag not in _KINDS:
        return False
    return element.tag != "table" or not _is_layout(element)


def _is_layout(table: Element) -> bool:
    """A table of blocks, or of one row, as newsletters are built with, is read cell after cell."""
    return bool(table.xpath(_LAYOUT)) or (table.find(".//th") is None and len(list(islice(table.iter("tr"), 2))) == 1)


def _open(element: Element, nodes: list[Node], words: _Words) -> None:
    tag = element.tag
    if tag in _BLOCK_TAGS:
        _end_paragraph(nodes, words)
    if tag == "br":
        words.add_break()
    elif tag == "img":
        words.add_image(element.get("alt", ""))
    elif tag == "a":
        words.markup = EMBED if element.get("class") == EMBED else ""
        words.tokens.append(Token("link_open", "a", 1, attrs={"href": element.get("href", "")}))
    elif tag == "rt":
        words.add_text("(")
    words.add_text(element.text or "")


def _close(element: Element, nodes: list[Node], words: _Words) -> None:
    tag = element.tag
    if tag == "a":
        words.tokens.append(Token("link_close", "a", -1))
        words.markup = ""
    elif tag == "rt":
        words.add_text(")")
    elif tag in _BLOCK_TAGS:
        _end_paragraph(nodes, words)


def _end_paragraph(nodes: list[Node], words: _Words) -> None:
    if tokens := words.take():
        nodes.append(_make("paragraph", [_make_inline(tokens)]))


def _read_block(element: Element, depth: int) -> list[Node]:
    kind = _KINDS[element.tag]
    if kind == "fence":
        return [_make(kind, content="".join(map(str, element.itertext())).strip("\n") + "\n")]
    if kind in _LEAVES:
        return _read_leaf(element, kind, depth)
    if kind == "table":
        return _read_table(element, depth)
    parts = _PARTS.get(kind)
    children = _read_parts(element, parts, depth) if parts else _read_children(element, depth)
    if not children:
        return [_make(kind)] if kind == "hr" else []
    node = _make(kind, children)
    start = element.get("start", "")
    if kind == "ordered_list" and _DIGITS.fullmatch(start):
        node.token.attrs["start"] = int(start)
    return [node]


def _read_leaf(element: Element, kind: str, depth: int) -> list[Node]:
    nodes = _read_children(element, depth)
    if kind != "paragraph" and len(nodes) == 1:
        nodes[0].kind, nodes[0].token.tag = kind, str(element.tag)
    return nodes


def _read_parts(element: Element, tags: tuple[str, ...], depth: int) -> list[Node]:
    """Items of a list; one that has only words, or words and a list, stands close to the next."""
    items: list[Node] = []
    for child in element:
        blocks = _read_children(child, depth)
        if child.tag not in tags and not blocks:
            continue
        is_tight = sum(block.kind == "paragraph" for block in blocks) <= 1 and child.find("p") is None
        for block in blocks:
            block.token.hidden = is_tight
        if child.tag == "dt":
            blocks = blocks[0].children if blocks and blocks[0].kind == "paragraph" else blocks
        items.append(_make(child.tag if child.tag in {"dt", "dd"} else _ITEMS[tags], blocks))
    return items


def _read_table(table: Element, depth: int) -> list[Node]:
    rows = [_read_row(row, depth) for row in table.iter("tr")]
    rows = [row for row in rows if row.children]
    caption = table.find("caption")
    before = _read_leaf(caption, "summary", depth) if caption is not None else []
    if not rows:
        return before
    widest, cells = max(len(row.children) for row in rows), sum(len(row.children) for row in rows)
    if widest * len(rows) > _MOST_EMPTY + 4 * cells:  # filled up to its widest row it would be mostly air
        return [*before, *(_make("paragraph", cell.children) for row in rows for cell in row.children)]
    rows[0].children += [_make("td", [_make_inline([])]) for _ in range(widest - len(rows[0].children))]
    return [*before, _make("table", [_make("tbody", rows)])]


def _read_row(row: Element, depth: int) -> Node:
    cells: list[Node] = []
    for cell in row.iterchildren("td", "th"):
        tokens: list[Token] = []
        for block in _read_children(cell, depth):
            for inline in block.children:
                tokens += [Token("text", "", 0, content=" ")] if tokens else []
                tokens += inline.token.children or []
        node = _make("td", [_make_inline(tokens)])
        node.token.attrs["align"] = cell.get("align", "")
        cells.append(node)
    return _make("tr", cells)


def _make(kind: str, children: list[Node] | None = None, *, content: str = "") -> Node:
    return Node(kind, Token(f"{kind}_open", "", 0, content=content), children or [])


def _make_inline(tokens: list[Token]) -> Node:
    for token in tokens[-1:]:
        token.content = token.content.rstrip(" ")
    return Node("inline", Token("inline", "", 0, children=tokens))
