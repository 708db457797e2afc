"""`publisher subscribers`: who receives what."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli import person
from publisher.cli.settings import settings_of
from publisher.errors import UsageError

if TYPE_CHECKING:  # loading these takes longer than `--help` may
    from publisher.model.subscriber import Subscriber

app = typer.Typer(help="Add, import, list, show, export and forget subscribers.", no_args_is_help=True)
app.command("show")(person.show)
app.command("forget")(person.forget)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Newsletters = Annotated[
    list[str] | None, typer.Option("--newsletter", "-n", metavar="NAME", help="Only this newsletter; may be repeated.")
]
Segment = Annotated[
    str | None, typer.Option("--segment", metavar="EXPR", help="Only these: a name of config.yaml, or an expression.")
]


@app.command("add")
def add(
    context: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The e-mail address.")],
    name: Annotated[str, typer.Option(metavar="TEXT", help="How to address the person.")] = "",
    language: Annotated[str, typer.Option(metavar="TEXT", help="The person's language, such as ja.")] = "",
    newsletter: Newsletters = None,
    as_json: Json = False,
) -> None:
    """Add a person who asked for it; what you add counts as confirmed."""
    from publisher.app.people import add_subscriber

    with settings_of(context).open() as opened:
        person = add_subscriber(opened, address, newsletter or [], name=name, language=language)
    _print_person(person, as_json=as_json)


@app.command("remove")
def remove(
    context: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The e-mail address.")],
    newsletter: Newsletters = None,
    as_json: Json = False,
) -> None:
    """End subscriptions at once. The record stays, so that no import brings the person back."""
    from publisher.app.people import remove_subscriber

    with settings_of(context).open() as opened:
        person = remove_subscriber(opened, address, newsletter or [])
    _print_person(person, as_json=as_json)


@app.command("set")
def set_preferences(
    context: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The e-mail address.")],
    newsletter: Newsletters = None,
    topics: Annotated[
        list[str] | None, typer.Option(metavar="A,B", help="Tags and categories, a,b; all for all; may be repeated.")
    ] = None,
    rhythm: Annotated[
        str | None,
        typer.Option(metavar="RHYTHM", help="each, daily, weekly, monthly; schedule for the newsletter's own."),
    ] = None,
    language: Annotated[str | None, typer.Option(metavar="TEXT", help="Such as ja; empty for the site's.")] = None,
    timezone: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Such as Europe/Paris; empty for the newsletter's.")
    ] = None,
    hour: Annotated[
        str | None, typer.Option(metavar="HOUR", help="0 to 23, in their time zone; empty for the newsletter's.")
    ] = None,
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="How to address the person.")] = None,
    pause: Annotated[str | None, typer.Option(metavar="WHEN", help="Send nothing for 3w, or until 2026-12-24.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="End the pause.")] = False,
    as_json: Json = False,
) -> None:
    """What a person wants: topics, rhythm, language, hour, a pause. Without an option, what they have chosen so far."""
    from publisher.app.people import get_subscriber
    from publisher.app.preferences import change_preferences, read_preferences
    from publisher.cli.preferences import Wishes, apply_wishes, print_preferences

    if pause is not None and resume:
        raise UsageError("choose one of --pause and --resume")
    wishes = Wishes(tuple(newsletter or ()), topics, rhythm, language, timezone, hour, name, pause, resume=resume)
    with settings_of(context).open() as opened:
        person = get_subscriber(opened, address)
        found = read_preferences(opened, person.id)
        wanted = apply_wishes(found, wishes, opened.clock(), opened.config.site.timezone)
        if wanted != found:
            found = change_preferences(opened, person.id, wanted)
        print_preferences(opened, person.email, found, as_json=as_json)


@app.command("import")
def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV, JSON, or the export of another program.")],
    newsletter: Newsletters = None,
    mapping: Annotated[
        list[str] | None, typer.Option("--map", metavar="WHAT=COLUMN", help="Which column has what; may be repeated.")
    ] = None,
    form: Annotated[
        str, typer.Option("--format", metavar="NAME", help="What wrote it, where the first line does not tell.")
    ] = "",
    encoding: Annotated[
        str, typer.Option(metavar="NAME", help="Its letters, such as cp932, where they are not told.")
    ] = "",
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write what became of each row to this CSV.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done.")] = False,
    as_json: Json = False,
) -> None:
    """Add everybody in a list, but nobody who left. Running it again adds nobody twice."""
    from publisher.app.importing import ImportOrder, import_list
    from publisher.cli.lists import parse_mapping, print_import

    order = ImportOrder(
        path=file,
        newsletters=newsletter or [],
        columns=parse_mapping(mapping or []),
        form=form,
        encoding=encoding,
        report=report,
        dry_run=dry_run,
    )
    with settings_of(context).open() as opened:
        found = import_list(opened, order)
    print_import(found, dry_run=dry_run, as_json=as_json)
    if found.is_unusable:
        raise typer.Exit(2)


@app.command("export")
def export(
    context: typer.Context,
    newsletter: Annotated[
        str | None, typer.Option("--newsletter", "-n", metavar="NAME", help="Who has this one, or had it.")
    ] = None,
    segment: Segment = None,
    form: Annotated[str, typer.Option("--format", metavar="NAME", help="csv, json, or the name of a program.")] = "csv",
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write to this file.")] = None,
) -> None:
    """Write everybody into a list, those who left too. In our own form, or for another program."""
    from publisher.app.exporting import export_list, open_output

    with settings_of(context).open() as opened:
        lines = export_list(opened, form, newsletter, segment)
        if out is None:
            for line in lines:
                typer.echo(line, nl=False)
            return
        with open_output(out, form) as write:
            for line in lines:
                write(line)


@app.command("list")
def list_subscribers(
    context: typer.Context,
    newsletter: Annotated[
        str | None, typer.Option("--newsletter", "-n", metavar="NAME", help="Who receives this one now.")
    ] = None,
    segment: Segment = None,
    as_json: Json = False,
) -> None:
    """Everybody, those who receive one newsletter now, or a segment."""
    from publisher.app.people import iterate_subscribers
    from publisher.cli import output

    with settings_of(context).open() as opened:
        people = list(iterate_subscribers(opened, newsletter, segment))
    if as_json:
        output.print_json([_as_mapping(person) for person in people])
    elif not people and segment is not None:
        typer.echo("Nobody is so.")
    elif not people:
        typer.echo("No subscribers yet. `publisher subscribers add ADDRESS` adds one, `import CSV` many.")
    else:
        rows = [
            (person.email, person.state.value, ", ".join(person.newsletters) or "-", person.name) for person in people
        ]
        output.print_table(["ADDRESS", "STATE", "NEWSLETTERS", "NAME"], rows)


def _print_person(person: Subscriber, *, as_json: bool) -> None:
    from publisher.cli import output

    if as_json:
        output.print_json(_as_mapping(person))
        return
    receives = f"receives {', '.join(person.newsletters)}" if person.newsletters else "receives nothing any more"
    typer.echo(f"{person.email} is {person.state.value} and {receives}.")


def _as_mapping(person: Subscriber) -> dict[str, object]:
    return {
        "email": person.email,
        "name": person.name,
        "language": person.language,
        "state": person.state.value,
        "newsletters": list(person.newsletters),
        "source": person.source,
        "created_at": person.created_at,
        "fields": dict(person.fields),
    }
