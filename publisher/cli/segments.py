"""`publisher segments`: who is meant, and how many they are."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from publisher.cli.settings import settings_of


def list_segments(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the segments, and how many readers each has now."""
    from publisher.app import segments
    from publisher.cli import output

    with settings_of(context).open() as opened:
        found = segments.list_segments(opened)
    if as_json:
        output.print_json([dataclasses.asdict(line) for line in found])
    elif not found:
        typer.echo("No segments. Add one under segments: in config.yaml, such as  ja: language = ja")
    else:
        rows = [(line.name, f"{line.count:,}", ", ".join(line.newsletters) or "-", line.expression) for line in found]
        output.print_table(["NAME", "SUBSCRIBERS", "NEWSLETTERS", "WHO"], rows)
