"""Which articles feeds may show, and in which order. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import inf

from publisher.model.article import Article


@dataclass(frozen=True, slots=True)
class Order:
    """The same articles twice. `newest_first` is how feeds show them, `oldest_first` who has used a name first."""

    newest_first: list[Article]
    oldest_first: list[Article]


def order_shown(articles: Iterable[Article], now: datetime) -> Order:
    """Those that are public and wanted in feeds.

    By timestamps, because two datetimes of one zone compare by their wall clocks, which a repeated hour confuses. What
    was seen last breaks a tie: without a seq it has not been counted yet, so its seq will be the highest.
    """
    everything = list(articles)
    limit = now.timestamp()
    rows: list[tuple[float, float, str, int]] = []
    for number, article in enumerate(everything):
        # One timestamp for each, and the rule of `Article.is_public` in other words: to compare two datetimes of
        # different zones takes longer than all the rest here, and a site has ten thousand of them.
        moment = article.published.timestamp()
        if moment > limit or not article.in_feeds or article.draft:
            continue
        if (moment == limit or article.expires is not None) and not article.is_public(now):
            continue
        rows.append((-moment, -inf if article.seq is None else -article.seq, article.id, number))
    rows.sort()
    newest_first = [everything[row[3]] for row in rows]
    rows.reverse()  # nearly sorted already, and the stable sort makes use of it
    rows.sort(key=_earliest_first)
    return Order(newest_first, [everything[row[3]] for row in rows])


def _earliest_first(row: tuple[float, float, str, int]) -> tuple[float, str]:
    return (-row[0], row[2])
