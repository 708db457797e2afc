"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/) -> FeedDocument. Pure."""

from __future__ import annotations

import json
from datetime import datetime, tzinfo
from typing import Any

from publisher.model.article import Author
from publisher.sources.dates import parse_date
from publisher.sources.feed.document import MOST_ITEMS, FeedDocument, FeedItem, FeedUnreadable, first_text
from publisher.sources.feed.text import text_to_html

_MOST_PARTS = 300  # tags or authors of one item


def read_json(text: str, zone: tzinfo) -> FeedDocument:
    """Raises FeedUnreadable."""
    try:
        document = json.loads(text)
    except RecursionError:
        raise FeedUnreadable("is nested too deeply") from None
    except ValueError as error:
        raise FeedUnreadable(f"is not complete JSON ({error})") from None
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise FeedUnreadable("is JSON, but no JSON Feed: it has no list of items")
    inherited = _authors(document)
    language = first_text([document.get("language")])
    found = [_read_item(item, zone, inherited, language) for item in items[:MOST_ITEMS] if isinstance(item, dict)]
    home, older = first_text([document.get("home_page_url")]), first_text([document.get("next_url")])
    return FeedDocument(tuple(found), home, older=older)


def _read_item(item: dict[str, Any], zone: tzinfo, inherited: tuple[Author, ...], language: str) -> FeedItem:
    summary = first_text([item.get("summary")])
    words = text_to_html(first_text([item.get("content_text"), summary]))
    return FeedItem(
        guid=_id(item.get("id")),
        link=first_text([item.get("url"), item.get("external_url")]),
        title=first_text([item.get("title")]),
        content=first_text([item.get("content_html"), words]),
        summary=text_to_html(summary) if summary else "",
        published=_moment(item.get("date_published"), zone),
        updated=_moment(item.get("date_modified"), zone),
        tags=tuple(first_text([tag]) for tag in _list(item.get("tags"))),
        authors=_authors(item) or inherited,
        image=first_text([item.get("image"), item.get("banner_image")]),
        language=first_text([item.get("language"), language]),
    )


def _id(value: object) -> str:
    """A number counts as its text (1.1, `id`)."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return json.dumps(value)
    return first_text([value])


def _authors(thing: dict[str, Any]) -> tuple[Author, ...]:
    """`authors` of 1.1, `author` of 1.0."""
    people = [person for person in [*_list(thing.get("authors")), thing.get("author")] if isinstance(person, dict)]
    found = [Author(first_text([one.get("name")]), None, first_text([one.get("url")]) or None) for one in people]
    return tuple(dict.fromkeys(person for person in found if person.name))


def _list(value: object) -> list[Any]:
    return value[:_MOST_PARTS] if isinstance(value, list) else []


def _moment(value: object, zone: tzinfo) -> datetime | None:
    try:
        return parse_date(value, zone) if isinstance(value, str) else None
    except ValueError:
        return None
