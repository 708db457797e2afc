"""A Feed as bytes: same feed, same bytes. Pure."""

from __future__ import annotations

from publisher.errors import FeedError
from publisher.feeds.check import check_ids, name_feed
from publisher.feeds.splice import EntryWriter, splice, write_shell
from publisher.model.feed import Feed, FeedFormat


def write_feed(feed: Feed, feed_format: FeedFormat) -> bytes:
    """`feed` in one format, found good.

    Raises FeedError, in words for the person whose article it is; the last good file then stays where it is.
    """
    spec = feed.spec
    check_ids(spec, feed_format)
    shell = write_shell(spec, feed_format)
    writer = EntryWriter(spec.language, spec.author, feed.category_urls)
    try:
        entries = [
            writer.write(article, feed.html.get(article.id), feed_format, feed.markdown.get(article.id, ""))
            for article in spec.articles
        ]
    except FeedError as error:
        raise FeedError(f"{name_feed(spec, feed_format)}: {error}") from error
    return splice(shell, entries)
