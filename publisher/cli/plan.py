"""`publisher plan`: what would happen next, and when."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from publisher.cli.settings import settings_of

if TYPE_CHECKING:  # loading these takes longer than `--help` may
    from publisher.app.foresight import Foresight
    from publisher.model.article import Article
    from publisher.model.issue import Issue

_MOST_NAMED = 20


def plan(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what the next pass would do, and what comes then. Changes nothing."""
    from publisher.app.foresight import foresee
    from publisher.cli import output

    with settings_of(context).open() as opened:
        ahead = foresee(opened)
        zone = opened.config.site.timezone
    if as_json:
        output.print_json(_as_mapping(ahead))
        return
    output.print_problems(ahead.problems)
    _print_now(ahead, zone)
    _print_later(ahead, zone)


def _print_now(ahead: Foresight, zone: ZoneInfo) -> None:
    from publisher.cli import output
    from publisher.cli.sent import describe_end

    typer.echo("Now:")
    typer.echo(
        f"  {output.count(len(ahead.new), 'new article')}, {output.count(len(ahead.feeds), 'feed file')} to write."
    )
    for article in ahead.new[:_MOST_NAMED]:
        typer.echo(f"    {article.title}")
    _print_issues(ahead)
    if ahead.queued:
        when = output.show_time(ahead.next_delivery_at, zone) if ahead.next_delivery_at else "when they are resumed"
        typer.echo(f"  {output.count(ahead.queued, 'message')} of earlier issues wait: {when}.")
    if ahead.opens_at is not None:
        typer.echo(f"  Mail goes out from {output.show_time(ahead.opens_at, zone)} on (window).")
    if ahead.forecast is not None and (ahead.forecast.ends_at is None or ahead.forecast.ends_at != ahead.opens_at):
        typer.echo(f"  {describe_end(ahead.to_send, ahead.forecast, zone)}")


def _print_issues(ahead: Foresight) -> None:
    from publisher.cli import output

    for issue in ahead.made:
        typer.echo(f"  {issue.newsletter}: “{issue.subject}” goes to {output.count(issue.counts.total, 'subscriber')}.")
    for issue in ahead.held:
        typer.echo(f"  {issue.newsletter}: “{issue.subject}” is held as a draft, until somebody approves it.")
    for name in ahead.empty:
        typer.echo(f"  {name}: due, but there is nothing new.")
    for name in ahead.without_readers:
        typer.echo(f"  {name}: nobody is subscribed.")
    for name, found in ahead.waiting.items():
        for title, reason in found:
            typer.echo(f"  {name}: not mailed yet: {title} ({reason})")
    for name, reason in ahead.unmade.items():
        typer.echo(f"  {name}: no issue can be made: {reason}")


def _print_later(ahead: Foresight, zone: ZoneInfo) -> None:
    from publisher.cli import output

    events = [
        (item.next_at, f"{item.name}, for {output.count(item.receivers, 'subscriber')}")
        for item in ahead.newsletters
        if item.next_at is not None
    ]
    events += [
        (item.next_own_at, f"{item.name}, for readers with a rhythm of their own")
        for item in ahead.newsletters
        if item.next_own_at is not None
    ]
    events += [(article.published, f"article: {article.title}") for article in ahead.coming]
    typer.echo("Later:" if events else "Later: nothing.")
    for moment, what in sorted(events)[:_MOST_NAMED]:
        typer.echo(f"  {output.show_time(moment, zone)}  {what}")
    if len(events) > _MOST_NAMED:
        typer.echo(f"  and {len(events) - _MOST_NAMED:,} more.")


def _as_mapping(ahead: Foresight) -> dict[str, object]:
    from publisher.cli import output

    return {
        "articles": {
            "new": [_article(item) for item in ahead.new],
            "coming": [_article(item) for item in ahead.coming],
        },
        "problems": [output.as_mapping(problem) for problem in ahead.problems],
        "feeds": list(ahead.feeds),
        "issues": [_issue(issue) for issue in ahead.made],
        "held": [_issue(issue) for issue in ahead.held],
        "empty": list(ahead.empty),
        "without_readers": list(ahead.without_readers),
        "issues_failed": ahead.unmade,
        "waiting": {
            name: [{"title": title, "reason": reason} for title, reason in found]
            for name, found in ahead.waiting.items()
        },
        "newsletters": [asdict(newsletter) for newsletter in ahead.newsletters],
        "queued": ahead.queued,
        "next_delivery_at": ahead.next_delivery_at,
        "opens_at": ahead.opens_at,
        "to_send": ahead.to_send,
        "forecast": asdict(ahead.forecast) if ahead.forecast is not None else None,
    }


def _article(article: Article) -> dict[str, object]:
    return {"title": article.title, "url": article.url, "published": article.published}


def _issue(issue: Issue) -> dict[str, object]:
    return {"newsletter": issue.newsletter, "subject": issue.subject, "subscribers": issue.counts.total}
