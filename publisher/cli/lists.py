"""How an import is asked for and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from publisher.cli import output
from publisher.errors import UsageError

if TYPE_CHECKING:  # loading these takes longer than `--help` may
    from publisher.app.importing import ImportReport


def parse_mapping(texts: Sequence[str]) -> dict[str, str]:
    """`email=E-Mail` for each.

    Raises UsageError.
    """
    for text in texts:
        if "=" not in text:
            raise UsageError(f"--map: {text!r} is not of the form WHAT=COLUMN, such as email=E-Mail")
    return {what.strip(): column.strip() for what, _, column in (text.partition("=") for text in texts)}


def print_import(report: ImportReport, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        output.print_json(_as_mapping(report, dry_run=dry_run))
        return
    counts = report.counts
    output.print_problems(report.problems)
    if counts["skipped"] > len(report.problems):
        typer.echo("Not all rows that were skipped are named here; --report FILE.csv names them all.", err=True)
    for text in _notes(report):
        output.warn(f"note: {text}")
    typer.echo(
        f"{output.count(counts['added'], 'subscriber')} {'would be ' if dry_run else ''}added, "
        f"{counts['updated']:,} updated, {counts['unchanged']:,} unchanged, {counts['skipped']:,} skipped."
    )
    if counts["left"]:
        typer.echo(f"{counts['left']:,} had left or must not be written to; they stay as they are.")
    if counts["gone"]:
        typer.echo(f"{counts['gone']:,} called unsubscribed or suppressed by the list; nothing is mailed to them.")


def _notes(report: ImportReport) -> list[str]:
    notes = []
    if report.resumed:
        notes.append(f"an earlier run had done {report.resumed:,} rows; it went on behind them")
    if report.unknown:
        names = ", ".join(sorted(report.unknown)[:20])
        notes.append(f"the list names newsletters that are not in config.yaml, and nobody was added to them: {names}")
    if report.left_out:
        notes.append(f"not read, because they hold no subscribers: {', '.join(report.left_out[:20])}")
    return notes


def _as_mapping(report: ImportReport, *, dry_run: bool) -> dict[str, object]:
    names = ("added", "updated", "unchanged", "left", "gone", "skipped")
    return {
        **{name: report.counts[name] for name in names},
        "resumed": report.resumed,
        "unknown_newsletters": sorted(report.unknown),
        "dry_run": dry_run,
        "problems": [output.as_mapping(problem) for problem in report.problems],
    }
