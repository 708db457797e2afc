"""How one pass of `run --once` is told."""

from __future__ import annotations

import typer

from publisher.app.context import Context
from publisher.app.forecasting import find_closed
from publisher.app.issuing import IssueReport, get_issue
from publisher.app.operating import PassReport
from publisher.cli import output
from publisher.cli.build import print_feeds, print_scan
from publisher.cli.sent import (
    issue_as_mapping,
    notices_as_mapping,
    print_closed,
    print_notices,
    print_sent,
    sent_as_mapping,
)


def print_pass(opened: Context, report: PassReport) -> None:
    print_scan(opened, report.scan)
    print_feeds(opened, report.feeds)
    made = report.issues
    _print_held(opened, made)
    for name in made.without_readers:
        typer.echo(f"{name}: nobody is subscribed, so nothing was sent.")
    for name in made.empty:
        typer.echo(f"{name}: due, but there is nothing new.")
    for name, warnings in made.warnings.items():
        for warning in warnings:
            output.warn(f"{name}: warning: {warning}")
    for name, reason in made.failed.items():
        output.warn(f"{name}: no issue was made: {reason}")
    print_notices(report.notices)
    ids = dict.fromkeys([*(issue.id for issue in made.created), *report.sent.finished])
    zone = opened.config.site.timezone
    print_sent(report.sent, [get_issue(opened, id_) for id_ in ids], zone)
    print_closed(find_closed(opened), zone)


def _print_held(opened: Context, made: IssueReport) -> None:
    """What is not mailed, or not yet."""
    for issue in made.held:
        is_manual = opened.config.newsletters[issue.newsletter].is_held
        why = "approve: is manual" if is_manual else "more new articles than burst: allows"
        typer.echo(f"Issue {issue.id} of {issue.newsletter} is held as a draft: {why}.")
        typer.echo(
            f"  `publisher issues show {issue.id}` names them; approve {issue.id} sends it, cancel {issue.id} drops it."
        )
    for name, articles in made.too_old.items():
        for article in articles:
            typer.echo(f"{name}: held back for its age: {article.published:%Y-%m-%d}  {article.title}")
    for name, waiting in made.waiting.items():
        for title, reason in waiting:
            typer.echo(f"{name}: not mailed yet: {title} ({reason})")


def pass_as_mapping(opened: Context, report: PassReport) -> dict[str, object]:
    made = report.issues
    ids = dict.fromkeys([*(issue.id for issue in made.created), *report.sent.finished])
    return {
        "articles": len(report.scan.articles),
        "read": report.scan.read,
        "skipped": [output.as_mapping(problem) for problem in report.scan.problems],
        "notes": [output.as_mapping(note) for note in [*report.scan.notes, *report.feeds.notes]],
        "feeds": report.feeds.feeds,
        "written": report.feeds.written,
        "feeds_failed": [{"file": path, "reason": reason} for path, reason in report.feeds.failed],
        "held": [issue_as_mapping(issue) for issue in made.held],
        "too_old": {name: [article.id for article in articles] for name, articles in made.too_old.items()},
        "waiting": {
            name: [{"title": title, "reason": why} for title, why in found] for name, found in made.waiting.items()
        },
        "issues_failed": made.failed,
        "issues_warnings": made.warnings,
        "notices": notices_as_mapping(report.notices),
        **sent_as_mapping(report.sent, [get_issue(opened, id_) for id_ in ids]),
    }
