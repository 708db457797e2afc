"""The feeds of a site in the groups that lists for people show. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from publisher.feeds.select import CATEGORIES, TAGS
from publisher.model.feed import FeedSpec

_MORE = ""


@dataclass(frozen=True, slots=True)
class FeedGroups:
    """Each in the order of the plan; archives are in none. `main` is the first, the feed of the whole site."""

    main: tuple[FeedSpec, ...]
    categories: tuple[FeedSpec, ...]
    tags: tuple[FeedSpec, ...]
    more: tuple[FeedSpec, ...]


def group_feeds(specs: Sequence[FeedSpec]) -> FeedGroups:
    found: dict[str, list[FeedSpec]] = {CATEGORIES: [], TAGS: [], _MORE: []}
    for spec in specs[1:]:
        if spec.part == 0:
            parent, _, name = spec.folder.partition("/")
            is_more = spec.file or not name or parent not in found
            found[_MORE if is_more else parent].append(spec)
    return FeedGroups(tuple(specs[:1]), *map(tuple, found.values()))
