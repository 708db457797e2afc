"""The verb `announce`: feeds that have changed since hubs were last to hear of it -> rows of who is to be told.

It compares what lies on the disk with what was announced, instead of listening to who writes: so nothing is lost when a
process dies between the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from publisher.app.context import Context
from publisher.config import Config
from publisher.model.feed import FeedFormat, FeedSpec
from publisher.model.topic import Topic
from publisher.storage import outputs, topics
from publisher.storage.database import Connection


def announce(context: Context, specs: Iterable[FeedSpec]) -> int:
    """How many feed documents have changed. Call it when the feeds are on the disk."""
    config = context.config
    if not (config.hub_urls or config.cloud):
        _forget_hubs(context)
        return 0
    with context.database.read() as connection:
        known = topics.load_topics(connection)
        hubs = topics.load_hubs(connection)
        digests = outputs.load_digests(connection)
    wanted = {topic.url: topic for topic in list_topics(specs, digests)}
    news = [topic for url, topic in wanted.items() if known.get(url) != topic]
    gone = [url for url in known if url not in wanted]
    if not (news or gone) and set(hubs) == set(_list_hubs(config)):
        return 0
    from publisher.storage import subscriptions  # noqa: PLC0415 - brings SQLAlchemy along; most sites have no hub

    with context.database.write() as connection:
        topics.save_topics(connection, news)
        topics.forget_topics(connection, gone)
        topics.forget_other_hubs(connection, _list_hubs(config))
        for hub in _list_hubs(config):
            # Nobody waits at a new hub for the feeds of tags, of which there may be thousands.
            told = news if hub in hubs else [topic for topic in wanted.values() if "/" not in topic.path]
            is_cloud = hub == config.websub.rsscloud
            topics.add_pings(connection, hub, _only_rss(told) if is_cloud else told, context.clock())
            topics.add_hub(connection, hub)
        subscriptions.mark_changed(connection, [topic.url for topic in news], context.clock())
        _deny(connection, gone, context.clock())
    context.ping_wake.set()
    context.hub_wake.set()
    return len(news)


def list_topics(specs: Iterable[FeedSpec], digests: Mapping[str, str]) -> Iterator[Topic]:
    """Every document that readers subscribe to, which its archives are not, as it lies on the disk."""
    for spec in specs:
        if spec.part:
            continue
        for feed_format in spec.formats:
            path = spec.path(feed_format)
            if path in digests:
                yield Topic(spec.url(feed_format), path, feed_format.media_type, digests[path])


def _only_rss(changed: Sequence[Topic]) -> list[Topic]:
    return [topic for topic in changed if topic.media_type == FeedFormat.RSS.media_type]


def _list_hubs(config: Config) -> list[str]:
    """The servers that are pinged; our own hub is not."""
    return [*config.other_hub_urls, *([config.websub.rsscloud] if config.websub.rsscloud else [])]


def _forget_hubs(context: Context) -> None:
    with context.database.read() as connection:
        if not topics.has_topics(connection):
            return
    with context.database.write() as connection:
        topics.forget_topics(connection, list(topics.load_topics(connection)))
        topics.forget_other_hubs(connection, [])


def _deny(connection: Connection, gone: Sequence[str], now: datetime) -> None:
    """Subscribers of a feed that is no more are told so (W3C WebSub 5.2)."""
    from publisher.model.hub import HubMode, HubQuestion  # noqa: PLC0415 - see above
    from publisher.storage import subscriptions  # noqa: PLC0415 - see above

    for topic in gone:
        for held in subscriptions.subscriptions_to(connection, topic):
            subscriptions.end_subscription(connection, held.topic, held.callback)
            denial = HubQuestion(HubMode.DENIED, held.topic, held.callback, held.host, "", timedelta(0), now)
            subscriptions.save_question(connection, denial)
