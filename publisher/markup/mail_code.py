"""Blocks of code for mail programs that fold white space: a table cell, hard spaces, line breaks. Pure.

Code runs from left to right, in whatever language it is explained.
"""

from __future__ import annotations

import re

from lxml import etree

from publisher.markup.tree import Element, replace_with, unwrap

_HARD = "\N{NO-BREAK SPACE}"
_LAYOUT = {
    "class": "code",
    "dir": "ltr",
    "role": "presentation",
    "width": "100%",
    "border": "0",
    "cellpadding": "0",
    "cellspacing": "0",
}
# A parser of old ends these where a table begins.
_CLOSED_BY_TABLE = ("h1", "h2", "h3", "h4", "h5", "h6", "p", "pre")
_GAP = re.compile("  +")
_TAB = " " * 4


def lay_out_code(pre: Element) -> None:
    """Put a table with one cell in the place of a `<pre>`."""
    table = etree.Element("table", _LAYOUT)
    code = etree.SubElement(etree.SubElement(etree.SubElement(table, "tr"), "td", {"class": "code"}), "code")
    code.text = pre.text
    code.extend(list(pre))
    for inner in list(code.iter("code"))[1:]:
        unwrap(inner)
    _drop_last_newline(code)
    is_line_start = True
    for event, element in list(etree.iterwalk(code, events=("start", "end"))):
        if event == "start" and element.text:
            is_line_start = _break_text(element, is_line_start=is_line_start)
        elif event == "end" and element.tail and element is not code:
            is_line_start = _break_tail(element, is_line_start=is_line_start)
    replace_with(pre, table)
    _take_link_in(table, code)
    for around in list(table.iterancestors(*_CLOSED_BY_TABLE)):
        unwrap(around)


def _take_link_in(table: Element, code: Element) -> None:
    """A link around the block goes around its text: no parser of old lets a link hold a table."""
    for link in list(table.iterancestors("a")):
        around = etree.Element("a", {str(name): str(value) for name, value in link.items()})
        around.text, code.text = code.text, None
        around.extend(list(code))
        code.append(around)
        unwrap(link)


def _drop_last_newline(element: Element) -> None:
    """A fence ends with one, which would be an empty line here. It may be in the last element inside."""
    while len(element) and not element[-1].tail:
        element = element[-1]
    if len(element):
        element[-1].tail = (element[-1].tail or "").removesuffix("\n")
    elif element.text:
        element.text = element.text.removesuffix("\n")


def _break_text(element: Element, *, is_line_start: bool) -> bool:
    first, *others = _harden(element.text or "", is_line_start=is_line_start)
    element.text = first
    for position, line in enumerate(others):
        _insert_break(element, position, line)
    return not (others[-1] if others else first)


def _break_tail(element: Element, *, is_line_start: bool) -> bool:
    parent = element.getparent()
    first, *others = _harden(element.tail or "", is_line_start=is_line_start)
    element.tail = first
    if parent is not None:
        start = parent.index(element) + 1
        for position, line in enumerate(others, start):
            _insert_break(parent, position, line)
    return not (others[-1] if others else first)


def _insert_break(parent: Element, position: int, line: str) -> None:
    line_break = etree.Element("br")
    line_break.tail = line
    parent.insert(position, line_break)


def _harden(text: str, *, is_line_start: bool) -> list[str]:
    """Lines whose indentation and inner gaps survive where white space is folded."""
    lines = text.replace("\t", _TAB).split("\n")
    return [_harden_line(line, is_start=is_line_start or number > 0) for number, line in enumerate(lines)]


def _harden_line(line: str, *, is_start: bool) -> str:
    body = line.lstrip(" ") if is_start else line
    return _HARD * (len(line) - len(body)) + _GAP.sub(lambda gap: _HARD * (len(gap[0]) - 1) + " ", body)
