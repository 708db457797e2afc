"""`publisher import-feed`: a site moves here, and its readers notice nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.settings import settings_of

if TYPE_CHECKING:  # loading it takes longer than `--help` may
    from publisher.app.adopting import Adopted, AdoptReport

_MOST_LINES = 20  # of one kind; --json has them all


def import_feed(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="URL|FILE", help="The feed that your readers have had so far.")],
    old_site: Annotated[
        str, typer.Option("--from", metavar="URL", help="Where the site was, if its address was another one.")
    ] = "",
    force: Annotated[
        bool, typer.Option("--force", help="Also change ids that our own feeds have shown already.")
    ] = False,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="The feed may be on this machine or in your own network.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Take over the ids of the feed a site had before. So no reader sees its articles again."""
    from publisher.app.adopting import AdoptRequest
    from publisher.app.adopting import import_feed as adopt
    from publisher.cli import output

    request = AdoptRequest(source, old_site, force, dry_run, allow_private)
    with settings_of(context).open() as opened:
        report = adopt(opened, request)
    if report.trouble:
        output.warn(f"{source}: {report.trouble}" if not report.trouble.startswith("http") else report.trouble)
    if as_json:
        output.print_json(_as_mapping(report, dry_run=dry_run))
    else:
        _print(report, dry_run=dry_run)
    if report.trouble:
        raise typer.Exit(1)


def _print(report: AdoptReport, *, dry_run: bool) -> None:
    from publisher.app.adopting import Adoption
    from publisher.cli import output

    items, documents = output.count(len(report.items), "item"), output.count(report.pages, "document")
    parts = {
        Adoption.ADOPTED: "adopted",
        Adoption.WAITING: "for the next build",
        Adoption.KNOWN: "known already",
        Adoption.REFUSED: "refused",
        Adoption.UNMATCHED: "without an article",
    }
    found = [f"{number:,} {words}" for outcome, words in parts.items() if (number := report.count(outcome))]
    typer.echo(f"Read {items} in {documents}: {', '.join(found) or 'nothing to take over'}.")
    for outcome in (Adoption.ADOPTED, Adoption.WAITING, Adoption.REFUSED, Adoption.UNMATCHED):
        lines = [_describe(one) for one in report.items if one.outcome is outcome]
        for line in lines[:_MOST_LINES]:
            (output.warn if outcome is Adoption.REFUSED else typer.echo)(line)
        if len(lines) > _MOST_LINES:
            typer.echo(f"  and {len(lines) - _MOST_LINES:,} more {parts[outcome]}; --json names them all")
    if dry_run:
        typer.echo("Nothing was changed: this was a dry run.")


def _describe(one: Adopted) -> str:
    if one.article is None:
        return f"  no article for “{one.item.title or one.item.url}” ({one.item.url or one.item.id})"
    if one.reason:
        return f"{one.path}: {one.item.id} is not taken over: {one.reason}"
    return f"  {one.path} is {one.item.id}"


def _as_mapping(report: AdoptReport, *, dry_run: bool) -> dict[str, object]:
    return {
        "documents": report.pages,
        "dry_run": dry_run,
        "items": [
            {
                "id": one.item.id,
                "url": one.item.url,
                "title": one.item.title,
                "outcome": one.outcome.value,
                "article": one.path or None,
                "reason": one.reason or None,
            }
            for one in report.items
        ],
        "trouble": report.trouble or None,
    }
