"""The verbs of the operator: one pass over everything, and where things stand."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from publisher.app.clocks import mend_moments
from publisher.app.context import Context
from publisher.app.issuing import IssueReport, create_due_issues
from publisher.app.noticing import NoticeReport, deliver_notices
from publisher.app.persondata import forget_what_is_over
from publisher.app.publishing import PublishReport, publish_feeds
from publisher.app.readers import FeedReaders, get_readers
from publisher.app.reading import ScanReport, scan
from publisher.app.retention import remove_old_deliveries
from publisher.app.segments import audience_of
from publisher.app.sending import deliver, has_failed
from publisher.app.watching import LAST_SCAN
from publisher.app.websubstatus import WebSubStatus, load_websub_status
from publisher.delivery.pace import WINDOW, Pace, tell_pace
from publisher.delivery.sender import SendReport
from publisher.issues.due import next_due
from publisher.model.issue import Issue
from publisher.storage import (
    articles,
    audience,
    deliveries,
    faults,
    issues,
    newsletters,
    numbers,
    outputs,
    subscribers,
    suppressions,
)
from publisher.storage.database import Connection
from publisher.storage.faults import FeedFault


@dataclass(frozen=True, slots=True)
class PassReport:
    scan: ScanReport
    feeds: PublishReport
    issues: IssueReport
    sent: SendReport
    notices: NoticeReport = field(default_factory=NoticeReport)
    removed: int = 0  # rows of deliveries that are past `delivery.keep`

    @property
    def has_failed(self) -> bool:
        """A feed was not replaced, a delivery failed for good, an issue could not be made, a person must act."""
        return bool(self.feeds.failed or self.issues.failed or has_failed(self.sent) or self.notices.refused)


@dataclass(frozen=True, slots=True)
class NewsletterStatus:
    """`next_at` is of its schedule, `next_own_at` when the first reader with a rhythm of their own gets a mail."""

    name: str
    title: str
    schedule: str
    receivers: int
    next_at: datetime | None
    next_own_at: datetime | None
    last_issue_at: datetime | None


@dataclass(frozen=True, slots=True)
class Status:
    """Where things stand, from the database alone."""

    articles: int
    waiting: int
    drafts: int
    problems: int
    feed_files: int
    subscribers: dict[str, int]
    newsletters: list[NewsletterStatus] = field(default_factory=list)
    live: list[Issue] = field(default_factory=list)
    next_delivery_at: datetime | None = None
    feed_faults: list[FeedFault] = field(default_factory=list)
    websub: WebSubStatus = field(default_factory=WebSubStatus)
    readers: dict[str, FeedReaders] = field(default_factory=dict)
    paces: dict[int, Pace] = field(default_factory=dict)  # of issues that are going out just now
    suppressions: dict[str, int] = field(default_factory=dict)


def run_pass(context: Context, *, send: bool = True) -> PassReport:
    """Scan, write feeds, make the issues that are due, send what is queued. Safe to run at any time, twice too."""
    mend_moments(context)
    forget_what_is_over(context)
    # Before all else: somebody sits before their mailbox and waits for it.
    noticed = deliver_notices(context) if send else NoticeReport()
    try:
        scanned, feeds = _read_and_publish(context)
        made = create_due_issues(context, scanned.articles)
    except Exception:
        context.tally.note_failed_pass()
        if send:  # what was promised before does not wait for a folder to be mended
            deliver(context)
        raise
    sent = deliver(context) if send else SendReport()
    return PassReport(scanned, feeds, made, sent, noticed, remove_old_deliveries(context))


def _read_and_publish(context: Context) -> tuple[ScanReport, PublishReport]:
    began = time.monotonic()
    scanned = scan(context)
    read = time.monotonic()
    feeds = publish_feeds(context, scanned.articles)
    context.tally.note_pass(read - began, time.monotonic() - read, len(feeds.written))
    with context.database.write() as connection:
        articles.set_fact(connection, LAST_SCAN, context.clock().isoformat())
    return scanned, feeds


def get_status(context: Context) -> Status:
    """Reads only; nothing is scanned."""
    now = context.clock()
    counted = get_readers(context)
    with context.database.read() as connection:
        known = articles.load_articles(connection)
        problems = [item for item in articles.load_remarked_files(connection) if item.problem]
        live = issues.open_issues(connection)
        states = newsletters.load_states(connection)
        return Status(
            articles=sum(article.is_public(now) for article in known),
            waiting=sum(not article.draft and article.published > now for article in known),
            drafts=sum(article.draft for article in known),
            problems=len(problems),
            feed_files=len(outputs.load_outputs(connection)),
            subscribers=subscribers.count_by_state(connection),
            newsletters=[
                NewsletterStatus(
                    name=name,
                    title=newsletter.title,
                    schedule=newsletter.schedule or "by hand",
                    receivers=subscribers.count_receivers(
                        connection, name, audience_of(context.config, newsletter, context.clock())
                    ),
                    next_at=next_due(
                        newsletter,
                        context.config.zone_of(newsletter),
                        states.get(name),
                        newsletters.last_spent(connection, name, now),
                        now,
                    ),
                    next_own_at=audience.next_due(connection, name),
                    last_issue_at=issues.last_issue_at(connection, name),
                )
                for name, newsletter in context.config.newsletters.items()
            ],
            live=live,
            next_delivery_at=deliveries.next_due(connection),
            feed_faults=faults.load_faults(connection),
            websub=load_websub_status(connection),
            readers=counted,
            paces=_tell_paces(connection, live, now),
            suppressions=suppressions.count_by_reason(connection),
        )


def _tell_paces(connection: Connection, live: Sequence[Issue], now: datetime) -> dict[int, Pace]:
    found = numbers.find_handled(connection, [issue.id for issue in live], now - WINDOW)
    waiting = {issue.id: issue.counts.queued if issue.state in issues.LIVE_STATES else 0 for issue in live}
    paces = {id_: tell_pace(waiting[id_], one.number, one.first, one.last, now) for id_, one in found.items()}
    return {id_: pace for id_, pace in paces.items() if pace is not None}
