"""What the page for people who want to subscribe shows. Pure.

`build_page` gives the variables of `templates/web/subscribe.html`; `docs/feeds.md` lists them for who writes their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from html import escape

from publisher import urls
from publisher.config import Config
from publisher.feeds.groups import group_feeds
from publisher.feeds.listing import LISTING
from publisher.feeds.words import FeedWords, words_for
from publisher.markup.direction import direction_of
from publisher.model.feed import FeedFormat, FeedSpec

LONGEST_LIST = 1_000  # a browser, and a person, must be able to open it; all of them are in the OPML list
_NAMES = {FeedFormat.RSS: "RSS", FeedFormat.ATOM: "Atom", FeedFormat.JSON: "JSON"}


@dataclass(frozen=True, slots=True)
class FormatView:
    """One document of a feed. `title` tells it from the others in a list of all that a page announces."""

    name: str
    media_type: str
    url: str
    title: str
    about: str


@dataclass(frozen=True, slots=True)
class FeedView:
    """`name` is the tag's or category's own, `title` that of the feed; the first of `formats` is the one to take."""

    name: str
    title: str
    formats: tuple[FormatView, ...]

    @property
    def url(self) -> str:
        return self.formats[0].url


@dataclass(frozen=True, slots=True)
class FeedList:
    """`feeds` in the order of the plan; `left_out` is how many more there are."""

    feeds: tuple[FeedView, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class SubscribePage:
    """`announced` is what the head of the page itself names; `paste` are lines of HTML for the heads of other pages."""

    title: str
    description: str
    language: str
    direction: str
    home_url: str
    page_url: str
    opml_url: str
    main: FeedView
    categories: FeedList
    tags: FeedList
    more: FeedList
    announced: tuple[FormatView, ...]
    paste: str
    words: FeedWords


VARIABLES = tuple(field.name for field in fields(SubscribePage))


def build_page(specs: Sequence[FeedSpec], config: Config) -> SubscribePage:
    """The first of `specs` is the feed of the whole site."""
    site, groups, words = config.site, group_feeds(specs), words_for(config.site.language)
    main = _view(specs[0], config, words)
    more = _list(groups.more, config, words)
    return SubscribePage(
        title=site.title,
        description=site.description,
        language=site.language,
        direction=direction_of(site.language),
        home_url=site.url + "/",
        page_url=page_url(config),
        opml_url=config.feeds_url + LISTING,
        main=main,
        categories=_list(groups.categories, config, words),
        tags=_list(groups.tags, config, words),
        more=more,
        announced=tuple(document for feed in (main, *more.feeds) for document in feed.formats),
        paste="\n".join(_write_link(document) for document in main.formats),
        words=words,
    )


def page_url(config: Config) -> str:
    """Where the page is; empty when there is none."""
    return urls.absolute(config.feeds.page, config.feeds_url) if config.feeds.page else ""


def _list(specs: Sequence[FeedSpec], config: Config, words: FeedWords) -> FeedList:
    """Of too many, those with the most articles."""
    if len(specs) <= LONGEST_LIST:
        return FeedList(tuple(_view(spec, config, words) for spec in specs), 0)
    fullest = sorted(range(len(specs)), key=lambda index: -len(specs[index].articles))[:LONGEST_LIST]
    shown = tuple(_view(specs[index], config, words) for index in sorted(fullest))
    return FeedList(shown, len(specs) - LONGEST_LIST)


def _view(spec: FeedSpec, config: Config, words: FeedWords) -> FeedView:
    formats = tuple(
        FormatView(
            name=_NAMES[feed_format],
            media_type=feed_format.media_type,
            url=spec.url(feed_format),
            title=f"{spec.title} ({_NAMES[feed_format]})" if index else spec.title,
            about=getattr(words, feed_format.value),
        )
        for index, feed_format in enumerate(sorted(spec.formats, key=list(FeedFormat).index))
    )
    return FeedView(spec.title.removesuffix(f" - {config.site.title}"), spec.title, formats)


def _write_link(document: FormatView) -> str:
    title, url = escape(document.title), escape(document.url)
    return f'<link rel="alternate" type="{document.media_type}" title="{title}" href="{url}">'
