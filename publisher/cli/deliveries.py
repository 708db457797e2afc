"""`publisher deliveries`: what became of each reader of an issue."""

from __future__ import annotations

from typing import Annotated

import typer

from publisher.cli.issueid import HELP, parse_issue_id
from publisher.cli.settings import settings_of
from publisher.errors import UsageError
from publisher.model.delivery import DeliveryState

app = typer.Typer(help="What became of each reader of an issue.")

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback(invoke_without_command=True)
def list_deliveries(
    context: typer.Context,
    issue: Annotated[int | None, typer.Option("--issue", metavar="ID", parser=parse_issue_id, help=HELP)] = None,
    state: Annotated[
        list[DeliveryState] | None,
        typer.Option("--state", metavar="STATE", help="Only those: accepted, failed, uncertain …; may be repeated."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Every reader of an issue with state, tries and the last answer. Addresses are shown."""
    if context.invoked_subcommand is not None:
        return
    from publisher.app.ledger import class_of, iterate_deliveries
    from publisher.cli import output
    from publisher.cli.sent import entry_as_mapping

    if issue is None:
        raise UsageError("--issue ID is missing; `publisher issues list` shows the numbers")
    with settings_of(context).open() as opened:
        found = iterate_deliveries(opened, issue, state or ())
        if as_json:
            output.print_json_list(entry_as_mapping(entry) for entry in found)
            return
        rows = (
            (
                entry.state.value,
                entry.attempts,
                class_of(entry) or "-",
                entry.email,
                f"{entry.code} {entry.reply}" if entry.code else entry.reply,
            )
            for entry in found
        )
        output.print_lines(["STATE", "TRIES", "CLASS", "ADDRESS", "ANSWER"], [10, 5, 8, 30], rows)


@app.command("resolve")
def resolve_uncertain(
    context: typer.Context,
    issue: Annotated[int, typer.Option("--issue", metavar="ID", parser=parse_issue_id, help=HELP)],
    address: Annotated[
        list[str] | None, typer.Argument(metavar="ADDRESS", help="Only these readers; without any, all.")
    ] = None,
    resend: Annotated[bool, typer.Option("--resend", help="Send them again, as the same message.")] = False,
    dismiss: Annotated[bool, typer.Option("--dismiss", help="Let them be; they are not sent again.")] = False,
    as_json: Json = False,
) -> None:
    """Decide about messages that may or may not have arrived. Nobody knows whether the relay took them."""
    from publisher.app.ledger import resolve
    from publisher.cli import output
    from publisher.cli.sent import issue_as_mapping

    if resend is dismiss:
        raise UsageError("say either --resend or --dismiss")
    with settings_of(context).open() as opened:
        found, changed = resolve(opened, issue, address or [], resend=resend)
    if as_json:
        output.print_json({"changed": changed, **issue_as_mapping(found)})
        return
    messages = output.count(changed, "uncertain message")
    if not changed:
        typer.echo(f"Nothing of issue {found.id} is uncertain{' for them' if address else ''}.")
    elif resend:
        typer.echo(f"{messages} of issue {found.id} will be sent again, with the same Message-ID.")
        typer.echo("`publisher run` sends them, or `publisher run --once`.")
    else:
        typer.echo(f"{messages} of issue {found.id} {'is' if changed == 1 else 'are'} not sent again.")
