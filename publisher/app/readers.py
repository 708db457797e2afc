"""The verbs about who reads the feeds: keep what our server counted, and say how many there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from publisher.app.context import Context
from publisher.storage import readers
from publisher.storage.readers import ALL_CLIENTS, ReaderCount

_DAYS = 7


@dataclass(slots=True)
class FeedReaders:
    """Of one feed file, in the last seven days that are over, and today.

    `by` has the largest number that each service named, `subscribers` their sum. `clients` are those of the busiest
    day: a day is what a client can be told apart for.
    """

    subscribers: int = 0
    clients: int = 0
    by: dict[str, int] = field(default_factory=dict)


def save_reader_counts(context: Context, counts: Sequence[ReaderCount]) -> None:
    """Raises StorageError; then the numbers of that minute are lost, and no more."""
    today = context.clock().astimezone(context.config.site.timezone).date()
    with context.database.write() as connection:
        readers.save_counts(connection, counts, today)


def get_readers(context: Context) -> dict[str, FeedReaders]:
    """By feed file below the output folder, those with most readers first; empty when nobody was counted."""
    today = context.clock().astimezone(context.config.site.timezone).date()
    with context.database.read() as connection:
        return summarise(readers.load_counts(connection, today - timedelta(days=_DAYS), today))


def summarise(counts: Iterable[ReaderCount]) -> dict[str, FeedReaders]:
    found: dict[str, FeedReaders] = {}
    for count in counts:
        feed = found.setdefault(count.path, FeedReaders())
        if count.service == ALL_CLIENTS:
            feed.clients = max(feed.clients, count.number)
        else:
            feed.by[count.service] = max(feed.by.get(count.service, 0), count.number)
    for feed in found.values():
        feed.by = dict(sorted(feed.by.items(), key=lambda item: (-item[1], item[0])))
        feed.subscribers = sum(feed.by.values())
    return dict(sorted(found.items(), key=lambda item: (-item[1].subscribers - item[1].clients, item[0])))
