"""`publisher check`: is everything in order?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from publisher.cli.settings import settings_of


def check(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check config, articles and templates without changing anything. Exit code 1 when something is wrong."""
    from publisher.app.checking import check as check_all
    from publisher.cli import output

    config = settings_of(context).load_config()
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
