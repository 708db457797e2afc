"""A player stands in a mail as its picture, or as a card of text, either of which leads to its page. Pure.

Mail programs play nothing. What stood alone in a paragraph becomes a block of its own; a link within a sentence stays
a link.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from lxml import etree

from publisher.markup.tree import Element, replace_with

# The address of its pictures is the same for every video; `hqdefault.jpg` (480 by 360) is there for each.
_YOUTUBE = re.compile(
    r"https?://(?:(?:www\.|m\.|music\.)?youtube\.com/(?:watch\?(?:[^#]{0,500}&)?v=|shorts/|live/|embed/)|youtu\.be/)"
    r"([\w-]{11})(?![\w-])"
)
_POSTER = "https://i.ytimg.com/vi/{}/hqdefault.jpg"
# Pages that are known to hold a video or a post: a bare address of one is meant to be seen, not read.
_PAGES = re.compile(
    r"https?://(?:(?:www\.)?vimeo\.com/\d|(?:www\.|sp\.)?nicovideo\.jp/watch/|(?:www\.)?bilibili\.com/video/"
    r"|(?:www\.)?(?:x|twitter)\.com/\w{1,20}/status/\d)"
)
_POSTS = frozenset({"x.com", "twitter.com"})  # nothing to play there
_PLAY = "▶ "


def set_posters(body: Element) -> None:
    """In the body of an article, for mail: see the module. Changes it in place."""
    for paragraph in list(body.iter("p")):
        link = _only_link(paragraph)
        if link is not None and (link.get("class") == "embed" or _is_bare_page(link)):
            replace_with(paragraph, _make_block(link))


def find_poster(url: str) -> str | None:
    """The address of the picture that stands for a video, where it follows from that of its page."""
    video = _YOUTUBE.match(url)
    return _POSTER.format(video[1]) if video else None


def _only_link(paragraph: Element) -> Element | None:
    children = list(paragraph)
    if len(children) != 1 or children[0].tag != "a":
        return None
    around = (paragraph.text or "") + (children[0].tail or "")
    return None if around.strip() else children[0]


def _is_bare_page(link: Element) -> bool:
    url = link.get("href", "")
    return not len(link) and (link.text or "").strip() == url and bool(_YOUTUBE.match(url) or _PAGES.match(url))


def _make_block(link: Element) -> Element:
    url = link.get("href", "")
    picture = link.find("img")
    poster = picture.get("src") if picture is not None else find_poster(url)
    words = " ".join("".join(map(str, link.itertext())).split()).removeprefix(_PLAY.strip()).strip()
    is_titled = bool(words) and words != url and _without_query(words) != _without_query(_without_scheme(url))
    shown = words if is_titled else _without_scheme(url)
    sign = "" if _host(url) in _POSTS else _PLAY
    block = etree.Element("div", {"class": "figure" if poster else "box"})
    place = block if poster else etree.SubElement(block, "p")
    new = etree.SubElement(place, "a", {"href": url, "class": "embed"})
    if poster:
        # What it shows is said beside it.
        etree.SubElement(new, "img", {"src": poster, "alt": ""})
        etree.SubElement(new, "br").tail = sign + shown
    else:
        new.text = sign + shown
        if is_titled and (host := _host(url)):
            etree.SubElement(place, "br").tail = host
    return block


def _without_scheme(url: str) -> str:
    return url.partition("://")[2].removeprefix("www.").rstrip("/") or url


def _without_query(address: str) -> str:
    return address.partition("?")[0].rstrip("/")


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
