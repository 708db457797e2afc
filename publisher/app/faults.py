"""What is wrong with the feeds: remembered until they are written again or wanted no more, or found before they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from publisher.app.context import Context
from publisher.app.folders import shown_path
from publisher.config import Config
from publisher.errors import FeedError, Problem
from publisher.feeds.select import plan_feeds
from publisher.files import show_path
from publisher.model.article import Article
from publisher.model.feed import FeedFormat
from publisher.storage import faults

_FORMATS = tuple(FeedFormat)


def remember_faults(context: Context, failed: Sequence[tuple[str, str]]) -> None:
    """`failed`: file and reason of everything that a whole run over all feeds could not write.

    A feed that fails is tried in every run, so what is not named is in order again, or gone.
    """
    wanted = dict(failed)
    with context.database.read() as connection:
        known = {fault.path: fault.reason for fault in faults.load_faults(connection)}
    if known != wanted:
        with context.database.write() as connection:
            faults.replace_faults(connection, wanted, context.clock())


def list_faults(config: Config) -> Iterator[Problem]:
    """What the last build could not write, as the database remembers it."""
    from publisher.storage.peek import peek_faults  # noqa: PLC0415 - a build asks the database that it has open

    for fault in peek_faults(config.database_path):
        since = fault.since.astimezone(config.site.timezone)
        message = f"{fault.reason}; the last good file stays (since {since:%Y-%m-%d %H:%M}, until a build replaces it)"
        yield Problem(show_path(config.output_dir / fault.path), message)


def foresee_faults(config: Config, articles: Sequence[Article], now: datetime) -> Iterator[Problem]:
    """What would go wrong with the feeds of these articles, found without rendering a body.

    A problem names the article whose entry no feed could hold, or else the folder of the feed.
    """
    from publisher.feeds.check import check_ids  # noqa: PLC0415 - as below
    from publisher.feeds.splice import EntryWriter, write_shell  # noqa: PLC0415 - brings feedgen along

    plan = plan_feeds(articles, config, now)
    writer = EntryWriter(config.site.language, config.site.feed_author, plan.category_urls)
    shown = {id(article): article for spec in plan.specs for article in spec.articles}
    for article in shown.values():
        try:
            for feed_format in _FORMATS:
                writer.write(article, "", feed_format)
        except FeedError as error:
            yield Problem(shown_path(config, article.path), str(error))
    for spec in plan.specs:
        try:
            check_ids(spec, config.feeds.formats[0])
        except FeedError as error:
            yield Problem(show_path(config.output_dir / spec.folder), str(error))
    try:
        write_shell(plan.specs[0], config.feeds.formats[0])
    except FeedError as error:
        yield Problem(show_path(config.output_dir), str(error))
