"""How a run of the sender is told."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from publisher.cli import output
from publisher.delivery.sender import SendReport
from publisher.model import Issue, IssueState


def print_sent(report: SendReport, issues: Sequence[Issue]) -> None:
    """A line for each issue with its counts, then what went wrong."""
    for issue in issues:
        typer.echo(f"Issue {issue.id} “{issue.subject}”: {issue.state.value}, {describe_counts(issue)}.")
    if report.uncertain:
        found = output.count(report.uncertain, "message")
        output.warn(f"{found} may or may not have been accepted when the sender stopped; they are not sent again.")
    left = sum(issue.counts.queued for issue in issues)
    if report.is_stopped and left:
        output.warn(
            f"Interrupted: {left:,} stay queued; the same command, or `publisher run --once`, goes on from here."
        )
    for reason in report.broken:
        output.warn(reason)
    if report.trouble:
        output.warn(f"Sending stopped: {report.trouble}")
        if not report.refused:
            output.warn("Everything else stays queued; `publisher run --once` goes on where it stopped.")


def describe_counts(issue: Issue) -> str:
    """`8 accepted, 1 failed`; states with nothing in them are left out."""
    counts = issue.counts
    named = {
        "accepted": counts.accepted,
        "queued": counts.queued,
        "deferred": counts.deferred,
        "failed": counts.failed,
        "uncertain": counts.uncertain,
        "suppressed": counts.suppressed,
        "bounced": counts.bounced,
        "complained": counts.complained,
    }
    shown = ", ".join(f"{number:,} {name}" for name, number in named.items() if number)
    if not shown and issue.state is IssueState.DRAFT:
        return f"waits for `publisher issues approve {issue.id}` or `cancel {issue.id}`"
    return shown or "nobody to send it to"


def sent_as_mapping(report: SendReport, issues: Sequence[Issue]) -> dict[str, object]:
    return {
        "accepted": report.accepted,
        "deferred": report.deferred,
        "failed": report.failed,
        "uncertain": report.uncertain,
        "trouble": report.trouble,
        "broken": report.broken,
        "issues": [issue_as_mapping(issue) for issue in issues],
    }


def issue_as_mapping(issue: Issue) -> dict[str, object]:
    counts = issue.counts
    return {
        "id": issue.id,
        "newsletter": issue.newsletter,
        "state": issue.state.value,
        "subject": issue.subject,
        "letter": issue.letter or None,
        "created_at": issue.created_at,
        "queued": counts.queued,
        "deferred": counts.deferred,
        "accepted": counts.accepted,
        "failed": counts.failed,
        "uncertain": counts.uncertain,
        "suppressed": counts.suppressed,
        "bounced": counts.bounced,
        "complained": counts.complained,
    }
