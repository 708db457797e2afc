"""`publisher subscribers show` and `forget`: what is held of one person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.settings import settings_of

if TYPE_CHECKING:  # loading these takes longer than `--help` may
    from publisher.app.context import Context
    from publisher.app.persondata import PersonData

Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The e-mail address.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def show(context: typer.Context, address: Address, as_json: Json = False) -> None:
    """All that is known of a person, and what they agreed to."""
    from publisher.app.persondata import export_data, get_person
    from publisher.cli import output

    with settings_of(context).open() as opened:
        data = get_person(opened, address)
        if as_json:
            output.print_json(export_data(data))
        else:
            _print(opened, data)


def forget(
    context: typer.Context,
    address: Address,
    allow_return: Annotated[
        bool, typer.Option("--allow-return", help="Keep nothing that stops an import from adding them again.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Erase a person. What was sent stays a number; a keyed hash keeps imports from bringing them back."""
    from publisher.app.persondata import forget as forget_person
    from publisher.cli import output

    with settings_of(context).open() as opened:
        done = forget_person(opened, address, may_return=allow_return)
    if as_json:
        output.print_json({"email": address, "was_known": done.was_known, "may_return": done.may_return})
        return
    what = f"{address} is forgotten" if done.was_known else f"nobody had the address {address}"
    typer.echo(f"{what}; {'an import may add it again' if done.may_return else 'no import adds it again'}.")


def _print(opened: Context, data: PersonData) -> None:
    from publisher.cli import output

    person, zone = data.person, opened.config.site.timezone
    said = [
        ("Address", person.email),
        ("Name", person.name),
        ("Language", person.language),
        ("State", person.state.value),
        ("Source", person.source),
        ("Since", output.show_time(person.created_at, zone) if person.created_at else ""),
        ("Receives", ", ".join(person.newsletters)),
        *((f"Field {key}", value) for key, value in person.fields.items()),
    ]
    for label, value in said:
        typer.echo(f"{label:<12} {value or '-'}")
    issues = output.count(len(data.received), "issue")
    accepted = sum(item.state == "accepted" for item in data.received)
    typer.echo(f"{'Mail':<12} {issues}, {accepted:,} accepted; {output.count(len(data.notices), 'notice')}")
    if data.reports:
        newest = data.reports[-1]
        what = f"{newest.kind} {newest.code}".strip()
        number = output.count(len(data.reports), "report")
        typer.echo(f"{'Came back':<12} {number}; the newest {output.show_time(newest.at, zone)}, {what}")
    if barred := data.suppression:
        why = f"{barred.reason}, {barred.source}" if barred.source else barred.reason
        typer.echo(f"{'Suppressed':<12} since {output.show_time(barred.since, zone)} ({why})")
    typer.echo()
    rows = [
        (
            output.show_time(entry.at, zone),
            entry.event.value,
            ", ".join(entry.newsletters) or "-",
            entry.circumstances.how,
            entry.circumstances.page or "-",
            entry.circumstances.network or "-",
            entry.circumstances.reason or "-",
        )
        for entry in data.log
    ]
    if rows:
        output.print_table(["WHEN", "WHAT", "NEWSLETTERS", "HOW", "PAGE", "NETWORK", "REASON"], rows)
    else:
        typer.echo("The log is empty: they came before there was one.")
