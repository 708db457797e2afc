"""The pictures of a finished document: which there are, and their sizes in pixels. Pure.

Outlook for Windows reads nothing but the attributes, and shows a picture without them as large as its file is. All
others follow the style, which stays fluid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lxml import etree

from publisher.mail.inline import DOCTYPE
from publisher.markup.tree import Element
from publisher.model.picture import Picture

_NUMBER = re.compile(r"\d{1,5}")
_MAX_WIDTH = re.compile(r"(?<![\w-])max-width:\s*(\d{1,5})px")


def find_addresses(html: str) -> list[str]:
    """Of all pictures on the web, each once; none for a mail of text alone."""
    if not html:
        return []
    return list(dict.fromkeys(source for _, source in _pictures(_parse(html))))


def fit_pictures(html: str, known: Mapping[str, Picture], column: int) -> str:
    """With width and height of the pictures that are known, never wider than they are, nor than `column` pixels; and
    with their copies instead of them, where there are any.
    """
    root = _parse(html)
    changed = False
    for image, source in _pictures(root):
        picture = known.get(source)
        if picture is None:
            continue
        if picture.width and picture.height and not _has_size(image):
            _size(image, picture, column)
            changed = True
        if picture.copy:
            image.set("src", picture.copy)
            changed = True
    if not changed:
        return html
    written: str = etree.tostring(root.getroottree(), method="html", encoding="unicode", doctype=DOCTYPE)
    return written


def _parse(html: str) -> Element:
    return etree.fromstring(html.encode("utf-8"), etree.HTMLParser(encoding="utf-8"))


def _pictures(root: Element) -> Iterator[tuple[Element, str]]:
    for image in root.iter("img"):
        source = image.get("src") or ""
        if source.startswith(("http://", "https://")):
            yield image, source


def _has_size(image: Element) -> bool:
    return bool(_number(image, "width") and _number(image, "height"))


def _size(image: Element, picture: Picture, column: int) -> None:
    width = min(_number(image, "width") or column, picture.width)
    image.set("width", str(width))
    image.set("height", str(max(1, round(picture.height * width / picture.width))))
    style = image.get("style")
    if style:
        image.set("style", _MAX_WIDTH.sub(lambda found: f"max-width:{min(int(found[1]), width)}px", style))


def _number(image: Element, name: str) -> int:
    value = image.get(name) or ""
    return int(value) if _NUMBER.fullmatch(value) else 0
