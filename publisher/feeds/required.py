"""What each format requires of a document and of its entries, and the addresses that stand in it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree

from publisher.feeds.parse import ATOM, Document

_URL_ATTRIBUTES = etree.XPath("//@href | //@url | //@scheme | //@domain[parent::category]")
_URL_ELEMENTS = ("link", "url", *(f"{ATOM}{name}" for name in ("uri", "icon", "logo")))
_URL_MEMBERS = {"url", "image", "icon", "favicon", "home_page_url", "feed_url", "next_url"}
_PARTS = {"items", "authors", "hubs", "attachments"}
_JSON_VERSION = "https://jsonfeed.org/version/1"


def find_missing(document: Document) -> str:
    """What a document lacks or has twice, or "" (RSS 2.0, RFC 4287 4.1, JSON Feed 1.1)."""
    if isinstance(document, dict):
        return _missing_in_json(document)
    return _missing_in_atom(document) if document.tag == f"{ATOM}feed" else _missing_in_rss(document)


def list_urls(document: Document) -> Iterator[str]:
    """Every address outside of texts."""
    return _json_urls(document) if isinstance(document, dict) else _xml_urls(document)


def _missing_in_rss(root: etree._Element) -> str:
    channel = root.find("channel")
    if channel is None:
        return "channel"
    wrong = _not_once(channel, ("title", "link", "description"))
    items = (_not_once(item, ("title", "link", "guid")) for item in channel.iterchildren("item"))
    return wrong or next((f"{name} of an item" for name in items if name), "")


def _missing_in_atom(root: etree._Element) -> str:
    names = tuple(f"{ATOM}{name}" for name in ("id", "title", "updated"))
    author = f"{ATOM}author/{ATOM}name"
    has_author = bool(root.findtext(author))
    wrong = _not_once(root, names)
    for entry in () if wrong else root.iterchildren(f"{ATOM}entry"):
        wrong = _not_once(entry, names) or ("" if has_author or entry.findtext(author) else "author")
        if wrong:
            return f"{wrong} of an entry"
    return wrong


def _not_once(parent: etree._Element, names: tuple[str, ...]) -> str:
    for name in names:
        found = parent.findall(name)
        if len(found) != 1 or not (found[0].text or "").strip():
            return name.removeprefix(ATOM)
    return ""


def _missing_in_json(document: dict[str, Any]) -> str:
    if not str(document.get("version", "")).startswith(_JSON_VERSION):
        return "version"
    if not document.get("title"):
        return "title"
    items = document.get("items")
    if not isinstance(items, list):
        return "items"
    if document.get("next_url") == document.get("feed_url", ""):
        return "a next_url of its own"
    return next((wrong for item in items if (wrong := _missing_in_item(item))), "")


def _missing_in_item(item: Any) -> str:
    if not (isinstance(item, dict) and isinstance(item.get("id"), str) and item["id"]):
        return "id of an item"
    return "" if "content_html" in item or "content_text" in item else "content of an item"


def _xml_urls(root: etree._Element) -> Iterator[str]:
    attributes: Any = _URL_ATTRIBUTES(root)  # the stubs cannot know that this path finds attributes
    yield from map(str, attributes)
    for element in root.iter(*_URL_ELEMENTS):
        yield element.text or ""


def _json_urls(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _json_urls(item)
    elif isinstance(value, dict):
        for member, inner in value.items():
            if member in _URL_MEMBERS:
                yield str(inner)
            elif member in _PARTS:
                yield from _json_urls(inner)
