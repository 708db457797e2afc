"""Dates as feeds write them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta, timezone, tzinfo

from publisher.model.article import Article
from publisher.timing import format_mail_date

_MINUTE = timedelta(minutes=1)


def move_to_zone(moment: datetime, zone: tzinfo) -> datetime:
    """The same instant on the clocks of `zone`."""
    try:
        return moment.astimezone(zone)
    except OverflowError:  # 0001-01-01, some tools' word for "no date": there is no day before it to move to
        return moment


class DateMover:
    """Gives articles the dates that feeds write, once for all the feeds that hold them.

    They are on the clocks of `zone`, and a change that is dated ahead of `now` has not happened yet.
    """

    def __init__(self, zone: tzinfo, now: datetime) -> None:
        self._zone = zone
        self._now = now
        # By identity, since two articles of one id are told apart later; the one that came is held along with that.
        self._moved: dict[int, tuple[Article, Article]] = {}
        self._updates: dict[int, float] = {}

    def move(self, article: Article) -> Article:
        """The same article with its dates as feeds write them."""
        known = self._moved.get(id(article))
        if known is not None:
            return known[1]
        updated = article.published if article.updated > self._now else article.updated
        published, updated = move_to_zone(article.published, self._zone), move_to_zone(updated, self._zone)
        moved = replace(article, published=published, updated=updated)
        self._moved[id(article)] = (article, moved)
        self._updates[id(moved)] = updated.timestamp()
        return moved

    def newest_update(self, moved: Iterable[Article]) -> datetime:
        """The last change among articles that `move` gave. What holds none must not change with the clock either."""
        newest = max(moved, key=lambda article: self._updates[id(article)], default=None)
        return datetime(1970, 1, 1, tzinfo=self._zone) if newest is None else newest.updated


def trim_moment(moment: datetime) -> datetime:
    """Whole seconds, and an offset of whole minutes.

    RFC 3339 and RFC 5322 cannot write an offset of +09:18:59, which is what Tokyo had before 1888 and others as late
    as 1972. It is rounded up, and on the wall clock, because the first day of the year 1 has nothing before it.
    """
    moment = moment.replace(microsecond=0)
    offset = moment.utcoffset() or timedelta()
    if offset % _MINUTE:
        whole = -(-offset // _MINUTE) * _MINUTE
        moment = moment.replace(tzinfo=timezone(whole)) + (whole - offset)
    return moment


def format_rfc3339(moment: datetime) -> str:
    """For Atom and JSON Feed."""
    return trim_moment(moment).isoformat()


def format_rfc2822(moment: datetime) -> str:
    """For RSS and OPML: English names whatever the process's locale, and a numeric zone."""
    return format_mail_date(trim_moment(moment))
