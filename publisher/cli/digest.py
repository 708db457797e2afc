"""`publisher digest`: one issue by hand."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.settings import settings_of
from publisher.errors import UsageError

if TYPE_CHECKING:  # loading these takes longer than `--help` may
    from publisher.app.byhand import Wishes
    from publisher.app.context import Context
    from publisher.app.issuing import DigestPlan
    from publisher.issues.select import Request
    from publisher.model.article import Article
    from publisher.model.rendered import RenderedIssue


def digest(
    context: typer.Context,
    newsletter: Annotated[str, typer.Argument(metavar="NEWSLETTER", help="Its name in config.yaml.")],
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Articles dated from 7d ago or 2026-01-31 on, history included.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="Articles dated up to this moment or day.")] = None,
    tag: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this tag or category; may be repeated.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Show at most N, the rest as title links.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Include what this newsletter sent before.")] = False,
    intro: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A Markdown file with words above the articles.")
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(metavar="ARTICLE", help="Leave this article out, named by file, address or id; may be repeated."),
    ] = None,
    order: Annotated[
        list[str] | None,
        typer.Option(metavar="ORDER", help="newest, oldest, title, or articles that come first: a.md,b.md"),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(metavar="LETTER", help="Mail this Markdown file, a letter of your own, instead of articles."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the issue into this folder instead of sending it.")
    ] = None,
    to: Annotated[
        list[str] | None, typer.Option(metavar="ADDRESS", help="Send a marked test to this address; may be repeated.")
    ] = None,
    send: Annotated[bool, typer.Option("--send", help="Send it to the subscribers as a regular issue.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show, test or send one issue of a newsletter.

    Without --out, --to or --send it says what would go to whom. Without --since it takes what is new since the last
    issue; with it, articles by date.
    """
    if sum([out is not None, bool(to), send]) > 1:
        raise UsageError("choose one of --out, --to and --send")
    if file is not None and (since or until or tag or limit or intro or exclude or order):
        raise UsageError(
            "--file is a letter without articles: of the options that choose articles it takes only --again"
        )
    from publisher.app.byhand import Wishes
    from publisher.app.oneoff import plan_letter
    from publisher.cli.signals import stop_on_signals

    stop = threading.Event()
    signal_received = stop_on_signals(stop) if send else lambda: None
    with settings_of(context).open(stop) as opened:
        opened.newsletter(newsletter)
        if send or to:
            opened.check_signing()
        request = _make_request(opened, since, until, tag or [], limit, again=again)
        if file is not None:
            plan = plan_letter(opened, newsletter, file)
        else:
            request, plan = _plan(opened, newsletter, request, Wishes(intro, exclude or (), order or ()))
        if send:
            code = _send(opened, plan, request, as_json=as_json)
        elif out is not None:
            code = _write(opened, plan, out, as_json=as_json)
        elif to:
            code = _test(opened, plan, to, as_json=as_json)
        else:
            code = _show(opened, plan, as_json=as_json)
    raise typer.Exit(130 if signal_received() else code)


def _plan(opened: Context, newsletter: str, request: Request, wishes: Wishes) -> tuple[Request, DigestPlan]:
    from publisher.app.byhand import grant
    from publisher.app.issuing import plan_digest
    from publisher.app.reading import scan
    from publisher.cli import output

    scanned = scan(opened)
    output.print_problems(scanned.problems)
    request = grant(opened.config, request, wishes, scanned.articles)
    plan = plan_digest(opened, newsletter, request, scanned.articles)
    if plan.selection.is_empty and request.is_plain:
        output.warn("note: without --since only what is new counts; --since 7d takes what is of the last week, too")
    return request, plan


def _make_request(
    opened: Context, since: str | None, until: str | None, tags: list[str], limit: int | None, *, again: bool
) -> Request:
    from publisher import timing
    from publisher.issues.select import Request

    zone, now = opened.config.site.timezone, opened.clock()
    option = "--since"
    try:
        start = timing.parse_moment(since, now, zone) if since else None
        option = "--until"
        end = timing.end_of_day(until, timing.parse_moment(until, now, zone)) if until else None
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None
    if start and end and end < start:
        raise UsageError(f"--until {until} lies before --since {since}")
    return Request(since=start, until=end, tags=tuple(tags), limit=limit, again=again)


def _show(opened: Context, plan: DigestPlan, *, as_json: bool) -> int:
    from publisher.cli import output

    if as_json:
        output.print_json(_as_mapping(plan))
        return 0
    if not _print_selection(opened, plan):
        return 0
    typer.echo(
        f"Nothing was sent. --send sends it to {output.count(plan.receivers, 'subscriber')}, --out DIR writes it"
    )
    typer.echo("into a folder to look at, --to ADDR mails a test.")
    return 0


def _write(opened: Context, plan: DigestPlan, folder: Path, *, as_json: bool) -> int:
    from publisher.app.letters import render
    from publisher.app.sending import write_preview
    from publisher.cli import output

    if plan.selection.is_empty:
        return _say_empty(plan, as_json=as_json)
    rendered = render(opened, plan.newsletter, plan.selection)
    written = write_preview(opened, plan.newsletter, rendered, folder)
    _warn(opened, plan, rendered)
    if as_json:
        output.print_json({**_as_mapping(plan), "files": [str(path) for path in written]})
        return 0
    _print_selection(opened, plan)
    for path in written:
        typer.echo(f"wrote {path}")
    return 0


def _test(opened: Context, plan: DigestPlan, addresses: list[str], *, as_json: bool) -> int:
    from publisher.app.letters import render
    from publisher.app.sending import all_accepted, mark_test, send_test
    from publisher.cli import output
    from publisher.mail.personal import show_subject

    if plan.selection.is_empty:
        return _say_empty(plan, as_json=as_json)
    rendered = render(opened, plan.newsletter, plan.selection, prefix=mark_test(opened))
    receipts = send_test(opened, plan.newsletter, rendered, addresses)
    _warn(opened, plan, rendered)
    if as_json:
        tests = [
            {"to": item.address, "outcome": item.receipt.outcome, "reply": item.receipt.reply} for item in receipts
        ]
        output.print_json({**_as_mapping(plan), "tests": tests})
    else:
        typer.echo(f"Test of “{show_subject(rendered)}”; it does not count as sent.")
        for item in receipts:
            typer.echo(f"  {item.address}: {item.receipt.outcome.value} {item.receipt.reply}".rstrip())
    return 0 if all_accepted(receipts) else 1


def _warn(opened: Context, plan: DigestPlan, rendered: RenderedIssue) -> None:
    """A copy to look at may have any fault."""
    from publisher.app.freezing import inspect
    from publisher.cli.findings import print_serious

    print_serious(inspect(opened, plan.newsletter, plan.selection, rendered))


def _send(opened: Context, plan: DigestPlan, request: Request, *, as_json: bool) -> int:
    from publisher.app.forecasting import find_closed
    from publisher.app.issuing import create_digest, get_issue
    from publisher.app.noticing import deliver_notices
    from publisher.app.sending import deliver, has_failed, unfinished
    from publisher.cli import output
    from publisher.cli.sent import notices_as_mapping, print_closed, print_notices, print_sent, sent_as_mapping

    # What an interrupted run left in the queue goes out first; it was promised first.
    left = unfinished(opened, plan.newsletter)
    is_made = _is_made(opened, plan, request, left)
    issue = None
    if not plan.selection.is_empty and plan.receivers and not is_made:
        issue = create_digest(opened, plan, request)
        if issue is None:
            typer.echo("Another process has just issued the same; nothing was made twice.", err=True)
    ids = [*left, *([issue.id] if issue else [])]
    noticed = deliver_notices(opened)  # as in a pass, before any issue: somebody waits for it at this moment
    report = deliver(opened, ids) if ids else None
    finished = [get_issue(opened, id_) for id_ in ids]
    if as_json:
        told = sent_as_mapping(report, finished) if report else {}
        output.print_json({**_as_mapping(plan), "notices": notices_as_mapping(noticed), **told})
    else:
        print_notices(noticed)
        _print_what_goes(opened, plan, is_new=issue is not None, is_made=is_made)
        if report:
            print_sent(report, finished, opened.config.site.timezone)
            print_closed(find_closed(opened), opened.config.site.timezone)
    return 1 if noticed.refused or (report and has_failed(report)) else 0


def _print_what_goes(opened: Context, plan: DigestPlan, *, is_new: bool, is_made: bool) -> None:
    if is_new:
        _print_selection(opened, plan)
    elif plan.selection.is_empty:
        _say_empty(plan, as_json=False)
    elif not plan.receivers and not is_made:
        typer.echo(f"Nobody is subscribed to {plan.newsletter}; add people with `publisher subscribers add ADDRESS`.")


def _is_made(opened: Context, plan: DigestPlan, request: Request, left: list[int]) -> bool:
    """The letter is an issue already, of a run that was interrupted.

    Raises UsageError for one that was sent, and for a draft.
    """
    from publisher.app.oneoff import find_sent, refuse_draft

    refuse_draft(plan)
    sent = None if request.again else find_sent(opened, plan)
    if sent is not None and sent.id not in left:
        raise UsageError(
            f"{sent.letter} was sent to {plan.newsletter} as issue {sent.id}; --again sends the same once more"
        )
    return sent is not None


def _say_empty(plan: DigestPlan, *, as_json: bool) -> int:
    from publisher.cli import output

    if as_json:
        output.print_json(_as_mapping(plan))
        return 0
    sent = plan.selection.already_sent
    already = f" ({output.count(sent, 'article')} sent before; --again includes {'it' if sent == 1 else 'them'})"
    typer.echo(f"Nothing to show for {plan.newsletter}{already if sent else ''}.")
    _print_excluded(plan)
    _print_too_old(plan)
    return 0


def _print_selection(opened: Context, plan: DigestPlan) -> bool:
    """False when there was nothing to print but that."""
    from publisher.cli import output

    selection = plan.selection
    if selection.is_empty:
        _say_empty(plan, as_json=False)
        return False
    title = opened.newsletter(plan.newsletter).title
    readers = output.count(plan.receivers, "subscriber")
    if selection.one_off is not None:
        typer.echo(f"{title} ({plan.newsletter}): the letter “{selection.one_off.title}” for {readers}")
        return True
    shown = len(selection.articles) + len(selection.links)
    typer.echo(f"{title} ({plan.newsletter}): {output.count(shown, 'article')} for {readers}")
    for article in selection.articles:
        typer.echo(f"  {article.published:%Y-%m-%d}  {article.title}")
    for article in selection.links:
        typer.echo(f"  {article.published:%Y-%m-%d}  {article.title}  (as a link)")
    _print_variants(plan)
    if selection.already_sent:
        typer.echo(f"  left out: {selection.already_sent} sent before (--again includes them)")
    _print_excluded(plan)
    _print_too_old(plan)
    return True


def _print_variants(plan: DigestPlan) -> None:
    """Where readers do not all get the same."""
    from publisher.cli.sent import describe_variants

    described = describe_variants([(variant.language, readers) for variant, readers in plan.variants])
    if described:
        typer.echo(f"  {described}")


def _print_excluded(plan: DigestPlan) -> None:
    for article in plan.selection.excluded:
        typer.echo(f"  excluded: {article.published:%Y-%m-%d}  {article.title}")


def _print_too_old(plan: DigestPlan) -> None:
    for article in plan.selection.too_old:
        typer.echo(f"  held back for its age: {article.published:%Y-%m-%d}  {article.title}")


def _as_mapping(plan: DigestPlan) -> dict[str, object]:
    return {
        "newsletter": plan.newsletter,
        "subscribers": plan.receivers,
        "letter": plan.selection.one_off.title if plan.selection.one_off else None,
        "articles": [_article(article) for article in plan.selection.articles],
        "links": [_article(article) for article in plan.selection.links],
        "already_sent": plan.selection.already_sent,
        "too_old": [_article(article) for article in plan.selection.too_old],
        "excluded": [_article(article) for article in plan.selection.excluded],
        "variants": [
            {
                "language": variant.language,
                "subscribers": readers,
                "articles": [article.id for article in (*variant.selection.articles, *variant.selection.links)],
            }
            for variant, readers in plan.variants
        ],
    }


def _article(article: Article) -> dict[str, object]:
    return {"id": article.id, "title": article.title, "url": article.url, "published": article.published}
