"""Which feeds there are and which articles each one holds. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter

from publisher import config as config_sections
from publisher import urls
from publisher.config import Config, MoreFeed, format_of, split_file
from publisher.feeds.choose import choose_articles
from publisher.feeds.dates import DateMover
from publisher.feeds.naming import group_by_name
from publisher.feeds.order import order_shown
from publisher.model.article import Article, Author
from publisher.model.feed import FeedFormat, FeedSpec, Podcast

CATEGORIES = "categories"
TAGS = "tags"
STYLESHEET = "feed.css"


@dataclass(frozen=True, slots=True)
class FeedPlan:
    """`category_urls`: every spelling of a tag or category -> the URL of its feed's folder, if it has a feed.

    Where a tag and a category have the same name, the category's feed stands for both. `everything`: by the id of each
    feed all that it would hold without its limit, newest first, before `dates` has moved theirs.
    """

    specs: tuple[FeedSpec, ...]
    category_urls: Mapping[str, str]
    dates: DateMover = field(compare=False)
    everything: Mapping[str, Sequence[Article]] = field(default_factory=dict)


def plan_feeds(articles: Iterable[Article], config: Config, now: datetime, *, id_host: str = "") -> FeedPlan:
    """The main feed, one per category, one per tag, then those of `feeds.more`; newest first and cut to their limits.

    The main feed and those of `feeds.more` are there even when they hold nothing. Every date comes out in the site's
    zone. `id_host` is the host in the ids of feeds, which stay when the site moves to another.
    """
    order = order_shown(articles, now)
    shown = order.newest_first
    categories = group_by_name(order, CATEGORIES, attrgetter("categories"))
    tags = group_by_name(order, TAGS, attrgetter("tags"))
    groups = [*categories, *(group for group in tags if len(group.articles) >= config.feeds.tags.min)]
    dates = DateMover(config.site.timezone, now)
    maker = _SpecMaker(config, dates, id_host or config.site.host)
    specs = [maker.make("", config.site.title, shown)]
    specs += (maker.make(group.folder, f"{group.name} - {config.site.title}", group.articles) for group in groups)
    category_urls: dict[str, str] = {}
    for group, spec in zip(groups, specs[1:], strict=True):
        for spelling in group.spellings:
            category_urls.setdefault(spelling, spec.folder_url)
    specs += (
        maker.make_more(name, more, choose_articles(shown, more.select, config))
        for name, more in config.feeds.more.items()
    )
    return FeedPlan(tuple(specs), category_urls, dates, maker.everything)


@dataclass(frozen=True, slots=True)
class _Shape:
    folder: str
    limit: int
    formats: tuple[FeedFormat, ...]
    file: str = ""


class _SpecMaker:
    def __init__(self, config: Config, dates: DateMover, id_host: str) -> None:
        self._config = config
        self._dates = dates
        self._id_host = id_host
        self.everything: dict[str, Sequence[Article]] = {}

    def make(self, folder: str, title: str, articles: Sequence[Article]) -> FeedSpec:
        return self._make(title, articles, _Shape(folder, self._config.feeds.limit, self._config.feeds.formats))

    def make_more(self, name: str, more: MoreFeed, articles: Sequence[Article]) -> FeedSpec:
        feeds, site = self._config.feeds, self._config.site
        folder, file = split_file(more.file or name)
        formats = (format_of(file),) if file else feeds.formats
        spec = self._make(
            more.title or f"{name} - {site.title}", articles, _Shape(folder, more.limit or feeds.limit, formats, file)
        )
        return replace(
            spec,
            description=more.description or site.description or spec.title,
            in_full=(more.content or feeds.content) == "full",
        )

    def _make(self, title: str, articles: Sequence[Article], shape: _Shape) -> FeedSpec:
        site, feeds = self._config.site, self._config.feeds
        held = tuple(map(self._dates.move, articles[: shape.limit]))
        spec = FeedSpec(
            id=urls.feed_id(self._id_host, f"{shape.folder}/{shape.file}".lstrip("/") if shape.file else shape.folder),
            folder=shape.folder,
            title=title,
            description=site.description or title,
            home_url=site.url + "/",
            folder_url=urls.folder_url(self._config.feeds_url, shape.folder),
            language=site.language,
            author=site.feed_author,
            is_complete=0 < len(articles) == len(held),
            updated=self._dates.newest_update(held),
            articles=held,
            hubs=self._config.hub_urls,
            icon=site.icon_url,
            logo=site.logo_url,
            rights=site.rights,
            formats=shape.formats,
            file=shape.file,
            in_full=feeds.content == "full",
            with_markdown=feeds.markdown,
            max_bytes=feeds.max_bytes,
            podcast=_describe_podcast(feeds.podcast) if any(article.audio for article in held) else None,
            stylesheet=self._config.feeds_url + STYLESHEET if self._config.feeds.stylesheet else "",
            cloud=self._config.cloud,
        )
        self.everything[spec.id] = articles
        return spec


def _describe_podcast(podcast: config_sections.Podcast) -> Podcast:
    owner = Author(podcast.owner.name, podcast.owner.email) if podcast.owner else None
    return Podcast(podcast.category, podcast.explicit, podcast.type, owner, podcast.locked)
