"""The verb `foresee`: what the next pass would do, and what comes after it. Changes nothing.

The very verbs of a pass are at work, on a copy of the database that is thrown away, so that what is foretold is what
happens. Nothing is written and nothing is sent; feeds that are sources are asked if it is their time, as in a pass.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from publisher.app.context import Context
from publisher.app.forecasting import forecast_end
from publisher.app.issuing import create_due_issues
from publisher.app.operating import NewsletterStatus, get_status
from publisher.app.publishing import find_stale
from publisher.app.rates import make_rules
from publisher.app.reading import scan
from publisher.config import Config
from publisher.config.sections import Mail, MailImages
from publisher.delivery.forecast import Forecast
from publisher.errors import Problem
from publisher.model.article import Article
from publisher.model.issue import Issue
from publisher.storage.database import open_database


@dataclass(frozen=True, slots=True)
class Foresight:
    """`new`: articles seen for the first time; `coming`: those whose date is still to come, soonest first.

    `feeds` are files that would be written; `made` issues that would go out, `held` those that would wait for a person,
    each with its audience; `unmade` the reasons by newsletter why one cannot be made; `waiting` new articles by
    newsletter that are not mailed yet, with the reason. `queued` messages of issues that exist are due at
    `next_delivery_at`, and go out from `opens_at` on if it is not now. `to_send` are those and the ones of `made`;
    `forecast` says when the last of them goes out, if a rule of `delivery:` delays it.
    """

    new: tuple[Article, ...]
    coming: tuple[Article, ...]
    problems: tuple[Problem, ...]
    feeds: tuple[str, ...]
    made: tuple[Issue, ...]
    held: tuple[Issue, ...]
    empty: tuple[str, ...]
    without_readers: tuple[str, ...]
    unmade: dict[str, str]
    waiting: dict[str, list[tuple[str, str]]]
    newsletters: list[NewsletterStatus] = field(default_factory=list)
    queued: int = 0
    next_delivery_at: datetime | None = None
    opens_at: datetime | None = None
    to_send: int = 0
    forecast: Forecast | None = None


def foresee(context: Context) -> Foresight:
    """Look ahead.

    Raises UsageError when a folder is missing, StorageError when there is no room for the copy.
    """
    now = context.clock()
    before = get_status(context)
    with tempfile.TemporaryDirectory(prefix="publisher-") as folder:
        path = Path(folder) / "publisher.db"
        context.database.write_copy(path)
        database = open_database(path)
        try:
            # Without a reporter: what it would note has not happened.
            rehearsal = Context(_without_pictures(context.config), database, clock=lambda: now, stop=context.stop)
            try:
                scanned = scan(rehearsal)
                feeds = find_stale(rehearsal, scanned.articles)
                issues = create_due_issues(rehearsal, scanned.articles)
                after = get_status(rehearsal)
                to_send, forecast = forecast_end(rehearsal)
            finally:
                rehearsal.pool.close()
        finally:
            database.close()
    coming = [article for article in scanned.articles if not article.draft and article.published > now]
    return Foresight(
        new=scanned.first_seen,
        coming=tuple(sorted(coming, key=lambda article: article.published)),
        problems=scanned.problems,
        feeds=tuple(feeds),
        made=tuple(issues.created),
        held=tuple(issues.held),
        empty=tuple(issues.empty),
        without_readers=tuple(issues.without_readers),
        unmade=issues.failed,
        waiting=issues.waiting,
        newsletters=[_as_planned(status, now) for status in after.newsletters],
        queued=sum(issue.counts.queued + issue.counts.deferred for issue in before.live),
        next_delivery_at=before.next_delivery_at,
        opens_at=make_rules(context.config).opens_at(now),
        to_send=to_send,
        forecast=forecast,
    )


def _as_planned(status: NewsletterStatus, now: datetime) -> NewsletterStatus:
    """What is due now has been told as an issue; a moment in the past would be a second one."""
    next_at, own = (
        moment if moment is None or moment > now else None for moment in (status.next_at, status.next_own_at)
    )
    return replace(status, next_at=next_at, next_own_at=own)


def _without_pictures(config: Config) -> Config:
    """Neither asks for the size of a picture nor makes a copy of one."""
    return config.model_copy(update={"mail": Mail(images=MailImages(measure=False))})
