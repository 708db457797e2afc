"""All documents of all feeds: what each one holds, with archives of what is older and word of what is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from publisher.app.context import Context
from publisher.config import Config
from publisher.feeds.adopt import read_feed_host
from publisher.feeds.archive import fill_parts, split_feed
from publisher.feeds.select import FeedPlan, plan_feeds
from publisher.feeds.tombstones import MOST, Gone, add_tombstones
from publisher.model.article import Article
from publisher.model.feed import FeedSpec
from publisher.storage import archives as rows
from publisher.storage.articles import get_fact, set_fact
from publisher.storage.database import Connection

_ID_HOST = "host in the ids of feeds"
_MOST_GONE = 10 * MOST  # in all feeds together


@dataclass(slots=True)
class _News:
    """What the database does not know yet: places in archives by feed, and what became of articles."""

    parts: dict[str, dict[str, int]] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)

    @property
    def is_any(self) -> bool:
        return bool(self.parts or self.shown or self.gone or self.returned)


def plan_documents(context: Context, articles: Sequence[Article]) -> FeedPlan:
    """The plan of `plan_feeds`, each archive of a feed behind it.

    What is going to be shown is noted before it is written: an id that a reader may know is one that may not change.
    """
    config, now = context.config, context.clock()
    plan = plan_feeds(articles, config, now, id_host=_settle_id_host(context))
    with context.database.read() as connection:
        specs, news = _plan(connection, plan, config, now)
    if news.is_any:
        with context.database.write() as connection:  # planned again, as another process may have been quicker
            _, news = _plan(connection, plan, config, now)
            _save(connection, news, now)
            specs, _ = _plan(connection, plan, config, now)
    return replace(plan, specs=tuple(specs))


def _settle_id_host(context: Context) -> str:
    """The host in the ids of feeds: that of the first build, as readers know them, wherever the site is now."""
    with context.database.read() as connection:
        known = get_fact(connection, _ID_HOST)
    if known is not None:
        return known
    host = read_feed_host(context.config.output_dir) or context.config.site.host
    with context.database.write() as connection:
        set_fact(connection, _ID_HOST, host)
    return host


def _plan(connection: Connection, plan: FeedPlan, config: Config, now: datetime) -> tuple[list[FeedSpec], _News]:
    news = _News()
    specs = _add_archives(connection, plan, config, news)
    known = rows.load_shown(connection)
    _compare(known, plan, specs, news)
    since = now - config.feeds.tombstones
    is_any_gone = any(row.gone_at is not None and row.gone_at > since for row in known.values())
    if not (config.feeds.tombstones and is_any_gone):  # to look for them is another walk over all articles
        return specs, news
    gone = [Gone(*row) for row in rows.load_gone(connection, since, _MOST_GONE)]
    if gone:
        specs = add_tombstones(specs, gone, plan.category_urls, config.site.timezone)
    return specs, news


def _add_archives(connection: Connection, plan: FeedPlan, config: Config, news: _News) -> list[FeedSpec]:
    archive = config.feeds.archive
    if archive is None:
        return list(plan.specs)
    known = rows.load_parts(connection)
    specs: list[FeedSpec] = []
    for number, spec in enumerate(plan.specs):
        if number and archive.of == "main":
            specs.append(spec)
            continue
        everything, parts = plan.everything[spec.id], known.get(spec.id, {})
        fresh = fill_parts(everything, parts, archive.size or config.feeds.limit)
        if fresh:
            news.parts[spec.id] = fresh
        specs += split_feed(spec, everything, parts | fresh, plan.dates)
    return specs


def _compare(known: Mapping[str, rows.Shown], plan: FeedPlan, specs: Sequence[FeedSpec], news: _News) -> None:
    shown = {article.id for spec in specs for article in spec.articles}
    news.shown += sorted(shown - known.keys())
    # The feed of the site would hold all that any feed may show.
    public = {article.id for article in plan.everything[plan.specs[0].id]}
    for id_, row in known.items():
        if id_ in public:
            if row.gone_at is not None:
                news.returned.append(id_)
        elif row.gone_at is None and not row.is_hidden:
            news.gone.append(id_)


def _save(connection: Connection, news: _News, now: datetime) -> None:
    for feed_id, parts in news.parts.items():
        rows.save_parts(connection, feed_id, parts)
    rows.mark_shown(connection, news.shown, now)
    rows.mark_gone(connection, news.gone, now)
    rows.mark_returned(connection, news.returned)
