"""The three formats read back into one form, without the product's own reader."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from html import unescape
from typing import Any

from lxml import etree

NS = {
    "at": "http://purl.org/atompub/tombstones/1.0",
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "fh": "http://purl.org/syndication/history/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "source": "http://source.scripting.com/",
}
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True)
class Row:
    """What an entry says in every format."""

    id: str
    url: str
    title: str
    published: float  # as timestamps: datetimes of two zones are never equal within a repeated hour
    updated: float
    summary: str
    body: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    image: str


def find(content: bytes, path: str) -> list[Any]:
    """XPath with the usual prefixes; the answer is elements or strings."""
    found = etree.fromstring(content).xpath(path, namespaces=NS)
    assert isinstance(found, list)
    return found


def read_rss(content: bytes) -> list[Row]:
    rows = []
    for item in find(content, "/rss/channel/item"):
        published = parsedate_to_datetime(item.findtext("pubDate"))
        updated = item.findtext("atom:updated", namespaces=NS)
        description = item.findtext("description") or ""
        rows.append(
            Row(
                id=item.findtext("guid"),
                url=item.findtext("link"),
                title=item.findtext("title"),
                published=published.timestamp(),
                updated=(datetime.fromisoformat(updated) if updated else published).timestamp(),
                summary=unescape(description),
                body=item.findtext("content:encoded", namespaces=NS) or "",
                authors=tuple(node.text for node in item.findall("dc:creator", NS)),
                categories=tuple(node.text for node in item.findall("category")),
                image=_image(item),
            )
        )
    return rows


def read_atom(content: bytes) -> list[Row]:
    return [
        Row(
            id=entry.findtext("atom:id", namespaces=NS),
            url=entry.find("atom:link[@rel='alternate']", NS).get("href"),
            title=entry.findtext("atom:title", namespaces=NS),
            published=datetime.fromisoformat(entry.findtext("atom:published", namespaces=NS)).timestamp(),
            updated=datetime.fromisoformat(entry.findtext("atom:updated", namespaces=NS)).timestamp(),
            summary=entry.findtext("atom:summary", namespaces=NS) or "",
            body=entry.findtext("atom:content", namespaces=NS) or "",
            authors=tuple(node.text for node in entry.findall("atom:author/atom:name", NS)),
            categories=tuple(node.get("label") for node in entry.findall("atom:category", NS)),
            image=_image(entry),
        )
        for entry in find(content, "/atom:feed/atom:entry")
    ]


def read_json(content: bytes) -> list[Row]:
    return [
        Row(
            id=item["id"],
            url=item["url"],
            title=item["title"],
            published=datetime.fromisoformat(item["date_published"]).timestamp(),
            updated=datetime.fromisoformat(item["date_modified"]).timestamp(),
            summary=item.get("summary", ""),
            body=item.get("content_html", ""),
            authors=tuple(author["name"] for author in item["authors"]),
            categories=tuple(item.get("tags", ())),
            image=item.get("image", ""),
        )
        for item in json.loads(content)["items"]
    ]


def _image(entry: etree._Element) -> str:
    node = entry.find("media:content", NS)
    return "" if node is None else node.get("url", "")
