"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/). Pure."""

from __future__ import annotations

import json

from publisher.feeds.dates import format_rfc3339
from publisher.feeds.entries import Entry, build_entries
from publisher.model.article import Audio, Author
from publisher.model.feed import Feed, FeedFormat

_VERSION = "https://jsonfeed.org/version/1.1"
_MARGIN = "    "


def write_json(feed: Feed) -> bytes:
    spec = feed.spec
    head: dict[str, object] = {
        "version": _VERSION,
        "title": spec.title,
        "home_page_url": spec.home_url,
        "feed_url": spec.url(FeedFormat.JSON),
        "description": spec.description,
        "next_url": spec.url(FeedFormat.JSON, spec.older_part) if spec.older_part else None,
        "icon": spec.icon,
        "favicon": spec.icon,
        "language": spec.language,
        "authors": [_describe_author(spec.author)],
        "hubs": [{"type": "WebSub", "url": hub} for hub in spec.hubs],
    }
    document = {name: value for name, value in head.items() if value}
    document["items"] = [_describe_entry(entry) for entry in build_entries(feed)]
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def write_json_item(entry: Entry) -> bytes:
    """An item as it stands in the feed."""
    text = json.dumps(_describe_entry(entry), ensure_ascii=False, indent=2)
    return f"{_MARGIN}{text}".replace("\n", f"\n{_MARGIN}").encode()


def _describe_entry(entry: Entry) -> dict[str, object]:
    """Without the members that would be empty."""
    article = entry.article
    # One of the two must be there, even when there is nothing but a title.
    body = {"content_html": entry.html} if entry.html else {"content_text": article.summary or article.title}
    item: dict[str, object] = {
        "id": article.id,
        "url": article.url,
        "title": article.title,
        **body,
        "summary": article.summary,
        "image": article.image.url if article.image else None,
        "date_published": format_rfc3339(entry.published),
        "date_modified": format_rfc3339(entry.updated),
        "authors": [_describe_author(author) for author in entry.authors],
        "tags": [category.name for category in entry.categories],
        "language": entry.language,
        "attachments": [_describe_audio(article.audio)] if article.audio else None,
    }
    return {name: value for name, value in item.items() if value}


def _describe_audio(audio: Audio) -> dict[str, object]:
    described = {
        "url": audio.url,
        "mime_type": audio.type,
        "title": audio.title,
        "size_in_bytes": audio.length,
        "duration_in_seconds": audio.duration,
    }
    return {name: value for name, value in described.items() if value}


def _describe_author(author: Author) -> dict[str, str]:
    return {"name": author.name, "url": author.url} if author.url else {"name": author.name}
