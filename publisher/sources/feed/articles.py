"""An answer with a feed in it -> its items as articles. Pure.

Nothing about an item costs its article: without a title it has its first words for one, without a link the page of the
feed, without a date the moment it was first seen.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from publisher import urls
from publisher.markup.characters import clean_line
from publisher.model.article import Article, Author, BodyFormat, Image
from publisher.sources.feed.charset import decode_feed
from publisher.sources.feed.document import FeedDocument, FeedItem
from publisher.sources.feed.json import read_json
from publisher.sources.feed.text import to_body, to_summary, to_title

# Part of every fetch: when reading changes its mind about an item, every feed is read again.
FEED_READER_VERSION = 1
_SUMMARY = 140  # graphemes, when it is made of the body
_OWN_SUMMARY = 300
_TITLE = 60
_MOST_TAGS, _LONGEST_TAG = 50, 100
_LONGEST_GUID = 1_000
_OWN_ID = re.compile(r"(?:https?://|tag:|urn:)[!#-;=?-\[\]_a-z~]{3,500}", re.IGNORECASE)
_PAGE = re.compile(r"https?://(?:[^/?#@]*@)?[^/?#@]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class FeedRules:
    """What the reading of a feed depends on besides its bytes.

    `source` is its address in the config, as articles name it; `host`, `language` and `zone` are the site's.
    """

    source: str
    host: str
    language: str
    zone: ZoneInfo

    @property
    def key(self) -> str:
        return f"{FEED_READER_VERSION}|{self.host}|{self.language}|{self.zone.key}"

    @property
    def prefix(self) -> str:
        """Before the path of every item."""
        return without_password(self.source) + "#"


@dataclass(frozen=True, slots=True)
class ReadItem:
    """An item as an article whose `id` is provisional; `own_id` is what it calls itself, if that is good for anybody.

    `sha256` changes with anything that was read. Unless `is_dated`, the dates are the moment of reading. `shares_url`:
    other items of the feed have the same address, so that it says nothing about who is who.
    """

    article: Article
    html: str
    sha256: str
    own_id: str | None = None
    is_dated: bool = True
    shares_url: bool = False


@dataclass(frozen=True, slots=True)
class FeedReading:
    """Items in the order of the feed, each once. `pause` is how long the feed asks us to wait."""

    items: tuple[ReadItem, ...] = field(default=())
    pause: timedelta | None = None


def read_feed(content: bytes, content_type: str, rules: FeedRules, now: datetime) -> FeedReading:
    """RSS, RDF, Atom or JSON Feed.

    Raises FeedUnreadable for what is none, or is not whole.
    """
    text = decode_feed(content, content_type)
    if text.lstrip().startswith("{"):
        document = read_json(text, rules.zone)
    else:
        from publisher.sources.feed.xml import read_xml  # noqa: PLC0415 - feedparser takes 0.1 s to load

        document = read_xml(text, rules.zone)
    found: dict[str, ReadItem] = {}
    for item in document.items:
        read = _read_item(item, document, rules, now)
        if read is None:
            continue
        before = found.get(read.article.path)
        if before is None or before.article.updated < read.article.updated:
            found[read.article.path] = read
    links = Counter(read.article.url for read in found.values())
    items = [replace(read, shares_url=links[read.article.url] > 1) for read in found.values()]
    return FeedReading(tuple(items), document.pause)


def without_password(url: str) -> str:
    """An absolute address as it may stand in a message or a feed."""
    scheme, mark, rest = url.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    return f"{scheme}{mark}{authority.rpartition('@')[2]}{rest[len(authority) :]}"


def _read_item(item: FeedItem, document: FeedDocument, rules: FeedRules, now: datetime) -> ReadItem | None:
    """None for an item in which there is nothing at all."""
    home = _web(document.home, rules.source) or _web(rules.source, rules.source)
    guid = clean_line(item.guid)[:_LONGEST_GUID]
    url = _web(item.link, home) or _web(guid if "://" in guid else "", home) or home
    html = to_body(item.content, _web(item.base, home) or url)
    title = to_title(item.title)
    if not (guid or item.link or title or html):
        return None
    moments = [moment for moment in (item.published, item.updated) if moment is not None]
    published = moments[0] if moments else now.astimezone(rules.zone)
    is_whole = not item.summary or item.summary == item.content
    summary = to_summary(item.content if is_whole else item.summary, _SUMMARY if is_whole else _OWN_SUMMARY)
    article = Article(
        id="",
        path=rules.prefix + _key(guid or item.link or hashlib.sha256(f"{title}\0{html}".encode()).hexdigest()[:20]),
        url=url,
        title=title or to_summary(item.content or item.summary, _TITLE) or url,
        published=published,
        updated=max(moments, default=published),
        summary=summary,
        language=_language(item.language) or rules.language,
        body_hash=hashlib.sha256(html.encode()).hexdigest()[:32],
        tags=_tags(item.tags),
        image=_image(item.image, url),
        authors=_authors(item.authors, url),
        format=BodyFormat.HTML,
        source=rules.source,
    )
    sha256 = _digest(article, html, rules, is_dated=bool(moments))
    return ReadItem(article, html, sha256, _own_id(guid), bool(moments))


def _key(guid: str) -> str:
    """A feed that moves to https must not have new items for that."""
    text = clean_line(guid)[:_LONGEST_GUID]
    return "https" + text[4:] if text[:7].lower() == "http://" else text


def _digest(article: Article, html: str, rules: FeedRules, *, is_dated: bool) -> str:
    undated = replace(article, published=datetime.min, updated=datetime.min)  # noqa: DTZ901 - stands for "no date"
    said = (article if is_dated else undated, html, rules.key)
    return hashlib.sha256(repr(said).encode("utf-8")).hexdigest()


def _own_id(guid: str) -> str | None:
    """An id that is good for the whole world (RFC 4287 4.2.6); `1234` is good for one feed only."""
    return guid if _OWN_ID.fullmatch(guid) else None


def _web(address: str, base: str) -> str:
    """Absolute, or "" for what is no page."""
    if not address.strip():
        return ""
    try:
        found = urls.absolute(address, base)
    except ValueError:
        return ""
    return without_password(found) if _PAGE.match(found) else ""


def _tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for tag in tags[:_MOST_TAGS]:
        name = to_title(tag).removeprefix("#").strip()
        if 0 < len(name) <= _LONGEST_TAG:
            found.setdefault(urls.folder_key(name), name)
    return tuple(found.values())


def _authors(people: tuple[Author, ...], url: str) -> tuple[Author, ...]:
    named = (Author(to_title(one.name), None, _web(one.url or "", url) or None) for one in people[:_MOST_TAGS])
    return tuple(dict.fromkeys(person for person in named if person.name))


def _image(address: str, url: str) -> Image | None:
    found = _web(address, url)
    return Image(found) if found else None


def _language(text: str) -> str:
    name = text.replace("_", "-").strip()
    return name if _LANGUAGE.fullmatch(name) else ""
