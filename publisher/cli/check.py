"""`publisher check`: is everything in order?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.settings import settings_of

if TYPE_CHECKING:  # loading it takes longer than `--help` may
    from publisher.config import Config


def check(
    context: typer.Context,
    dkim: Annotated[bool, typer.Option("--dkim", help="Print the DNS records of the signing keys instead.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check config, articles and templates without changing anything. Exit code 1 when something is wrong."""
    config = settings_of(context).load_config()
    if dkim:
        _print_records(config, as_json=as_json)
        return
    from publisher.app.checking import check as check_all
    from publisher.cli import output

    report = check_all(config, datetime.now(UTC))
    if as_json:
        problems = [output.as_mapping(problem) for problem in report.problems]
        output.print_json({"articles": report.articles, "problems": problems, "notes": report.notes})
    else:
        output.print_problems(report.problems)
        for note in report.notes:
            output.warn(f"note: {note}")
        verdict = "all in order" if not report.problems else output.count(len(report.problems), "problem")
        newsletters = output.count(len(config.newsletters), "newsletter")
        typer.echo(f"{output.count(report.articles, 'article')}, {newsletters}: {verdict}")
    if report.problems:
        raise typer.Exit(1)


def _print_records(config: Config, *, as_json: bool) -> None:
    """As lines of a zone file, which every name server reads."""
    from publisher.app.signing import load_keys
    from publisher.cli import output

    keys = load_keys(config)
    if as_json:
        output.print_json([{"name": key.record_name, "type": "TXT", "value": key.record} for key in keys])
        return
    for key in keys:
        typer.echo(key.zone_line)
    if not keys:
        typer.echo("Mail is not signed: there is no key under delivery.dkim.", err=True)
