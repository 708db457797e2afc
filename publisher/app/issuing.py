"""The verbs that make issues: plan a digest, create what is due, approve, cancel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from publisher.app.audiences import Divider, NewIssue
from publisher.app.context import Context
from publisher.app.folders import shown_path
from publisher.app.freezing import add_audience, create_issue, move_on
from publisher.app.linting import BURST_TEMPLATE
from publisher.app.offers import look_out, offer_again
from publisher.app.segments import audience_of
from publisher.app.waiting import find_waiting
from publisher.errors import IssueRefused, TemplateError, UsageError
from publisher.issues.due import due_occurrence
from publisher.issues.progress import Reach
from publisher.issues.select import Request, split_on_publish
from publisher.issues.variants import Offer, Variant
from publisher.model.article import Article
from publisher.model.issue import Issue, IssueState, Selection
from publisher.storage import articles as article_rows
from publisher.storage import deliveries, newsletters, subscribers
from publisher.storage import issues as issue_rows
from publisher.storage.audience import Audience, has_due
from publisher.storage.rhythms import wake_readers
from publisher.timing import Occurrence


@dataclass(frozen=True, slots=True)
class DigestPlan:
    """What a digest would hold and how many people would get it.

    `selection` is what somebody gets who has chosen nothing; `variants` are what readers really get, with their
    numbers, the largest first. `reach` and `pass_to`: how far readers and newsletter are once the issue is stored.
    """

    newsletter: str
    selection: Selection
    receivers: int
    pass_to: int
    reach: Reach | None = None
    offer: Offer | None = None
    variants: tuple[tuple[Variant, int], ...] = ()


@dataclass(slots=True)
class IssueReport:
    """What became of the newsletters in one pass. `warnings` are those of the lint about issues that were made.

    `waiting`: title and reason of new articles that are not mailed yet (`undo`, `wait_for_url`).
    """

    created: list[Issue] = field(default_factory=list)
    held: list[Issue] = field(default_factory=list)
    too_old: dict[str, tuple[Article, ...]] = field(default_factory=dict)
    without_readers: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, list[str]] = field(default_factory=dict)
    waiting: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def warn_of(self, newsletter: str) -> Callable[[str], None]:
        return lambda warning: self.warnings.setdefault(newsletter, []).append(warning)


def plan_digest(context: Context, name: str, request: Request, articles: Sequence[Article]) -> DigestPlan:
    """Decide, and change nothing.

    Raises UsageError for an unknown newsletter, and for an order of articles that would not be in the issue.
    """
    plan = _plan(context, name, request, articles)
    _refuse_strangers(context, request, plan.selection, articles)
    new = _to_issue(plan, context.newsletter(name).template_name, request)
    divider = Divider(context.config, new, context.clock())
    with context.database.read() as connection:
        portions = divider.load(connection)
    variants = tuple(divider.rank(portions))
    receivers = (
        sum(readers for _, readers in variants)
        if variants
        else sum(one.readers for one in portions if one.group.is_meant)
    )
    return replace(plan, receivers=receivers, variants=variants)


def create_digest(context: Context, plan: DigestPlan, request: Request) -> Issue | None:
    """Freeze the planned digest as a regular issue; None when another process was quicker."""
    one_off = plan.selection.one_off
    template = (one_off.template if one_off else "") or context.newsletter(plan.newsletter).template_name
    return create_issue(context, _to_issue(plan, template, request))


def create_due_issues(context: Context, articles: Sequence[Article]) -> IssueReport:
    """Whatever the schedules of all newsletters, and the rhythms of their readers, ask for at this moment."""
    report = IssueReport()
    for name, newsletter in context.config.newsletters.items():
        waiting = _find_waiting(context, name, articles, report)
        makers: list[Callable[[Context, str, Sequence[Article], IssueReport], None]] = []
        if newsletter.is_on_publish:
            makers.append(partial(_create_on_publish, waiting=waiting))
        elif newsletter.cron is not None:
            makers.append(_create_scheduled)
        makers.append(
            partial(_create_own, waiting=waiting)
        )  # last: what is held as a draft is held back from everybody
        for make in makers:
            try:
                make(context, name, articles, report)
            # The other newsletters go out; this one is tried again in the next pass.
            except (TemplateError, IssueRefused) as error:
                report.failed[name] = str(error)
    return report


def list_issues(context: Context) -> list[Issue]:
    """All issues, newest first."""
    with context.database.read() as connection:
        return issue_rows.list_issues(connection)


def list_articles(context: Context, issue_id: int) -> list[tuple[str, str, str]]:
    """(article id, title, role) in the order of the issue."""
    with context.database.read() as connection:
        return issue_rows.article_titles(connection, issue_id)


def list_variants(context: Context, issue_id: int) -> list[tuple[str, str, int]]:
    """(language, subject, deliveries) of each variant of the issue, the largest first."""
    with context.database.read() as connection:
        return issue_rows.count_variants(connection, issue_id)


def approve(context: Context, issue_id: int) -> Issue:
    """A held draft gets its audience and may go out.

    Raises UsageError when there is no such draft; TemplateError and IssueRefused for what it would be to some readers.
    """
    issue = get_issue(context, issue_id)
    refused = UsageError(f"issue {issue_id} is {issue.state.value}; only a draft can be approved")
    if issue.state is not IssueState.DRAFT:
        raise refused
    with context.database.read() as connection:
        order = [id_ for id_, _, _ in issue_rows.article_titles(connection, issue_id)]
        articles = article_rows.load_articles(connection)
        key = issue_rows.variant_keys(connection, issue_id)[0]
    held = [article for article in articles if article.id in set(order)]
    # Who has chosen nothing gets the draft as it was looked at; when a file is gone since, everybody does.
    offer = offer_again(context, issue.newsletter, held, articles) if len(held) == len(order) else None
    if offer is not None:
        offer = replace(offer, request=Request(limit=len(order), first=tuple(order)))
    new = NewIssue(issue.newsletter, Selection(articles=tuple(held)), issue.template, offer=offer, key=key)
    if not add_audience(context, issue_id, new):
        raise refused
    return get_issue(context, issue_id)


def cancel(context: Context, issue_id: int) -> Issue:
    """What has not gone out never will; its articles count as dealt with. Twice is a no-op.

    Raises UsageError when the issue is done.
    """
    issue = get_issue(context, issue_id)
    if issue.state is IssueState.CANCELLED:
        return issue
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


def _plan(context: Context, name: str, request: Request, articles: Sequence[Article]) -> DigestPlan:
    """Without its readers, who are counted where there is something for them."""
    outlook = look_out(context, name, request, articles)
    newsletter = context.newsletter(name)
    only = audience_of(context.config, newsletter, context.clock())
    offer = replace(outlook.offer, even_empty=newsletter.on_empty == "send")
    with context.database.read() as connection:
        receivers = subscribers.count_receivers(connection, name, only) if not outlook.selection.is_empty else 0
    return DigestPlan(name, outlook.selection, receivers, outlook.pass_to, outlook.reach, offer)


def _to_issue(plan: DigestPlan, template: str, request: Request, occurrence: Occurrence | None = None) -> NewIssue:
    is_letter = plan.selection.one_off is not None
    return NewIssue(
        plan.newsletter,
        plan.selection,
        template,
        pass_to=plan.pass_to if request.is_plain else None,
        reach=plan.reach if request.is_plain else None,
        offer=plan.offer,
        audience=Audience.EVERYBODY if is_letter else Audience.SCHEDULE,
        occurrence=occurrence,
        again=request.again,
    )


def _create_own(
    context: Context, name: str, articles: Sequence[Article], report: IssueReport, *, waiting: frozenset[str]
) -> None:
    """For readers with a rhythm of their own, and for those who have something to make up for."""
    now = context.clock()
    with context.database.read() as connection:
        state = newsletters.load_states(connection).get(name)
        if state is None:
            return
        hidden = newsletters.hidden_seqs(connection)
        drafts = issue_rows.count_drafts(connection, name)
    # What can be read again, waits in a draft no longer, or cannot be taken back any more, is news to them, too.
    news = f"{max((article.seq or 0 for article in articles), default=0)}/{len(hidden)}/{drafts}/{len(waiting)}"
    if state.woken != news:
        with context.database.write() as connection:
            wake_readers(connection, name, news, now)
    with context.database.read() as connection:
        if not has_due(connection, name, now):
            return
    plan = _plan(context, name, Request(excluded=waiting), articles)
    new = NewIssue(
        name,
        plan.selection,
        context.newsletter(name).template_name,
        reach=plan.reach,
        offer=replace(plan.offer, even_empty=False) if plan.offer else None,
        audience=Audience.DUE,
    )
    issue = create_issue(context, new, report.warn_of(name))
    if issue is None:
        move_on(context, new)
    else:
        report.created.append(issue)


def _find_waiting(context: Context, name: str, articles: Sequence[Article], report: IssueReport) -> frozenset[str]:
    """Ids of new articles that may be taken back still, or have no page yet. Asked once in a pass."""
    newsletter = context.newsletter(name)
    if not (newsletter.is_on_publish and (newsletter.undo or newsletter.wait_for_url)):
        return frozenset()
    new = look_out(context, name, Request(limit=max(1, len(articles))), articles).selection.articles
    waiting = find_waiting(context, newsletter, new)
    if waiting:
        report.waiting[name] = [(item.title, waiting[item.id]) for item in new if item.id in waiting]
    return frozenset(waiting)


def _create_on_publish(
    context: Context, name: str, articles: Sequence[Article], report: IssueReport, *, waiting: frozenset[str]
) -> None:
    newsletter = context.newsletter(name)
    plan = _plan(context, name, Request(limit=max(1, len(articles)), excluded=waiting), articles)
    if plan.selection.too_old:
        report.too_old[name] = plan.selection.too_old
    single, burst = split_on_publish(plan.selection, newsletter.burst)
    if (single or burst) and not plan.receivers:
        report.without_readers.append(name)
    elif burst is not None:
        held = NewIssue(name, burst, BURST_TEMPLATE, pass_to=plan.pass_to, hold=True)
        issue = create_issue(context, held, report.warn_of(name))
        if issue is None:  # another process issued one of them; what is left is planned anew in the next pass
            return
        report.held.append(issue)
        return
    else:
        # Nothing is passed over before the last is stored: a crash after one must not lose the next.
        news = [
            NewIssue(name, one, newsletter.template_name, offer=_offer_alone(plan.offer, one), hold=newsletter.is_held)
            for one in single
        ]
        if not _create_all(context, news, report):
            return
    with context.database.read() as connection:
        state = newsletters.load_states(connection).get(name)
    if state is not None and state.last_seq < plan.pass_to:
        # Who comes back from a pause in this very pass still has to get what they missed.
        abreast = NewIssue(name, Selection(), newsletter.template_name, reach=plan.reach, audience=Audience.ABREAST)
        move_on(context, abreast)
        with context.database.write() as connection:
            newsletters.pass_articles(connection, name, plan.pass_to)


def _offer_alone(offer: Offer | None, selection: Selection) -> Offer | None:
    """Only the one article, in its languages."""
    if offer is None:
        return None
    ids = {article.id for article in selection.articles}
    works = tuple(work for work in offer.works if not ids.isdisjoint(article.id for article in work.versions))
    return replace(offer, works=works, even_empty=False)


def _create_all(context: Context, news: Sequence[NewIssue], report: IssueReport) -> bool:
    """False when one was not made; then what is left is planned anew in the next pass."""
    refused: dict[str, str] = {}
    for new in news:
        try:
            issue = create_issue(context, new, report.warn_of(new.newsletter))
        except IssueRefused as error:  # the others need not wait until its article is mended
            refused[new.newsletter] = "\n".join(filter(None, [refused.get(new.newsletter), str(error)]))
            continue
        if issue is not None:  # else it is on nobody's topics, or another process was quicker
            (report.held if new.hold else report.created).append(issue)
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
    new = _to_issue(plan, newsletter.template_name, Request(), due)
    if plan.variants:
        new = replace(new, hold=newsletter.is_held)
        issue = create_issue(context, new, report.warn_of(name))
        if issue is not None:
            (report.held if new.hold else report.created).append(issue)
        return
    (report.empty if plan.receivers else report.without_readers).append(name)
    with context.database.write() as connection:
        if not newsletters.spend_occurrence(connection, name, due):
            return
        newsletters.pass_articles(connection, name, plan.pass_to)
    move_on(context, new)
