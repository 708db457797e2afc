"""RSS 0.9x to 2.0, RDF and Atom -> FeedDocument. Pure; the one door to feedparser.

Its sanitiser and its resolving of addresses are off: our markup does both better, and later. What it is given is
mended first, see feed_mend. Its other faults are met here: a date that it cannot read is None and one without a zone is
in Greenwich, a missing `updated` pretends to be `published` under a warning, an id of Atom pretends to be a link.
"""

from __future__ import annotations

import io
import re
from calendar import timegm
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, TypeAlias

import feedparser

from publisher.model.article import Author
from publisher.sources.dates import parse_date
from publisher.sources.feed.document import FeedDocument, FeedItem, FeedUnreadable, first_text
from publisher.sources.feed.mend import mend_xml

_Entry: TypeAlias = Mapping[str, Any]

_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_PERIODS = {"hourly": 1, "daily": 24, "weekly": 168, "monthly": 720, "yearly": 8760}  # hours
_ISO = re.compile(r"\d{3}")
_NUMBER = re.compile(r"\d{1,6}")


def read_xml(text: str, zone: tzinfo) -> FeedDocument:
    """Dates without a zone are read in `zone`.

    Raises FeedUnreadable.
    """
    parsed = _parse(mend_xml(text))
    feed: _Entry = parsed["feed"]
    inherited = _authors(feed) if parsed["version"].startswith("atom") else ()
    language = first_text([_get(feed, "language")])
    items = tuple(_read_entry(entry, zone, inherited, language) for entry in parsed["entries"])
    return FeedDocument(items, _page(feed), _pause(feed), _older(feed))


def _parse(content: bytes) -> _Entry:
    try:
        parsed: _Entry = feedparser.parse(io.BytesIO(content), resolve_relative_uris=False, sanitize_html=False)
    except Exception as error:  # noqa: BLE001 - whatever it stumbles over, one feed must not end a build
        raise FeedUnreadable(f"cannot be understood ({type(error).__name__}: {error})") from None
    if parsed["bozo"]:
        raise FeedUnreadable(f"cannot be understood ({parsed.get('bozo_exception')})")
    return parsed


def _read_entry(entry: _Entry, zone: tzinfo, inherited: tuple[Author, ...], language: str) -> FeedItem:
    body = _best_content(entry)
    detail = body or _get(entry, "summary_detail") or {}
    summary = first_text([_get(_get(entry, "summary_detail"), "value"), _get(entry, "summary")])
    title = _get(entry, "title_detail") or {}
    return FeedItem(
        guid=first_text([_get(entry, "id")]),
        link=_page(entry),
        title=first_text([_get(entry, "title")]),
        content=first_text([_get(body, "value"), summary]),
        summary=summary,
        base=first_text([_get(detail, "base"), _get(title, "base")]),
        published=_moment(entry, "published", zone) or _moment(entry, "created", zone),
        updated=_moment(entry, "updated", zone),
        tags=tuple(first_text([_get(tag, "label"), _get(tag, "term")]) for tag in _get(entry, "tags") or ()),
        authors=_authors(entry) or inherited,
        image=next(_images(entry), ""),
        language=first_text([_get(detail, "language"), _get(entry, "language"), language]),
    )


def _get(mapping: _Entry | None, key: str) -> Any:
    """Without the second meanings that feedparser's own mapping has for some keys."""
    return dict.get(mapping, key) if isinstance(mapping, dict) else None


def _best_content(entry: _Entry) -> _Entry | None:
    """HTML comes before text; of several the longest."""
    found = [item for item in _get(entry, "content") or () if first_text([_get(item, "value")])]
    found.sort(key=lambda item: (_get(item, "type") in _HTML_TYPES, len(item["value"])), reverse=True)
    return found[0] if found else None


def _page(entry: _Entry) -> str:
    """The address of the page about it. feedparser puts an Atom id there when there is no link."""
    links = [link for link in _get(entry, "links") or () if _get(link, "rel") in {"alternate", None}]
    links.sort(key=lambda link: _get(link, "type") not in {"text/html", "application/xhtml+xml", None})
    own, guid = first_text([_get(entry, "link")]), first_text([_get(entry, "id")])
    found = first_text([_get(link, "href") for link in links] + [own])
    return "" if found == guid and not found.startswith(("http://", "https://")) else found


def _older(feed: _Entry) -> str:
    links = {_get(link, "rel"): _get(link, "href") for link in _get(feed, "links") or ()}
    return first_text([links.get("prev-archive"), links.get("next")])


def _authors(entry: _Entry) -> tuple[Author, ...]:
    people = [person for person in _get(entry, "authors") or () if person]
    named = (Author(first_text([_get(one, "name")]), None, _get(one, "href")) for one in people)
    return tuple(person for person in named if person.name)


def _images(entry: _Entry) -> Iterator[str]:
    media = list(_get(entry, "media_content") or ())
    for item in media:
        if _get(item, "medium") == "image" or str(_get(item, "type") or "").startswith("image/"):
            yield first_text([_get(item, "url")])
    for item in _get(entry, "media_thumbnail") or ():
        yield first_text([_get(item, "url")])
    for link in _get(entry, "links") or ():
        if _get(link, "rel") == "enclosure" and str(_get(link, "type") or "").startswith("image/"):
            yield first_text([_get(link, "href")])
    yield first_text([_get(_get(entry, "image"), "href")])


def _moment(entry: _Entry, name: str, zone: tzinfo) -> datetime | None:
    text, parsed = _get(entry, name), _get(entry, name + "_parsed")
    try:
        return parse_date(text, zone) if isinstance(text, str) else None
    except ValueError:
        pass
    if not isinstance(text, str) or _ISO.match(text.strip()):  # where feedparser makes March of the 30th of February
        return None
    try:  # zones by name, and the forms that only feeds have
        return datetime.fromtimestamp(timegm(parsed), UTC).astimezone(zone) if parsed else None
    except (ValueError, OverflowError, OSError):
        return None


def _pause(feed: _Entry) -> timedelta | None:
    """`ttl` is in minutes (RSS 2.0); `sy:updateFrequency` counts updates in one `sy:updatePeriod` (RSS 1.0 module)."""
    ttl, period = str(_get(feed, "ttl") or ""), str(_get(feed, "sy_updateperiod") or "").strip().lower()
    if _NUMBER.fullmatch(ttl.strip()):
        return timedelta(minutes=int(ttl))
    if period not in _PERIODS:
        return None
    frequency = _NUMBER.fullmatch(str(_get(feed, "sy_updatefrequency") or "1").strip())
    return timedelta(hours=_PERIODS[period]) / max(1, int(frequency[0]) if frequency else 1)
