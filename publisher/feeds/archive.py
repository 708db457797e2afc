"""Which archive document of a feed each article stands in (RFC 5005 4), and what each document then holds. Pure.

A part takes `size` articles in the order in which they were first seen, and is there from then on: no article moves to
another part, and the place of one that goes stays empty. What no part has taken yet stands in the feed itself, beside
its newest ones. So the feed and its archives together always hold everything, and a part that a reader has kept is as
good as new, unless an article in it was edited or has gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import inf

from publisher.feeds.dates import DateMover
from publisher.model.article import Article
from publisher.model.feed import FeedSpec


def fill_parts(articles: Iterable[Article], parts: Mapping[str, int], size: int) -> dict[str, int]:
    """The articles that get a place now: id -> part. `parts` are the places given before.

    Nothing while there are fewer than `size` without a place.
    """
    waiting = sorted((article for article in articles if article.id not in parts), key=_first_seen)
    is_full = len(waiting) - len(waiting) % size
    first = count_parts(parts) + 1
    return {article.id: first + place // size for place, article in enumerate(waiting[:is_full])}


def count_parts(parts: Mapping[str, int]) -> int:
    return max(parts.values(), default=0)


def split_feed(
    spec: FeedSpec, everything: Sequence[Article], parts: Mapping[str, int], dates: DateMover
) -> list[FeedSpec]:
    """The feed with its archives behind it, oldest first.

    `everything` are the articles of the feed without its limit, newest first; `parts` as for `fill_parts`.
    """
    count = count_parts(parts)
    held = {article.id for article in spec.articles}
    by_part: dict[int, list[Article]] = {number: [] for number in range(1, count + 1)}
    shown: list[Article] = []
    for article in everything:
        part = parts.get(article.id)
        moved = dates.move(article)
        if part is None or article.id in held:
            shown.append(moved)
        if part is not None:
            by_part[part].append(moved)
    whole = replace(spec, parts=count, is_complete=not count and bool(shown), keeps_all=True)
    return [
        _with_articles(whole, shown, dates),
        *(_with_articles(replace(whole, part=number), articles, dates) for number, articles in by_part.items()),
    ]


def _with_articles(spec: FeedSpec, articles: Sequence[Article], dates: DateMover) -> FeedSpec:
    return replace(spec, articles=tuple(articles), updated=dates.newest_update(articles))


def _first_seen(article: Article) -> tuple[float, float, str]:
    return (inf if article.seq is None else article.seq, article.published.timestamp(), article.id)
