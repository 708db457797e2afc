"""The feed that a site had before it came here: which of its items is which article. Pure.

The first of these that finds an article wins, for each item: the same address, whatever its scheme, its `www.` and its
last slash; the same path at another host; the same title on the same day. The last two only where neither two items
nor two articles could be meant.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from publisher import urls
from publisher.markup.characters import clean_line
from publisher.sources.feed.charset import decode_feed
from publisher.sources.feed.document import MOST_ITEMS, FeedItem
from publisher.sources.feed.json import read_json
from publisher.sources.feed.text import to_title
from publisher.storage.articles import KnownArticle

_LONGEST_ID = 1_000


@dataclass(frozen=True, slots=True)
class FormerItem:
    """An item by the id that readers know; `url` is absolute, or "" where it names no page."""

    id: str
    url: str
    title: str = ""
    published: datetime | None = None


@dataclass(frozen=True, slots=True)
class FormerPage:
    """A document of the feed. `older` is the address of the next one, "" at the end; `is_cut`: it holds more items."""

    items: tuple[FormerItem, ...]
    older: str = ""
    is_cut: bool = False


def read_former(content: bytes, content_type: str, url: str, zone: ZoneInfo) -> FormerPage:
    """`url` is where the document was found, "" for a file.

    Raises FeedUnreadable.
    """
    text = decode_feed(content, content_type)
    if text.lstrip().startswith("{"):
        document = read_json(text, zone)
    else:
        from publisher.sources.feed.xml import read_xml  # noqa: PLC0415 - feedparser takes 0.1 s to load

        document = read_xml(text, zone)
    home = _absolute(document.home, url) or url
    items = (_read_item(item, _absolute(item.base, home) or home) for item in document.items)
    found = tuple(item for item in items if item.id)
    return FormerPage(found, _absolute(document.older, url), len(document.items) >= MOST_ITEMS)


def move_item(item: FormerItem, old_site: str, site_url: str) -> FormerItem:
    """With its page at the site of today, if it was below `old_site`."""
    (host, path), (old_host, old_path) = _place(item.url), _place(old_site)
    is_below = old_path in {"", "/"} or path == old_path or path.startswith(old_path + "/")
    if host != old_host or not is_below:
        return item
    rest = path.removeprefix(old_path.rstrip("/"))
    return replace(item, url=urls.to_uri(site_url.rstrip("/") + (rest if rest.startswith("/") else "/" + rest)))


def match_items(
    items: Sequence[FormerItem], articles: Sequence[KnownArticle], zone: ZoneInfo
) -> dict[str, KnownArticle]:
    """Item id -> article, each article at most once. Ids of `items` are unique; the first of two equal claims wins."""
    found: dict[str, KnownArticle] = {}
    taken: set[str] = set()
    for rule in (_match_addresses, _match_paths, _match_titles):
        for item, article in rule(items, articles, zone):
            if item.id not in found and article.id not in taken:
                found[item.id] = article
                taken.add(article.id)
    return found


_Pairs = Iterable[tuple[FormerItem, KnownArticle]]


def _match_addresses(items: Sequence[FormerItem], articles: Sequence[KnownArticle], _zone: ZoneInfo) -> _Pairs:
    by_place = {_place(article.url): article for article in reversed(articles) if article.url}
    return [(item, by_place[_place(item.url)]) for item in items if item.url and _place(item.url) in by_place]


def _match_paths(items: Sequence[FormerItem], articles: Sequence[KnownArticle], _zone: ZoneInfo) -> _Pairs:
    return _match_unique(items, articles, lambda item: _path(item.url), lambda article: _path(article.url))


def _match_titles(items: Sequence[FormerItem], articles: Sequence[KnownArticle], zone: ZoneInfo) -> _Pairs:
    return _match_unique(
        items,
        articles,
        lambda item: _day(item.title, item.published, zone),
        lambda article: _day(article.title, article.published, zone),
    )


def _match_unique(
    items: Sequence[FormerItem],
    articles: Sequence[KnownArticle],
    key_of_item: Callable[[FormerItem], Hashable],
    key_of_article: Callable[[KnownArticle], Hashable],
) -> _Pairs:
    """Keys that stand for nothing are None."""
    item_keys, article_keys = [key_of_item(item) for item in items], [key_of_article(article) for article in articles]
    claims, holders = Counter(item_keys), Counter(article_keys)
    by_key = dict(zip(article_keys, articles, strict=True))
    return [
        (item, by_key[key])
        for item, key in zip(items, item_keys, strict=True)
        if key is not None and claims[key] == 1 and holders[key] == 1
    ]


def _read_item(item: FeedItem, base: str) -> FormerItem:
    guid = clean_line(item.guid)[:_LONGEST_ID]
    url = _absolute(item.link, base) or _absolute(guid if "://" in guid else "", base)
    # Without an id, readers tell items apart by their address.
    return FormerItem(
        guid or item.link.strip()[:_LONGEST_ID], url, to_title(item.title), item.published or item.updated
    )


def _absolute(address: str, base: str) -> str:
    """ "" for what is no page."""
    try:
        found = urls.absolute(address, base) if address.strip() else ""
    except ValueError:
        return ""
    return found if found.startswith(("http://", "https://")) else ""


def _place(url: str) -> tuple[str, str]:
    """Host and path with its query, in one spelling each."""
    parts = urlsplit(url)
    path = unicodedata.normalize("NFC", unquote(parts.path)).removesuffix("index.html")
    return (parts.hostname or "").removeprefix("www."), path.rstrip("/") + (f"?{parts.query}" if parts.query else "")


def _path(url: str) -> str | None:
    return _place(url)[1] or None


def _day(title: str, published: datetime | None, zone: ZoneInfo) -> tuple[str, str] | None:
    if not title or published is None:
        return None
    try:
        return urls.folder_key(title), published.astimezone(zone).date().isoformat()
    except OverflowError:
        return None
