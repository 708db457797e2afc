"""Feeds name the articles that readers may have and that are no more (RFC 6721). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from publisher.feeds.dates import move_to_zone
from publisher.model.feed import FeedSpec, Tombstone

MOST = 100  # in one feed


@dataclass(frozen=True, slots=True)
class Gone:
    """An article that feeds have shown and that was found gone at `when`; `names` are its tags and categories."""

    id: str
    when: datetime
    names: tuple[str, ...] = ()


def add_tombstones(
    specs: Iterable[FeedSpec], gone: Iterable[Gone], category_urls: Mapping[str, str], zone: ZoneInfo
) -> list[FeedSpec]:
    """The same feeds; the site's names everything in `gone`, that of a tag or category what it had of it.

    `category_urls` are those of the plan. Archives say nothing: they just hold it no more.
    """
    everything: list[Tombstone] = []
    by_url: dict[str, list[Tombstone]] = {}
    for one in sorted(gone, key=lambda one: (-one.when.timestamp(), one.id)):
        stone = Tombstone(one.id, move_to_zone(one.when, zone))
        everything.append(stone)
        for url in {category_urls[name] for name in one.names if name in category_urls}:
            by_url.setdefault(url, []).append(stone)
    return [_name(spec, by_url.get(spec.folder_url, []) if spec.folder else everything) for spec in specs]


def _name(spec: FeedSpec, stones: Sequence[Tombstone]) -> FeedSpec:
    if spec.is_archive or not stones:
        return spec
    held = {article.id for article in spec.articles}
    return replace(spec, deleted=tuple(stone for stone in stones if stone.id not in held)[:MOST])
