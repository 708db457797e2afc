"""A Feed as bytes: same feed, same bytes. Pure."""

from __future__ import annotations

from collections.abc import Callable

from publisher.errors import FeedError
from publisher.feeds.atom import write_atom
from publisher.feeds.check import check_ids, check_product, find_forbidden_text, name_feed
from publisher.feeds.jsonfeed import write_json
from publisher.feeds.rss import write_rss
from publisher.model import Feed, FeedFormat

_WRITERS: dict[FeedFormat, Callable[[Feed], bytes]] = {
    FeedFormat.RSS: write_rss,
    FeedFormat.ATOM: write_atom,
    FeedFormat.JSON: write_json,
}


def write_feed(feed: Feed, feed_format: FeedFormat) -> bytes:
    """`feed` in one format, read back and found good.

    Raises FeedError, in words for the person whose article it is; the last good file then stays where it is.
    """
    check_ids(feed, feed_format)
    try:
        content = _WRITERS[feed_format](feed)
    except ValueError as error:  # lxml and the UTF-8 codec on a forbidden character, feedgen on something missing
        path = find_forbidden_text(feed)
        reason = f"{path} has a character that XML forbids" if path else str(error)
        raise FeedError(f"{name_feed(feed, feed_format)}: {reason}") from error
    check_product(content, feed, feed_format)
    return content
