"""`publisher issues`: what was sent, what waits, what is held."""

from __future__ import annotations

import threading
from itertools import islice
from typing import Annotated

import typer

from publisher.cli.issueid import HELP, parse_issue_id
from publisher.cli.settings import settings_of

app = typer.Typer(help="List and show issues, and say how they go on.", no_args_is_help=True)

_MOST_TROUBLED = 100

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Number = Annotated[int, typer.Argument(metavar="ID", parser=parse_issue_id, help=HELP)]


@app.command("list")
def list_issues(context: typer.Context, as_json: Json = False) -> None:
    """All issues, newest first."""
    from publisher.app.issuing import list_issues as load
    from publisher.cli import output
    from publisher.cli.sent import describe_counts, issue_as_mapping

    with settings_of(context).open() as opened:
        found = load(opened)
        if as_json:
            output.print_json([issue_as_mapping(issue) for issue in found])
            return
        if not found:
            typer.echo("No issues yet. `publisher digest NEWSLETTER --send` makes one, and so does `publisher run`.")
            return
        zone = opened.config.site.timezone
        output.print_table(
            ["ID", "CREATED", "NEWSLETTER", "STATE", "DELIVERIES", "SUBJECT"],
            [
                (
                    issue.id,
                    output.show_time(issue.created_at, zone),
                    issue.newsletter,
                    issue.state.value,
                    describe_counts(issue),
                    f"{issue.subject} ({issue.letter})" if issue.letter else issue.subject,
                )
                for issue in found
            ],
        )
        for issue in found:
            if issue.pause_reason:
                typer.echo(f"Issue {issue.id} is paused because {issue.pause_reason}")


@app.command("show")
def show_issue(context: typer.Context, number: Number, as_json: Json = False) -> None:
    """One issue with its articles, and who has not got it and why."""
    from publisher.app.issuing import get_issue, list_articles, list_variants
    from publisher.app.ledger import class_of, iterate_deliveries
    from publisher.cli import output
    from publisher.cli.sent import describe_counts, describe_variants, entry_as_mapping, issue_as_mapping
    from publisher.model.delivery import DeliveryState

    with settings_of(context).open() as opened:
        issue = get_issue(opened, number)
        variants = list_variants(opened, number)
        articles = list_articles(opened, number)
        states = [
            DeliveryState.FAILED,
            DeliveryState.UNCERTAIN,
            DeliveryState.DEFERRED,
            DeliveryState.BOUNCED,
            DeliveryState.COMPLAINED,
        ]
        troubled = list(islice(iterate_deliveries(opened, number, states), _MOST_TROUBLED))
        if as_json:
            listed = [{"id": id_, "title": title, "role": role} for id_, title, role in articles]
            troubles = [entry_as_mapping(item) for item in troubled]
            own = [{"language": one[0], "subject": one[1], "deliveries": one[2]} for one in variants]
            shown = {"articles": listed, "variants": own, "troubled": troubles}
            output.print_json({**issue_as_mapping(issue), **shown})
            return
        typer.echo(f"Issue {issue.id} of {issue.newsletter}: {issue.subject}")
        made = output.show_time(issue.created_at, opened.config.site.timezone)
        typer.echo(f"{issue.state.value}, made {made}, {describe_counts(issue)}")
        if issue.pause_reason:
            typer.echo(f"Paused because {issue.pause_reason}")
        if issue.letter:
            typer.echo(f"  {issue.letter}, a letter")
        described = describe_variants([(language, number) for language, _, number in variants])
        if described:
            typer.echo(described)
        for _, title, role in articles:
            typer.echo(f"  {title}{'  (as a link)' if role == 'link' else ''}")
        if troubled:
            typer.echo("")
            rows = [
                (item.email, item.state.value, item.attempts, class_of(item) or "-", item.reply) for item in troubled
            ]
            output.print_table(["ADDRESS", "STATE", "TRIES", "CLASS", "ANSWER"], rows)
        if len(troubled) == _MOST_TROUBLED:
            typer.echo(f"Only the first {_MOST_TROUBLED} are shown; `publisher deliveries --issue {number}` has all.")


@app.command("approve")
def approve_issue(context: typer.Context, number: Number, as_json: Json = False) -> None:
    """Send a held draft to the subscribers of this moment."""
    from publisher.app.forecasting import find_closed
    from publisher.app.issuing import approve, get_issue
    from publisher.app.noticing import deliver_notices
    from publisher.app.sending import deliver, has_failed
    from publisher.cli import output
    from publisher.cli.sent import notices_as_mapping, print_closed, print_notices, print_sent, sent_as_mapping
    from publisher.cli.signals import stop_on_signals

    stop = threading.Event()
    stop_on_signals(stop)
    with settings_of(context).open(stop) as opened:
        opened.check_signing()
        approve(opened, number)
        noticed = deliver_notices(opened)  # as in a pass, before any issue
        report = deliver(opened, [number])
        issue = get_issue(opened, number)
        if as_json:
            output.print_json({"notices": notices_as_mapping(noticed), **sent_as_mapping(report, [issue])})
        else:
            print_notices(noticed)
            print_sent(report, [issue], opened.config.site.timezone)
            print_closed(find_closed(opened), opened.config.site.timezone)
    if noticed.refused or has_failed(report):
        raise typer.Exit(1)


@app.command("cancel")
def cancel_issue(context: typer.Context, number: Number, as_json: Json = False) -> None:
    """What has not gone out of this issue never will."""
    from publisher.app.issuing import cancel
    from publisher.cli import output
    from publisher.cli.sent import describe_counts, issue_as_mapping

    with settings_of(context).open() as opened:
        issue = cancel(opened, number)
        if as_json:
            output.print_json(issue_as_mapping(issue))
        else:
            typer.echo(f"Issue {issue.id} “{issue.subject}” is cancelled: {describe_counts(issue)}.")
            if issue.letter:
                typer.echo(f"`publisher digest {issue.newsletter} --file … --again` can still send the letter.")
            else:
                typer.echo(
                    "Its articles count as dealt with; `publisher digest … --since … --again` can still send them."
                )


@app.command("pause")
def pause_issue(context: typer.Context, number: Number, as_json: Json = False) -> None:
    """Start nothing more of this issue until it is resumed. What is on its way is finished."""
    from publisher.app.ledger import pause
    from publisher.cli import output
    from publisher.cli.sent import describe_counts, issue_as_mapping

    with settings_of(context).open() as opened:
        issue = pause(opened, number)
    if as_json:
        output.print_json(issue_as_mapping(issue))
    else:
        typer.echo(f"Issue {issue.id} “{issue.subject}” is paused: {describe_counts(issue)}.")


@app.command("resume")
def resume_issue(context: typer.Context, number: Number, as_json: Json = False) -> None:
    """A paused issue goes on."""
    from publisher.app.ledger import resume
    from publisher.cli import output
    from publisher.cli.sent import describe_counts, issue_as_mapping

    with settings_of(context).open() as opened:
        issue = resume(opened, number)
    if as_json:
        output.print_json(issue_as_mapping(issue))
    else:
        typer.echo(f"Issue {issue.id} “{issue.subject}” goes on: {describe_counts(issue)}.")
        typer.echo("`publisher run` sends it, or `publisher run --once`.")


@app.command("retry")
def retry_issue(context: typer.Context, number: Number, as_json: Json = False) -> None:
    """What was put off or has failed is tried again at once."""
    from publisher.app.ledger import retry
    from publisher.cli import output
    from publisher.cli.sent import issue_as_mapping

    with settings_of(context).open() as opened:
        issue, changed = retry(opened, number)
    if as_json:
        output.print_json({"changed": changed, **issue_as_mapping(issue)})
    elif not changed:
        typer.echo(f"Nothing of issue {issue.id} was put off or has failed.")
    else:
        typer.echo(f"{output.count(changed, 'message')} of issue {issue.id} “{issue.subject}” will be tried again.")
        typer.echo("`publisher run` sends them, or `publisher run --once`.")


@app.command("missed")
def list_missed(context: typer.Context, number: Number, as_json: Json = False) -> None:
    """Who has no accepted message of this issue, and why. Of those who were to get it, or read the newsletter now."""
    from publisher.app.ledger import iterate_missed
    from publisher.cli import output

    with settings_of(context).open() as opened:
        found = iterate_missed(opened, number)
        if as_json:
            output.print_json_list(
                {"email": item.email, "state": item.state.value if item.state else None, "reason": reason}
                for item, reason in found
            )
        else:
            rows = ((item.email, reason) for item, reason in found)
            output.print_lines(["ADDRESS", "WHY"], [30], rows)
