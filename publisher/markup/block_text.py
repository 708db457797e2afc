"""Block tokens -> lines of text. Depth is bounded by the parser, so recursion is safe. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from markdown_it.token import Token

from publisher.markup.inline_text import LinkList, read_html, read_inline
from publisher.markup.syntax.rules import DONE, OPEN, diagram_label
from publisher.markup.table_text import draw_table
from publisher.markup.width import display_width, wrap

_NARROWEST = 20  # columns that a deeply nested list is left with
_UNDERLINES = {"h1": "=", "h2": "-"}


@dataclass
class Node:
    """A block with the blocks in it; `kind` is its token type without `_open`."""

    kind: str
    token: Token
    children: list[Node] = field(default_factory=list)


def grow_tree(tokens: list[Token]) -> list[Node]:
    """Takes tokens that do not balance, too."""
    roots: list[Node] = []
    levels = [roots]
    for token in tokens:
        if token.nesting < 0:
            if len(levels) > 1:
                levels.pop()
            continue
        node = Node(token.type.removesuffix("_open"), token)
        levels[-1].append(node)
        if token.nesting > 0:
            levels.append(node.children)
    return roots


def read_blocks(nodes: list[Node], width: int, links: LinkList, *, is_tight: bool = False) -> list[str]:
    """Blocks under each other, with an empty line between them unless they are those of a tight list item."""
    lines: list[str] = []
    for node in nodes:
        block = _READERS.get(node.kind, _read_others)(node, max(width, _NARROWEST), links)
        if lines and block and not is_tight:
            lines.append("")
        lines += block
    return lines


def _read_others(node: Node, width: int, links: LinkList) -> list[str]:
    return read_blocks(node.children, width, links)


def _read_paragraph(node: Node, width: int, links: LinkList) -> list[str]:
    return wrap(_read_words(node, links), width)


def _read_heading(node: Node, width: int, links: LinkList) -> list[str]:
    text = _read_words(node, links).replace("\n", " ").strip()
    underline = _UNDERLINES.get(node.token.tag)
    if not text or not underline:
        return wrap(f"■ {text}", width, hanging="  ") if text else []
    lines = wrap(text, width)
    return [*lines, underline * max(map(display_width, lines))]


def _read_words(node: Node, links: LinkList) -> str:
    return "".join(read_inline(child.token.children, links) for child in node.children if child.kind == "inline")


def _read_code(node: Node, width: int, links: LinkList) -> list[str]:  # noqa: ARG001 - code is not wrapped
    lines = [("    " + line).rstrip() for line in node.token.content.rstrip("\n").split("\n")]
    label = diagram_label(node.token)
    return [f"[{label}]", *lines] if label else lines


def _read_quote(node: Node, width: int, links: LinkList) -> list[str]:
    return [f"> {line}".rstrip() for line in read_blocks(node.children, width - 2, links)]


def _read_list(node: Node, width: int, links: LinkList) -> list[str]:
    start = int(node.token.attrs.get("start", 1)) if node.kind == "ordered_list" else 0
    is_tight = all(child.token.hidden for item in node.children for child in item.children if child.kind == "paragraph")
    lines: list[str] = []
    for number, item in enumerate(node.children, start):
        marker = f"{number}. " if node.kind == "ordered_list" else "- "
        block = read_blocks(item.children, width - len(marker), links, is_tight=is_tight)
        if node.kind == "bullet_list" and block and block[0].startswith((DONE, OPEN)):
            marker = ""  # the box is the bullet
        if lines and not is_tight:
            lines.append("")
        lines += _hang(block or [""], marker)
    return lines


def _hang(lines: list[str], marker: str) -> list[str]:
    indent = " " * (len(marker) or 2)
    first = (marker + lines[0]).rstrip()
    return [first, *((indent + line).rstrip() for line in lines[1:])]


def _read_definitions(node: Node, width: int, links: LinkList) -> list[str]:
    """Each meaning hangs under its term."""
    lines: list[str] = []
    for child in node.children:
        if child.kind == "dt":
            lines += ["", *wrap(_read_words(child, links), width)] if lines else wrap(_read_words(child, links), width)
        else:
            is_tight = all(block.token.hidden for block in child.children if block.kind == "paragraph")
            block = read_blocks(child.children, width - 2, links, is_tight=is_tight)
            lines += [f"  {line}".rstrip() for line in block]
    return lines


def _read_table(node: Node, width: int, links: LinkList) -> list[str]:
    rows = [row for section in node.children for row in section.children]
    cells = [[" ".join(_read_words(cell, links).split()) for cell in row.children] for row in rows]
    aligns = [str(cell.token.attrs.get("align", "")) for cell in rows[0].children]
    return draw_table(cells, aligns, width)


def _read_rule(node: Node, width: int, links: LinkList) -> list[str]:  # noqa: ARG001 - always the same
    return ["-" * min(width, 24)]


def _read_html(node: Node, width: int, links: LinkList) -> list[str]:
    lines: list[str] = []
    for line in read_html(node.token.content, links).split("\n"):
        lines += [line] if line.startswith(" ") else wrap(line, width)  # indented lines are of a <pre>
    return lines


def _read_footnote(node: Node, width: int, links: LinkList) -> list[str]:
    marker = f"[*{node.token.meta['id'] + 1}] "
    return _hang(read_blocks(node.children, width - len(marker), links) or [""], marker)


_READERS: dict[str, Callable[[Node, int, LinkList], list[str]]] = {
    "paragraph": _read_paragraph,
    "heading": _read_heading,
    "fence": _read_code,
    "code_block": _read_code,
    "blockquote": _read_quote,
    "admonition": _read_quote,
    "summary": _read_paragraph,
    "dl": _read_definitions,
    "bullet_list": _read_list,
    "ordered_list": _read_list,
    "table": _read_table,
    "hr": _read_rule,
    "html_block": _read_html,
    "footnote": _read_footnote,
}
