"""All feeds of the site in one list that readers import: what it says. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from publisher.config import Site
from publisher.feeds.dates import format_rfc2822
from publisher.feeds.groups import group_feeds
from publisher.feeds.words import words_for
from publisher.model.feed import FeedFormat, FeedSpec

LISTING = "feeds.opml"
# Readers that import OPML know feeds in XML; JSON stands in only where there is nothing else.
_PREFERENCE = (FeedFormat.RSS, FeedFormat.ATOM, FeedFormat.JSON)


@dataclass(frozen=True, slots=True)
class ListedFeed:
    title: str
    url: str
    home_url: str
    language: str


@dataclass(frozen=True, slots=True)
class FeedListing:
    """`modified` is as mails write dates, empty without any feed; `groups` are lists of feeds by their name."""

    title: str
    modified: str
    owner: str
    main: tuple[ListedFeed, ...]
    groups: tuple[tuple[str, tuple[ListedFeed, ...]], ...]


def list_feeds(specs: Sequence[FeedSpec], site: Site) -> FeedListing:
    """The site's feed, then the others by group, in the order of the plan; none that is empty, of which a reader would
    make a folder.

    Dated by the newest change, not by the clock.
    """
    groups, words = group_feeds(specs), words_for(site.language)
    newest = max((spec.updated for spec in specs), key=datetime.timestamp, default=None)
    named = ((words.categories, groups.categories), (words.tags, groups.tags), (words.more, groups.more))
    return FeedListing(
        title=site.title,
        modified="" if newest is None else format_rfc2822(newest),
        owner=site.feed_author.name,
        main=_list(groups.main),
        groups=tuple((name, _list(feeds)) for name, feeds in named if feeds),
    )


def _list(specs: Sequence[FeedSpec]) -> tuple[ListedFeed, ...]:
    return tuple(ListedFeed(spec.title, spec.url(_choose_format(spec)), spec.home_url, spec.language) for spec in specs)


def _choose_format(spec: FeedSpec) -> FeedFormat:
    return next(feed_format for feed_format in _PREFERENCE if feed_format in spec.formats)
