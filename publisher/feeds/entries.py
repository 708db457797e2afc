"""One entry as all three formats show it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape, unescape
from html.parser import HTMLParser
from urllib.parse import urlsplit

from publisher.feeds.dates import trim_moment
from publisher.model.article import Article, Author
from publisher.model.feed import Feed

# A table of our own: the standard library's asks the machine, and two machines must write the same bytes.
_IMAGE_TYPES = {
    "avif": "image/avif",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "svg": "image/svg+xml",
    "webp": "image/webp",
}
_LOOKS_LIKE_HTML = re.compile(r"<[A-Za-z/!?]")
_SOURCE_ATTRIBUTES = {"src", "srcset", "poster"}


@dataclass(frozen=True, slots=True)
class Category:
    """A tag or category; `url` is the folder of its own feed, if it has one."""

    name: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """`html` is None when the feed shows only the summary; `language` is empty when it is the feed's.

    `markdown` is what the full text was written as, where readers are to have it.
    """

    article: Article
    html: str | None
    published: datetime
    updated: datetime
    authors: tuple[Author, ...]
    categories: tuple[Category, ...]
    language: str
    markdown: str = ""


def build_entries(feed: Feed) -> list[Entry]:
    """In the order of the feed; RSS, Atom and JSON are written from the same list."""
    return [_build_entry(article, feed) for article in feed.spec.articles]


def add_lead_image(html: str, article: Article) -> str:
    """`html` with the article's image before it, unless the text shows it already.

    Many readers look for an article's picture in its text and nowhere else.
    """
    image = article.image
    if image is None or _shows_image(html, image.url):
        return html
    caption = f"<figcaption>{escape(image.credit)}</figcaption>" if image.credit else ""
    return f'<figure><img src="{escape(image.url)}" alt="{escape(image.alt)}">{caption}</figure>\n{html}'


def spell_as_html(text: str) -> str:
    """Plain text for a place that readers show as HTML. What means the same in both stays as it is."""
    return escape(text, quote=False) if _LOOKS_LIKE_HTML.search(text) or unescape(text) != text else text


def image_type(url: str) -> str | None:
    """The media type that the ending of the URL's path promises."""
    return _IMAGE_TYPES.get(urlsplit(url).path.rpartition(".")[2].lower())


def _build_entry(article: Article, feed: Feed) -> Entry:
    spec = feed.spec
    html = feed.html.get(article.id)
    return Entry(
        article=article,
        html=None if html is None else add_lead_image(html, article) or None,
        published=trim_moment(article.published),
        updated=trim_moment(article.updated),
        authors=article.authors or (spec.author,),
        categories=_list_categories(article, feed.category_urls),
        language="" if article.language == spec.language else article.language,
        markdown=feed.markdown.get(article.id, ""),
    )


def _list_categories(article: Article, category_urls: Mapping[str, str]) -> tuple[Category, ...]:
    """Each name once: JSON Feed wants unique tags, and a tag may well have its category's name."""
    names = dict.fromkeys((*article.categories, *article.tags))
    return tuple(Category(name, category_urls.get(name)) for name in names)


def _shows_image(html: str, url: str) -> bool:
    # A search for the part that no HTML writer escapes saves parsing nearly every text.
    if re.split("[&'\"]", url, maxsplit=1)[0] not in html:
        return False
    finder = _SourceFinder()
    finder.feed(html)
    finder.close()
    return url in finder.sources


class _SourceFinder(HTMLParser):
    """Collects the addresses of what a text shows; a link to an image, or its address in a code block, is not it."""

    def __init__(self) -> None:
        super().__init__()
        self.sources: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        for name, value in attrs:
            if value and name in _SOURCE_ATTRIBUTES:
                self.sources.update(part.strip(",") for part in value.split())
