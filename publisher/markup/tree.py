"""HTML as a tree and back. Pure; the one door to lxml for bodies.

Bytes go in, never text: with some builds of lxml text that holds emoji comes out broken (premailer issue 249).
Canonical XML comes out, with the end tags of empty elements removed: libxml2's own HTML writer would percent-encode
addresses anew.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from lxml import etree

Element: TypeAlias = etree._Element  # noqa: SLF001 - the name that lxml's own stubs give it

_PARSER = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
# Empty by HTML 5; libxml2 lets some of them hold all that follows.
_LATE_VOID = ("source", "embed", "wbr", "track")
_VOID_END = re.compile("</(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr)>")
_PRE_START = re.compile(r"(<pre(?:\s[^>]*)?>)\n")


def parse_fragment(html: str) -> Element:
    """The `body` that holds the fragment. Raises nothing: a parser of HTML takes everything."""
    root = etree.fromstring(f"<!DOCTYPE html><html><body>{html}</body></html>".encode(), _PARSER)
    body = root[0]
    for element in list(body.iter(*_LATE_VOID)):
        _move_out(element)
    for pre in body.iter("pre"):
        if pre.text and pre.text.startswith("\n"):  # HTML 5 ignores it, libxml2 does not
            pre.text = pre.text[1:]
    return body


def write_fragment(body: Element) -> str:
    text = etree.tostring(body, method="c14n", with_comments=False).decode()
    return protect_text(_VOID_END.sub("", text[text.index(">") + 1 : text.rindex("<")]))


def protect_text(html: str) -> str:
    """Keep the start of a text from those who read it next.

    A parser drops a newline right after `<pre>`, so one that belongs to the text must stand there twice. And `>` with
    U+0338 is `≯` in NFC: whoever normalises the HTML would break the tag.
    """
    return _PRE_START.sub(r"\1" + "\n\n", html).replace(">\u0338", ">&#824;")


def replace_with(element: Element, replacement: Element) -> None:
    """Put `replacement` in the place of `element`, whose following text stays."""
    parent = element.getparent()
    if parent is None:
        return
    replacement.tail = element.tail
    parent.replace(element, replacement)


def replace_with_text(element: Element, text: str) -> None:
    """Put plain text in the place of `element` and all it holds."""
    parent = element.getparent()
    if parent is None:
        return
    text += element.tail or ""
    before = element.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + text
    else:
        parent.text = (parent.text or "") + text
    parent.remove(element)


def unwrap(element: Element) -> None:
    """Remove an element and keep what it holds."""
    _move_out(element)
    replace_with_text(element, "")


def _move_out(element: Element) -> None:
    parent = element.getparent()
    if parent is None or (not len(element) and not element.text):
        return
    position = parent.index(element) + 1
    children = list(element)
    if children:
        children[-1].tail = (children[-1].tail or "") + (element.tail or "")
        element.tail = element.text
    else:
        element.tail = (element.text or "") + (element.tail or "")
    element.text = None
    for offset, child in enumerate(children):
        parent.insert(position + offset, child)
