"""HTML of a body -> HTML that mail programs show. Pure.

No block that Outlook does not know, no anchors, every image with a size.
No styles: those are the template's, by tag and by the classes `box`, `caption`, `code`, `data`, `embed`,
`figure`, `footnotes`, `summary` and `task`, `admonition` and the letters of `_COLOURS`.
"""

from __future__ import annotations

import re

from lxml import etree

from publisher.markup.characters import drop_forbidden
from publisher.markup.mail_code import lay_out_code
from publisher.markup.posters import set_posters
from publisher.markup.sanitise import sanitise
from publisher.markup.tree import Element, parse_fragment, replace_with_text, unwrap, write_fragment

# Outlook for Windows knows no other blocks than these few.
_RENAMED = {
    "figure": ("div", "figure"),
    "figcaption": ("div", "caption"),
    "details": ("div", "box"),
    "summary": ("div", "summary"),
    "section": ("div", None),
    # The issue has the first two levels for itself: its own title and those of its articles.
    "h1": ("h3", None),
    "h2": ("h3", None),
    "h3": ("h4", None),
    "h4": ("h5", None),
    "h5": ("h6", None),
}
# Pygments' classes by the colours of the template: a handful, because Gmail clips a long mail.
_COLOURS = {
    "c": "c",
    "k": "k",
    "gh": "k",
    "s": "s",
    "gi": "s",
    "m": "m",
    "no": "m",
    "nf": "f",
    "nc": "f",
    "nt": "f",
    "gd": "d",
}
_DROPPED_ATTRIBUTES = ("id", "srcset", "sizes", "reversed", "value", "open", "datetime", "cite", "hreflang")
_DIGITS = re.compile(r"\d{1,5}")


def to_mail_html(html: str, width: int = 536) -> str:
    """The output of `render_html` for a column of `width` pixels. Takes any HTML and raises nothing."""
    body = parse_fragment(sanitise(drop_forbidden(html)))
    for element in list(body.iter("source", "wbr")):
        unwrap(element)
    for element in list(body.iter("picture")):
        unwrap(element)
    for element in list(body.iter("sup", "a")):
        _settle_footnote(element)
    set_posters(body)
    for element in list(body.iter()):
        _settle_element(element, width)
    for element in list(body.iter("pre")):
        lay_out_code(element)
    return write_fragment(body).replace("\N{NO-BREAK SPACE}", "&nbsp;")


def _settle_footnote(element: Element) -> None:
    """Links inside a mail do not work in half of the programs, so a note has a number and no way back."""
    if element.get("class") == "footnote-ref":
        number = "".join(map(str, element.itertext()))
        for child in list(element):
            element.remove(child)
        element.text = f"[{number}]"
        del element.attrib["class"]
    elif element.get("class") == "footnote-back":
        replace_with_text(element, "")


def _settle_element(element: Element, width: int) -> None:
    for name in _DROPPED_ATTRIBUTES:
        _drop(element, name)
    if element.tag in _RENAMED:
        _rename(element, *_RENAMED[element.tag])
    elif element.tag == "img":
        _size_image(element, width)
    elif element.tag == "table":
        _set_all(element, {"class": "data", "border": "1", "cellpadding": "6", "cellspacing": "0"})
    elif element.tag == "ruby":
        _bracket_readings(element)
    elif element.tag == "code":
        _drop(element, "class")
    elif element.tag == "blockquote":
        if element.get("class"):
            element.set("class", "admonition")
    elif element.tag == "span" and element.get("class"):
        _colour(element)


def _colour(span: Element) -> None:
    name = _COLOURS.get(span.get("class", ""))
    if name:
        span.set("class", name)
    else:
        unwrap(span)


def _rename(element: Element, tag: str, name: str | None) -> None:
    element.tag = tag
    if name:
        element.set("class", name)


def _set_all(element: Element, attributes: dict[str, str]) -> None:
    for name, value in attributes.items():
        element.set(name, value)


def _drop(element: Element, name: str) -> None:
    if name in element.attrib:
        del element.attrib[name]


def _size_image(image: Element, limit: int) -> None:
    """A width always, because Outlook shows an image as wide as its file; a height only when it is the real one."""
    given, tall = _number(image, "width"), _number(image, "height")
    wide = min(given or tall or limit, limit)
    image.set("width", str(wide))
    image.set("alt", image.get("alt", ""))
    if given and tall:
        image.set("height", str(max(1, round(tall * wide / given))))
    else:
        _drop(image, "height")


def _number(element: Element, name: str) -> int:
    value = element.get(name, "")
    return int(value) if _DIGITS.fullmatch(value) else 0


def _bracket_readings(ruby: Element) -> None:
    """Programs that do not know ruby show 漢(かん) and not 漢かん."""
    if ruby.find(".//rp") is not None:
        return
    for reading in list(ruby.iter("rt")):
        parent = reading.getparent()
        if parent is None:
            continue
        before, after = etree.Element("rp"), etree.Element("rp")
        before.text, after.text = "(", ")"
        parent.insert(parent.index(reading), before)
        after.tail, reading.tail = reading.tail, None
        parent.insert(parent.index(reading) + 1, after)
