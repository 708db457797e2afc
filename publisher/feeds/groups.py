"""The feeds of a site in the groups that lists for people show. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from publisher.feeds.select import CATEGORIES, TAGS
from publisher.model import FeedSpec


@dataclass(frozen=True, slots=True)
class FeedGroups:
    """Each in the order of the plan; archives are in none. `main` is the feed of the whole site."""

    main: tuple[FeedSpec, ...]
    categories: tuple[FeedSpec, ...]
    tags: tuple[FeedSpec, ...]
    more: tuple[FeedSpec, ...]


def group_feeds(specs: Sequence[FeedSpec]) -> FeedGroups:
    found: dict[str, list[FeedSpec]] = {"": [], CATEGORIES: [], TAGS: [], "more": []}
    for spec in specs:
        if spec.part == 0:
            parent = spec.folder.partition("/")[0]
            found[parent if parent in found else "more"].append(spec)
    return FeedGroups(*map(tuple, found.values()))
