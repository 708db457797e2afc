"""`publisher suppressions`: addresses that must not be written to."""

from __future__ import annotations

import csv as csv_format
import sys
from pathlib import Path
from typing import Annotated

import typer

from publisher.cli.settings import settings_of

app = typer.Typer(help="Addresses that must not be written to.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The e-mail address.")]


@app.command("list")
def list_suppressions(context: typer.Context, as_json: Json = False) -> None:
    """All of them, with the reason and since when."""
    from publisher.app.suppressing import iterate_suppressions
    from publisher.cli import output

    with settings_of(context).open() as opened:
        found = list(iterate_suppressions(opened))
        zone = opened.config.site.timezone
    if as_json:
        output.print_json(
            [
                {"email": item.email, "reason": item.reason.value, "since": item.since, "source": item.source}
                for item in found
            ]
        )
    elif not found:
        typer.echo("The list is empty.")
    else:
        rows = [(item.email, item.reason.value, output.show_time(item.since, zone), item.source) for item in found]
        output.print_table(["ADDRESS", "REASON", "SINCE", "SOURCE"], rows)


@app.command("add")
def add(
    context: typer.Context,
    address: Address,
    source: Annotated[str, typer.Option(metavar="TEXT", help="Why, in your own words.")] = "",
) -> None:
    """Never write to this address, whatever anybody imports."""
    from publisher.app.suppressing import add_suppression

    with settings_of(context).open() as opened:
        added = add_suppression(opened, address, source)
    typer.echo(f"{address} is suppressed." if added else f"{address} was suppressed already.")


@app.command("remove")
def remove(context: typer.Context, address: Address) -> None:
    """Let this address be written to again. Its owner has asked for it, or has a mailbox that works."""
    from publisher.app.suppressing import remove_suppression

    with settings_of(context).open() as opened:
        person = remove_suppression(opened, address)
    if person is None:
        typer.echo(f"{address} is not suppressed any more.")
    else:
        receives = f"receives {', '.join(person.newsletters)}" if person.newsletters else "receives nothing"
        typer.echo(f"{address} is not suppressed any more: {person.state.value}, {receives}.")


@app.command("import")
def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV with a column email, or an address a line.")],
) -> None:
    """Add everybody in a file, such as the list of another service. Running it again changes nothing."""
    from publisher.app.suppressing import import_suppressions
    from publisher.cli import output

    with settings_of(context).open() as opened:
        report = import_suppressions(opened, file)
    output.print_problems(report.problems)
    typer.echo(
        f"{output.count(report.added, 'address', 'addresses')} added, {report.known:,} known, "
        f"{len(report.problems):,} skipped."
    )
    if report.problems and not (report.added or report.known):
        raise typer.Exit(2)


@app.command("export")
def export(context: typer.Context) -> None:
    """All of them as CSV, on standard output; `import` reads it back."""
    from publisher.app.suppressing import iterate_suppressions

    with settings_of(context).open() as opened:
        writer = csv_format.writer(sys.stdout, lineterminator="\n")
        writer.writerow(["email", "reason", "since", "source"])
        for item in iterate_suppressions(opened):
            writer.writerow([item.email, item.reason.value, item.since.isoformat(), item.source])
