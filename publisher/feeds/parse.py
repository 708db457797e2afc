"""Feeds read back: our own before they leave, and those of others whose ids we keep. Pure.

What is read may come from anywhere, so nothing is fetched and no entity is expanded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
Document: TypeAlias = "dict[str, Any] | etree._Element"  # noqa: SLF001 - the class has no public name

_BLANK = b"\xef\xbb\xbf \t\r\n"


@dataclass(frozen=True, slots=True)
class Item:
    """`url` is empty when the item names no page."""

    id: str
    url: str


def parse_feed(content: bytes) -> Document:
    """Raises ValueError for what is neither a JSON object nor XML, and for XML with a DOCTYPE."""
    return _parse_json(content) if content.lstrip(_BLANK).startswith(b"{") else _parse_xml(content)


def read_items(document: Document) -> list[Item]:
    """The items of an RSS 2.0, Atom 1.0 or JSON feed, in their order; those without an id are left out.

    Raises ValueError for what is none of these.
    """
    return [item for item in read_all_items(document) if item.id]


def read_all_items(document: Document) -> Iterator[Item]:
    """As `read_items`, with those whose id is empty."""
    if isinstance(document, dict):
        return _json_items(document)
    if document.tag == f"{ATOM}feed":
        return _atom_items(document)
    if document.tag == "rss":
        return _rss_items(document)
    raise ValueError("is neither RSS 2.0 nor Atom 1.0")


def _parse_json(content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    if not isinstance(document, dict):
        raise ValueError("is not a JSON object")
    return document


def _parse_xml(content: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"is not well-formed XML: {error}") from None
    docinfo: Any = root.getroottree().docinfo  # the stubs know it only in part
    if docinfo.doctype:  # a feed has none, an attack needs one
        raise ValueError("has a DOCTYPE")
    return root


def _rss_items(root: etree._Element) -> Iterator[Item]:
    for item in root.iter("item"):
        guid, link = item.find("guid"), _text(item.find("link"))
        if guid is None:  # readers then tell items apart by their link, so that is its id
            yield Item(link, link)
        else:
            is_link = guid.get("isPermaLink", "true").strip().lower() != "false"
            yield Item(_text(guid), link or (_text(guid) if is_link else ""))


def _atom_items(root: etree._Element) -> Iterator[Item]:
    for entry in root.iter(f"{ATOM}entry"):
        links = [link for link in entry.findall(f"{ATOM}link") if link.get("rel", "alternate") == "alternate"]
        # The page comes before its other forms; where no type is said, the first one is the page.
        links.sort(key=lambda link: link.get("type") != "text/html")
        url = links[0].get("href", "").strip() if links else ""
        yield Item(_text(entry.find(f"{ATOM}id")), url)


def _json_items(document: dict[str, Any]) -> Iterator[Item]:
    items = document.get("items")
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict) and isinstance(item.get("id"), str | int):  # a number counts as its text (1.1, items)
            url = item.get("url")
            yield Item(str(item["id"]).strip(), url.strip() if isinstance(url, str) else "")


def _text(element: etree._Element | None) -> str:
    return "" if element is None else str(element.xpath("string()")).strip()
