"""The verb `announce`: feeds that have changed since hubs were last to hear of it -> rows of who is to be told.

It compares what lies on the disk with what was announced, instead of listening to who writes: so nothing is lost when a
process dies between the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from publisher.app.context import Context
from publisher.config import Config
from publisher.model import FeedFormat, FeedSpec, HubMode, HubQuestion, Topic
from publisher.storage import outputs, subscriptions, topics
from publisher.storage.database import Connection


def announce(context: Context, specs: Iterable[FeedSpec]) -> int:
    """How many feed documents hubs are to hear of. Call it when the feeds are on the disk."""
    config, now = context.config, context.clock()
    if not (config.hub_urls or config.cloud):
        _forget_hubs(context)
        return 0
    with context.database.read() as connection:
        known = topics.load_topics(connection)
        digests = {path: output.sha256 for path, output in outputs.load_outputs(connection).items()}
        has_others = topics.has_other_hubs(connection, _told(config))
    wanted = {
        topic.url: replace(topic, sha256=digests[topic.path])
        for topic in list_topics(specs, config.feeds.formats)
        if topic.path in digests
    }
    changed = [topic for url, topic in wanted.items() if known.get(url) != topic]
    gone = [url for url in known if url not in wanted]
    if not (changed or gone or has_others):
        return 0
    # Whoever names a hub for the first time has nobody who waits for feeds of tags; those may be thousands.
    news = _changes_of(changed, known) if known else [topic for topic in changed if "/" not in topic.path]
    with context.database.write() as connection:
        topics.save_topics(connection, changed)
        topics.forget_topics(connection, gone)
        topics.forget_other_hubs(connection, _told(config))
        for hub in config.other_hub_urls:
            topics.add_pings(connection, hub, news, now)
        if config.websub.rsscloud:
            rss = [topic for topic in news if topic.media_type == FeedFormat.RSS.media_type]
            topics.add_pings(connection, config.websub.rsscloud, rss, now)
        if config.has_own_hub:
            subscriptions.mark_changed(connection, [topic.url for topic in news], now)
            _deny(connection, gone, context)
    context.ping_wake.set()
    context.hub_wake.set()
    return len(news)


def list_topics(specs: Iterable[FeedSpec], formats: Sequence[FeedFormat]) -> list[Topic]:
    """Every document that readers subscribe to, which its archives are not."""
    return [
        Topic(spec.url(feed_format), f"{spec.folder}/{feed_format.filename}".lstrip("/"), feed_format.media_type)
        for spec in specs
        if not spec.part
        for feed_format in formats
    ]


def _changes_of(changed: Sequence[Topic], known: Mapping[str, Topic]) -> list[Topic]:
    """Not those whose bytes are what they were."""
    return [topic for topic in changed if topic.url not in known or known[topic.url].sha256 != topic.sha256]


def _told(config: Config) -> list[str]:
    """The servers that are pinged; our own hub is not."""
    return [*config.other_hub_urls, *([config.websub.rsscloud] if config.websub.rsscloud else [])]


def _forget_hubs(context: Context) -> None:
    with context.database.read() as connection:
        if not topics.has_topics(connection):
            return
    with context.database.write() as connection:
        topics.forget_topics(connection, list(topics.load_topics(connection)))
        topics.forget_other_hubs(connection, [])


def _deny(connection: Connection, gone: Sequence[str], context: Context) -> None:
    """Subscribers of a feed that is no more are told so (W3C WebSub 5.2)."""
    for topic in gone:
        for held in subscriptions.subscriptions_to(connection, topic):
            subscriptions.end_subscription(connection, held.topic, held.callback)
            question = HubQuestion(
                HubMode.DENIED, held.topic, held.callback, held.host, "", timedelta(0), context.clock()
            )
            subscriptions.save_question(connection, question)
