"""The verbs of the operator: one pass over everything, and where things stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from publisher.app.context import Context
from publisher.app.issuing import IssueReport, create_due_issues
from publisher.app.noticing import NoticeReport, deliver_notices
from publisher.app.persondata import forget_what_is_over
from publisher.app.publishing import PublishReport, publish_feeds
from publisher.app.readers import FeedReaders, get_readers
from publisher.app.reading import ScanReport, scan
from publisher.app.segments import audience_of
from publisher.app.sending import deliver, has_failed
from publisher.app.websubstatus import WebSubStatus, load_websub_status
from publisher.delivery.sender import SendReport
from publisher.errors import StorageError
from publisher.issues.due import next_due
from publisher.model import Issue
from publisher.storage import articles, deliveries, faults, issues, newsletters, outputs, subscribers, suppressions
from publisher.storage.faults import FeedFault

_MOST_TOLD = 20  # feed files; the rest is in `publisher status`


@dataclass(frozen=True, slots=True)
class PassReport:
    scan: ScanReport
    feeds: PublishReport
    issues: IssueReport
    sent: SendReport
    notices: NoticeReport = field(default_factory=NoticeReport)

    @property
    def has_failed(self) -> bool:
        """A feed was not replaced, a delivery failed for good, an issue could not be made, a person must act."""
        return bool(self.feeds.failed or self.issues.failed or has_failed(self.sent) or self.notices.refused)


@dataclass(frozen=True, slots=True)
class NewsletterStatus:
    name: str
    title: str
    schedule: str
    receivers: int
    next_at: datetime | None
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
    suppressions: dict[str, int] = field(default_factory=dict)


def run_pass(context: Context, *, send: bool = True) -> PassReport:
    """Scan, write feeds, make the issues that are due, send what is queued. Safe to run at any time, twice too."""
    forget_what_is_over(context)
    # Before all else: somebody sits before their mailbox and waits for it.
    noticed = deliver_notices(context) if send else NoticeReport()
    try:
        scanned = scan(context)
        feeds = publish_feeds(context, scanned.articles)
        made = create_due_issues(context, scanned.articles)
    except Exception:
        if send:  # what was promised before does not wait for a folder to be mended
            deliver(context)
        raise
    return PassReport(scanned, feeds, made, deliver(context) if send else SendReport(), noticed)


def get_health(context: Context) -> list[str]:
    """What keeps the service from doing its work, a sentence each; nothing when all is well."""
    problems: list[str] = []
    try:
        with context.database.read() as connection:
            lost = faults.load_faults(connection)
    except StorageError:
        problems.append("the database cannot be read")
        lost = []
    problems += [f"{fault.path} could not be replaced: {fault.reason}" for fault in lost[:_MOST_TOLD]]
    if not context.config.output_dir.is_dir():
        problems.append("the output folder is not there; run publisher build")
    return problems


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
                    last_issue_at=issues.last_issue_at(connection, name),
                )
                for name, newsletter in context.config.newsletters.items()
            ],
            live=live,
            next_delivery_at=deliveries.next_due(connection),
            feed_faults=faults.load_faults(connection),
            websub=load_websub_status(connection),
            readers=counted,
            suppressions=suppressions.count_by_reason(connection),
        )
