"""How a run of the sender is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from zoneinfo import ZoneInfo

import typer

from publisher.app.forecasting import Closed
from publisher.app.ledger import class_of
from publisher.app.noticing import NoticeReport
from publisher.cli import output
from publisher.delivery.forecast import Forecast
from publisher.delivery.sender import SendReport
from publisher.model.delivery import DeliveryState
from publisher.model.issue import Issue, IssueState
from publisher.storage.ledger import Entry

_MOST_VARIANTS = 8  # that are named
_MOST_CLOSED = 3


def print_sent(report: SendReport, issues: Sequence[Issue], zone: ZoneInfo) -> None:
    """A line for each issue with its counts, then what went wrong."""
    for issue in issues:
        typer.echo(f"Issue {issue.id} “{issue.subject}”: {issue.state.value}, {describe_counts(issue)}.")
    if report.uncertain:
        found = output.count(report.uncertain, "message")
        output.warn(
            f"{found} may or may not have been accepted when the sender stopped; none is sent again unless you say so: "
            "`publisher deliveries resolve --issue N`, with --resend or --dismiss."
        )
    left = sum(issue.counts.queued for issue in issues)
    if report.is_stopped and left:
        output.warn(
            f"Interrupted: {left:,} stay queued; the same command, or `publisher run --once`, goes on from here."
        )
    for reason in report.broken:
        output.warn(reason)
    if report.held_until is not None:
        until = output.show_time(report.held_until, zone)
        output.warn(f"A limit under delivery: is reached; what is left stays queued and goes on at {until}.")
    for reason in [] if report.trouble else report.lost:
        output.warn(f"A relay is left out, and the others have its share: {reason}")
    if report.trouble:
        output.warn(f"Sending stopped: {report.trouble}")
        if not report.refused:
            output.warn("Everything else stays queued; `publisher run --once` goes on where it stopped.")


def print_closed(closed: Sequence[Closed], zone: ZoneInfo) -> None:
    """A line for each provider that is left alone while messages wait for it."""
    for one in closed[:_MOST_CLOSED]:
        wait = "1 message waits" if one.waiting == 1 else f"{one.waiting:,} messages wait"
        until = output.show_time(one.until, zone)
        output.warn(f"{one.provider} is left alone until {until}, because it refused mail for what it is; {wait}.")
    more = len(closed) - _MOST_CLOSED
    if more > 0:
        output.warn(f"So {'is' if more == 1 else 'are'} {output.count(more, 'other provider')}.")
    if closed:
        output.warn(
            "`publisher issues show N` has the words of the refusals; `publisher issues retry N` does not wait."
        )


def describe_end(number: int, forecast: Forecast, zone: ZoneInfo) -> str:
    """When the last of so many messages goes out, and by which rule."""
    those = "The message" if number == 1 else f"The last of {output.count(number, 'message')}"
    if forecast.ends_at is None:
        return f"{those} goes out in more than two months, by {forecast.decided_by}."
    return f"{those} goes out at {output.show_time(forecast.ends_at, zone)}, or later, by {forecast.decided_by}."


def print_notices(report: NoticeReport) -> None:
    """Confirmations, welcomes and the like; nothing when there were none."""
    named = {name: number for name, number in notices_as_mapping(report).items() if isinstance(number, int) and number}
    if named:
        typer.echo(f"Notices: {', '.join(f'{number:,} {name}' for name, number in named.items())}.")
    if report.trouble:
        output.warn(f"Notices stopped: {report.trouble}")


def notices_as_mapping(report: NoticeReport) -> dict[str, object]:
    return {
        "accepted": report.accepted,
        "deferred": report.deferred,
        "failed": report.failed,
        "uncertain": report.uncertain,
        "skipped": report.skipped,
        "trouble": report.trouble,
    }


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


def describe_variants(variants: Sequence[tuple[str, int]]) -> str:
    """`3 variants: ja 120, en 14, ja 2` by language and readers; empty when all get the same."""
    if len(variants) < 2:
        return ""
    shown = ", ".join(f"{language} {number:,}" for language, number in variants[:_MOST_VARIANTS])
    more = ", …" if len(variants) > _MOST_VARIANTS else ""
    return f"{len(variants):,} variants: {shown}{more}"


def sent_as_mapping(report: SendReport, issues: Sequence[Issue]) -> dict[str, object]:
    return {
        "accepted": report.accepted,
        "deferred": report.deferred,
        "failed": report.failed,
        "uncertain": report.uncertain,
        "held_until": report.held_until,
        "trouble": report.trouble,
        "relays_lost": report.lost,
        "broken": report.broken,
        "issues": [issue_as_mapping(issue) for issue in issues],
    }


def entry_as_mapping(entry: Entry) -> dict[str, object]:
    return {
        "email": entry.email,
        "state": entry.state.value,
        "class": class_of(entry),
        "attempts": entry.attempts,
        "code": entry.code or None,
        "reply": entry.reply or None,
        "due_at": entry.due_at if entry.state in {DeliveryState.QUEUED, DeliveryState.DEFERRED} else None,
        "settled_at": entry.settled_at,
        "message_id": entry.message_id or None,
        "tries": [asdict(attempt) for attempt in entry.tries],
    }


def issue_as_mapping(issue: Issue) -> dict[str, object]:
    counts = issue.counts
    return {
        "id": issue.id,
        "newsletter": issue.newsletter,
        "state": issue.state.value,
        "subject": issue.subject,
        "letter": issue.letter or None,
        "pause_reason": issue.pause_reason or None,
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
