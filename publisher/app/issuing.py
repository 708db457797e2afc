"""The verbs that make issues: plan a digest, create what is due, approve, cancel."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field

from publisher.app.bodies import load_bodies
from publisher.app.context import Context
from publisher.app.folders import shown_path
from publisher.app.letters import check_letter, render
from publisher.app.linting import BURST_TEMPLATE, find_faults, refuse_errors
from publisher.app.pictures import load_facts
from publisher.app.places import find_places
from publisher.app.segments import audience_of
from publisher.errors import IssueRefused, TemplateError, UsageError
from publisher.issues.due import due_occurrence
from publisher.issues.select import Request, select_articles, split_on_publish
from publisher.mail.lint.check import in_order
from publisher.mail.lint.finding import Finding
from publisher.mail.lint.images import check_kinds, check_weights
from publisher.mail.personal import show_subject
from publisher.mail.pictures import find_addresses
from publisher.model import Article, Issue, IssueState, RenderedIssue, Selection
from publisher.storage import articles as article_rows
from publisher.storage import deliveries, letters, newsletters, subscribers
from publisher.storage import issues as issue_rows
from publisher.storage.database import Connection
from publisher.timing import Occurrence


@dataclass(frozen=True, slots=True)
class DigestPlan:
    """What a digest would hold and how many people would get it.

    `pass_to`: all articles up to this number have been looked at, and are dealt with once the issue is stored.
    """

    newsletter: str
    selection: Selection
    receivers: int
    pass_to: int


@dataclass(slots=True)
class IssueReport:
    """What became of the newsletters in one pass. `warnings` are those of the lint about issues that were made."""

    created: list[Issue] = field(default_factory=list)
    held: list[Issue] = field(default_factory=list)
    too_old: dict[str, tuple[Article, ...]] = field(default_factory=dict)
    without_readers: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, list[str]] = field(default_factory=dict)

    def warn_of(self, newsletter: str) -> Callable[[str], None]:
        return lambda warning: self.warnings.setdefault(newsletter, []).append(warning)


@dataclass(frozen=True, slots=True)
class NewIssue:
    """An issue about to be stored. `pass_to`: articles up to this number are dealt with (None: only those in it)."""

    newsletter: str
    selection: Selection
    template: str
    pass_to: int | None
    occurrence: Occurrence | None = None
    hold: bool = False
    again: bool = False


def plan_digest(context: Context, name: str, request: Request, articles: Sequence[Article]) -> DigestPlan:
    """Decide, and change nothing.

    Raises UsageError for an unknown newsletter, and for an order of articles that would not be in the issue.
    """
    newsletter = context.newsletter(name)
    with context.database.read() as connection:
        state = newsletters.load_states(connection).get(name)
        sent = issue_rows.sent_articles(connection, name)
        receivers = subscribers.count_receivers(connection, name, audience_of(context, name))
        last_seq = state.last_seq if state else article_rows.last_seq(connection)
        hidden = article_rows.first_hidden_seq(connection, last_seq)
    # Of `articles`, not of the database: another process may have numbered one since, that nobody here has seen.
    # An article that cannot be read today is waited for; what lies behind it is kept apart by `sent`.
    seen = max((article.seq or 0 for article in articles), default=0)
    pass_to = seen if hidden is None else min(seen, hidden - 1)
    selection = select_articles(articles, newsletter, request, last_seq=last_seq, sent=sent, now=context.clock())
    _refuse_strangers(context, request, selection, articles)
    # What a person kept out stays new; what lies behind it and goes out now is kept apart by `sent`, too.
    pass_to = min([pass_to, *((article.seq or 0) - 1 for article in selection.excluded)])
    return DigestPlan(name, selection, receivers, pass_to)


def create_digest(context: Context, plan: DigestPlan, request: Request) -> Issue | None:
    """Freeze the planned digest as a regular issue; None when another process was quicker."""
    one_off = plan.selection.one_off
    template = (one_off.template if one_off else "") or context.newsletter(plan.newsletter).template_name
    new = NewIssue(
        plan.newsletter,
        plan.selection,
        template,
        pass_to=plan.pass_to if request.is_plain else None,
        again=request.again,
    )
    return create_issue(context, new)


def create_due_issues(context: Context, articles: Sequence[Article]) -> IssueReport:
    """Whatever the schedules of all newsletters ask for at this moment."""
    report = IssueReport()
    for name, newsletter in context.config.newsletters.items():
        try:
            if newsletter.is_on_publish:
                _create_on_publish(context, name, articles, report)
            elif newsletter.cron is not None:
                _create_scheduled(context, name, articles, report)
        # The other newsletters go out; this one is tried again in the next pass.
        except (TemplateError, IssueRefused) as error:
            report.failed[name] = str(error)
    return report


def create_issue(context: Context, new: NewIssue, warn: Callable[[str], None] | None = None) -> Issue | None:
    """Render, look for faults, then store issue, articles, variant and audience in one transaction.

    `warn` is given each warning of the lint; without it they are notes to the person.
    None when in the meantime another process issued one of the articles or spent the occurrence.
    Raises TemplateError, IssueRefused; then nothing has changed and the next run tries again.
    """
    rendered = render(context, new.newsletter, new.selection, template=new.template)
    check_letter(context.config, new.newsletter, rendered)
    warnings = refuse_errors(new.newsletter, inspect(context, new.newsletter, new.selection, rendered))
    issue_id = _store(context, new, rendered)
    if issue_id is None:
        return None
    for warning in warnings:
        (warn or context.reporter.note)(warning)
    with context.database.read() as connection:
        return issue_rows.get_issue(connection, issue_id)


def inspect(context: Context, name: str, selection: Selection, rendered: RenderedIssue) -> list[Finding]:
    """What the lint finds in an issue; asks no other server."""
    found = find_faults(context.config, name, rendered, selection, load_bodies(context, selection.articles))
    return in_order(
        [*found, *_inspect_pictures(context, selection, rendered)], context.config.newsletters[name].lint.ignore
    )


def _inspect_pictures(context: Context, selection: Selection, rendered: RenderedIssue) -> list[Finding]:
    """By what was remembered when the issue was rendered."""
    known = load_facts(context, find_addresses(rendered.html))
    found = [*check_kinds({url: fact.kind for url, fact in known.items()})]
    found += check_weights({url: fact.size for url, fact in known.items() if fact.size is not None})
    return find_places(context.config, found, selection.articles)


def list_issues(context: Context) -> list[Issue]:
    """All issues, newest first."""
    with context.database.read() as connection:
        return issue_rows.list_issues(connection)


def list_articles(context: Context, issue_id: int) -> list[tuple[str, str, str]]:
    """(article id, title, role) in the order of the issue."""
    with context.database.read() as connection:
        return issue_rows.article_titles(connection, issue_id)


def list_troubled(context: Context, issue_id: int, limit: int) -> list[deliveries.Troubled]:
    """Who has not got the issue, and why."""
    with context.database.read() as connection:
        return deliveries.find_troubled(connection, issue_id, limit)


def approve(context: Context, issue_id: int) -> Issue:
    """A held draft gets its audience and may go out.

    Raises UsageError when there is no such draft.
    """
    issue = get_issue(context, issue_id)
    with context.database.write() as connection:
        if not issue_rows.move_state(connection, issue_id, [IssueState.DRAFT], IssueState.FROZEN):
            raise UsageError(f"issue {issue_id} is {issue.state.value}; only a draft can be approved")
        for key in issue_rows.variant_keys(connection, issue_id):
            only = audience_of(context, issue.newsletter)
            deliveries.freeze_audience(connection, issue_id, issue.newsletter, key, context.clock(), only=only)
    return get_issue(context, issue_id)


def cancel(context: Context, issue_id: int) -> Issue:
    """What has not gone out never will; its articles count as dealt with.

    Raises UsageError when the issue is over already.
    """
    issue = get_issue(context, issue_id)
    states = [IssueState.DRAFT, IssueState.FROZEN, IssueState.SENDING, IssueState.PAUSED]
    with context.database.write() as connection:
        if not issue_rows.move_state(connection, issue_id, states, IssueState.CANCELLED):
            raise UsageError(f"issue {issue_id} is {issue.state.value}; there is nothing left to cancel")
        deliveries.suppress_waiting(connection, issue_id, "the issue was cancelled")
    return get_issue(context, issue_id)


def get_issue(context: Context, issue_id: int) -> Issue:
    with context.database.read() as connection:
        issue = issue_rows.get_issue(connection, issue_id)
    if issue is None:
        raise UsageError(f"there is no issue {issue_id}; `publisher issues list` shows them")
    return issue


def _refuse_strangers(context: Context, request: Request, selection: Selection, articles: Sequence[Article]) -> None:
    if selection.is_empty:  # said better elsewhere
        return
    shown = {article.id for article in (*selection.articles, *selection.links)}
    strangers = set(request.first) - shown
    paths = [shown_path(context.config, article.path) for article in articles if article.id in strangers]
    if paths:
        raise UsageError(
            f"--order: {', '.join(sorted(paths))} would not be in this issue; --since takes articles by their date, "
            "--again what was sent before"
        )


def _create_on_publish(context: Context, name: str, articles: Sequence[Article], report: IssueReport) -> None:
    newsletter = context.newsletter(name)
    plan = plan_digest(context, name, Request(limit=max(1, len(articles))), articles)
    if plan.selection.too_old:
        report.too_old[name] = plan.selection.too_old
    single, burst = split_on_publish(plan.selection, newsletter.burst)
    if (single or burst) and not plan.receivers:
        report.without_readers.append(name)
    elif burst is not None:
        issue = create_issue(
            context, NewIssue(name, burst, BURST_TEMPLATE, pass_to=plan.pass_to, hold=True), report.warn_of(name)
        )
        if issue is None:  # another process issued one of them; what is left is planned anew in the next pass
            return
        report.held.append(issue)
    else:
        # Nothing is passed over before the last is stored: a crash after one must not lose the next.
        news = [NewIssue(name, selection, newsletter.template_name, pass_to=None) for selection in single]
        if not _create_all(context, news, report):
            return
    with context.database.read() as connection:
        state = newsletters.load_states(connection).get(name)
    if state is not None and state.last_seq < plan.pass_to:
        with context.database.write() as connection:
            newsletters.pass_articles(connection, name, plan.pass_to)


def _create_all(context: Context, news: Sequence[NewIssue], report: IssueReport) -> bool:
    """False when one was not made; then what is left is planned anew in the next pass."""
    refused: dict[str, str] = {}
    for new in news:
        try:
            issue = create_issue(context, new, report.warn_of(new.newsletter))
        except IssueRefused as error:  # the others need not wait until its article is mended
            refused[new.newsletter] = "\n".join(filter(None, [refused.get(new.newsletter), str(error)]))
            continue
        if issue is None:
            return False
        report.created.append(issue)
    report.failed |= refused
    return not refused


def _create_scheduled(context: Context, name: str, articles: Sequence[Article], report: IssueReport) -> None:
    newsletter = context.newsletter(name)
    with context.database.read() as connection:
        state = newsletters.load_states(connection).get(name)
        last_spent = newsletters.last_spent(connection, name, context.clock())
    if state is None:  # its history is closed by the scan that comes first in every pass
        return
    due = due_occurrence(newsletter, context.config.zone_of(newsletter), state, last_spent, context.clock())
    if due is None:
        return
    plan = plan_digest(context, name, Request(), articles)
    if plan.selection.too_old:
        report.too_old[name] = plan.selection.too_old
    if not plan.receivers or (plan.selection.is_empty and newsletter.on_empty == "skip"):
        (report.empty if plan.receivers else report.without_readers).append(name)
        with context.database.write() as connection:
            if newsletters.spend_occurrence(connection, name, due):
                newsletters.pass_articles(connection, name, plan.pass_to)
        return
    new = NewIssue(name, plan.selection, newsletter.template_name, pass_to=plan.pass_to, occurrence=due)
    issue = create_issue(context, new, report.warn_of(name))
    if issue is not None:
        report.created.append(issue)


def _store(context: Context, new: NewIssue, rendered: RenderedIssue) -> int | None:
    now = context.clock()
    issue = Issue(
        id=0,
        newsletter=new.newsletter,
        state=IssueState.DRAFT if new.hold else IssueState.FROZEN,
        template=new.template,
        subject=show_subject(rendered),
        created_at=now,
        occurrence=new.occurrence.key if new.occurrence else None,
    )
    ids = {article.id for article in (*new.selection.articles, *new.selection.links)}
    with context.database.write() as connection:
        if not new.again and _is_sent(connection, new, ids):
            return None
        if new.occurrence and not newsletters.spend_occurrence(connection, new.newsletter, new.occurrence):
            return None
        issue_id = issue_rows.add_issue(connection, issue, new.selection, rendered)
        if new.selection.one_off is not None:
            letters.add_letter(connection, issue_id, new.selection.one_off, new.selection.intro)
        if new.pass_to is not None:
            newsletters.pass_articles(connection, new.newsletter, new.pass_to)
        if not new.hold:
            only = audience_of(context, new.newsletter)
            deliveries.freeze_audience(connection, issue_id, new.newsletter, rendered.language, now, only=only)
    return issue_id


def _is_sent(connection: Connection, new: NewIssue, ids: Set[str]) -> bool:
    one_off = new.selection.one_off
    if one_off is not None and letters.find_letter(connection, new.newsletter, one_off.sha256) is not None:
        return True
    return bool(ids & issue_rows.sent_articles(connection, new.newsletter))
