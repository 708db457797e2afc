"""Which feeds there are and which articles each one holds. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import inf
from zoneinfo import ZoneInfo

from publisher import config as config_sections
from publisher import urls
from publisher.config import Config, MoreFeed, format_of, split_file
from publisher.feeds.choose import choose_articles
from publisher.feeds.dates import move_to_zone
from publisher.model.article import Article, Author
from publisher.model.feed import FeedFormat, FeedSpec, Podcast

CATEGORIES = "categories"
TAGS = "tags"
STYLESHEET = "feed.css"


@dataclass(frozen=True, slots=True)
class FeedPlan:
    """`category_urls`: every spelling of a tag or category -> the URL of its feed's folder, if it has a feed.

    Where a tag and a category have the same name, the category's feed stands for both. `everything`: by the id of each
    feed all that it would hold without its limit, newest first.
    """

    specs: tuple[FeedSpec, ...]
    category_urls: Mapping[str, str]
    everything: Mapping[str, Sequence[Article]] = field(default_factory=dict)


def plan_feeds(articles: Iterable[Article], config: Config, now: datetime, *, id_host: str = "") -> FeedPlan:
    """The main feed, one per category, one per tag, then those of `feeds.more`; newest first and cut to their limits.

    The main feed and those of `feeds.more` are there even when they hold nothing. Every date comes out in the site's
    zone. `id_host` is the host in the ids of feeds, which stay when the site moves to another.
    """
    shown = [article for article in articles if article.in_feeds and article.is_public(now)]
    # A change that is dated ahead has not happened yet.
    shown = [replace(article, updated=article.published) if article.updated > now else article for article in shown]
    shown.sort(key=_newest_first)
    groups = _group_all(shown, config)
    maker = _SpecMaker(config, id_host or config.site.host)
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
    return FeedPlan(tuple(specs), category_urls, maker.everything)


@dataclass(slots=True)
class _Group:
    folder: str
    name: str
    spellings: list[str] = field(default_factory=list)
    articles: list[Article] = field(default_factory=list)


def _newest_first(article: Article) -> tuple[float, float, str]:
    # Timestamps, because two datetimes of one zone compare by their wall clocks, which a repeated hour confuses.
    # Without a seq it has not been counted yet, so its seq will be the highest.
    return (-article.published.timestamp(), -(inf if article.seq is None else article.seq), article.id)


def _earliest_first(article: Article) -> tuple[float, str]:
    return (article.published.timestamp(), article.id)


def _group_all(shown: Sequence[Article], config: Config) -> list[_Group]:
    """Categories before tags, each sorted by folder."""
    oldest_first = sorted(shown, key=_earliest_first)
    categories = _group(shown, _name_groups(oldest_first, CATEGORIES, _categories_of), _categories_of)
    tags = _group(shown, _name_groups(oldest_first, TAGS, _tags_of), _tags_of)
    return [*categories, *(group for group in tags if len(group.articles) >= config.feeds.tags.min)]


def _group(
    shown: Sequence[Article], groups: Mapping[str, _Group], names_of: Callable[[Article], tuple[str, ...]]
) -> list[_Group]:
    """The groups of names that readers would call the same; `shown` is newest first, and so are their articles."""
    lists = {name: group.articles for name, group in groups.items()}
    for article in shown:
        for name in names_of(article):
            if name in lists:
                articles = lists[name]
                if not (articles and articles[-1] is article):  # one article, two spellings
                    articles.append(article)
    return sorted({id(group): group for group in groups.values()}.values(), key=lambda group: group.folder)


def _name_groups(
    articles: Iterable[Article], parent: str, names_of: Callable[[Article], tuple[str, ...]]
) -> dict[str, _Group]:
    """Every spelling -> its group. The first article names a group's folder, so that no later one can move its URL.

    Names that case or width alone tells apart share a group. So do names whose folders a case-insensitive disk would
    not tell apart: `a:b` is kept in the folder `a%3Ab`, which is also a name that somebody could choose.
    """
    by_spelling: dict[str, _Group] = {}
    by_key: dict[str, _Group] = {}
    by_folder: dict[str, _Group] = {}
    for article in articles:
        for name in names_of(article):
            key = "" if name in by_spelling else urls.folder_key(name)
            if not key:
                continue
            if key not in by_key:
                folder = urls.folder_name(name)
                by_key[key] = by_folder.setdefault(urls.folder_key(folder), _Group(f"{parent}/{folder}", name))
            by_spelling[name] = by_key[key]
            by_key[key].spellings.append(name)
    return by_spelling


@dataclass(frozen=True, slots=True)
class _Shape:
    folder: str
    limit: int
    formats: tuple[FeedFormat, ...]
    file: str = ""


class _SpecMaker:
    """Moves the dates of what is held, and only of that, once for all feeds that hold it."""

    def __init__(self, config: Config, id_host: str) -> None:
        self._config = config
        self._id_host = id_host
        self.everything: dict[str, Sequence[Article]] = {}
        self._moved: dict[int, Article] = {}  # by identity: two articles of one id are told apart later

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
        held = tuple(self._move(article) for article in articles[: shape.limit])
        # A feed without articles must not change with the clock either.
        beginning = datetime(1970, 1, 1, tzinfo=site.timezone)
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
            updated=max((article.updated for article in held), key=datetime.timestamp, default=beginning),
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

    def _move(self, article: Article) -> Article:
        moved = self._moved.get(id(article))
        if moved is None:
            moved = self._moved[id(article)] = put_in_zone(article, self._config.site.timezone)
        return moved


def put_in_zone(article: Article, zone: ZoneInfo) -> Article:
    """The same article with its dates as feeds write them."""
    if article.published.tzinfo is zone and article.updated.tzinfo is zone:
        return article
    published, updated = move_to_zone(article.published, zone), move_to_zone(article.updated, zone)
    return replace(article, published=published, updated=updated)


def _describe_podcast(podcast: config_sections.Podcast) -> Podcast:
    owner = Author(podcast.owner.name, podcast.owner.email) if podcast.owner else None
    return Podcast(podcast.category, podcast.explicit, podcast.type, owner, podcast.locked)


def _categories_of(article: Article) -> tuple[str, ...]:
    return article.categories


def _tags_of(article: Article) -> tuple[str, ...]:
    return article.tags
