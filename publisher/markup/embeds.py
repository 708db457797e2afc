"""What a feed reader or a mail program would not show, turned into what it does show. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from lxml import etree

from publisher.markup.links import resolve_url
from publisher.markup.place import Place
from publisher.markup.syntax.rules import DONE, OPEN
from publisher.markup.tags import PLAIN_BLOCKS, PLAYERS
from publisher.markup.tree import Element, replace_with, replace_with_text, unwrap

LAZY_SOURCES = ("data-src", "data-original", "data-lazy-src")
LAZY_SRCSET = "data-srcset"

# Players and the pages that people open; `{}` is the key.
_PLAYERS = (
    (
        re.compile(r"https://www\.youtube(?:-nocookie)?\.com/embed/([\w-]{6,20})"),
        "https://www.youtube.com/watch?v={}",
    ),
    (re.compile(r"https://player\.vimeo\.com/video/(\d{1,20})"), "https://vimeo.com/{}"),
    (re.compile(r"https://embed\.nicovideo\.jp/watch/([a-z]{0,2}\d{1,20})"), "https://www.nicovideo.jp/watch/{}"),
    (
        re.compile(r"https://platform\.(?:twitter|x)\.com/embed/[Tt]weet\.html\?(?:[^#]{0,500}&)?id=(\d{1,20})"),
        "https://x.com/i/status/{}",
    ),
)
_HOLD_PARAGRAPHS = frozenset({"body", "div", "section", "figure", "blockquote", "details"})


def settle_embeds(body: Element, place: Place) -> None:
    """Players become links, form controls characters, lazy images real ones; `<noscript>` is opened."""
    for element in body.iter(*PLAIN_BLOCKS):
        element.tag = "div"
    for element in list(body.iter("noscript")):
        _open_noscript(element)
    for element in list(body.iter("input")):
        _settle_input(element)
    for element in list(body.iter("img")):
        _settle_lazy_image(element)
    for element in reversed(list(body.iter(*PLAYERS))):  # inner ones first: an object may hold an embed
        _settle_player(element, place)


def _open_noscript(element: Element) -> None:
    """The image in it stands there for a lazy one right before, which gets its own source back."""
    before = element.getprevious()
    if before is not None and before.tag == "img" and element.find(".//img") is not None:
        replace_with_text(element, "")
    else:
        unwrap(element)


def _settle_input(element: Element) -> None:
    is_box = element.get("type", "").lower() == "checkbox"
    replace_with_text(element, (DONE if "checked" in element.attrib else OPEN) if is_box else "")


def _settle_lazy_image(element: Element) -> None:
    source = next((element.get(name) for name in LAZY_SOURCES if element.get(name)), None)
    if source:
        element.set("src", source)
    if element.get(LAZY_SRCSET):
        element.set("srcset", element.get(LAZY_SRCSET, ""))


def _settle_player(element: Element, place: Place) -> None:
    url = _source_of(element, place)
    if url is None:
        _settle_unplayable(element)
        return
    link = etree.Element("a", {"href": url, "class": "embed"})
    title = " ".join(element.get("title", "").split())
    poster = resolve_url(element.get("poster", ""), place) if element.get("poster") else None
    if poster:
        etree.SubElement(link, "img", {"src": poster, "alt": title}).tail = " "
        link[0].tail = f" ▶ {title or _short(url)}"
    else:
        link.text = f"▶ {title or _short(url)}"
    parent = element.getparent()
    if parent is not None and parent.tag in _HOLD_PARAGRAPHS:
        paragraph = etree.Element("p")
        paragraph.append(link)
        replace_with(element, paragraph)
    else:
        replace_with(element, link)


def _settle_unplayable(element: Element) -> None:
    """Without an address there is only what it holds for programs that cannot play it; a frame holds raw text."""
    if element.tag == "object":
        unwrap(element)
    else:
        replace_with_text(element, "")


def _source_of(element: Element, place: Place) -> str | None:
    sources = [element.get("src"), element.get("data"), *(element.get(name) for name in LAZY_SOURCES)]
    sources += [source.get("src") for source in element.iter("source", "embed")]
    sources += [link.get("href") for link in element.iter("a")]
    for source in sources:
        if source and (url := resolve_url(source, place)):
            return _page_of(url)
    return None


def _page_of(url: str) -> str:
    """Where what a player plays is shown to people."""
    found = ((page, player.match(url)) for player, page in _PLAYERS)
    return next((page.format(key[1]) for page, key in found if key), url)


def _short(url: str) -> str:
    """An address without scheme and query, as a text to click on."""
    parts = urlsplit(url)
    return (parts.netloc.removeprefix("www.") + parts.path).rstrip("/") + (
        f"?{parts.query}" if parts.query and "watch" in url else ""
    )
