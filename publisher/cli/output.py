"""How commands print: JSON for programs, columns for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import typer

from publisher.errors import Problem
from publisher.markup.width import display_width


def print_json(value: Any) -> None:
    """Dates in ISO 8601, Japanese as it is."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_to_json))


def print_json_list(values: Iterable[Any]) -> None:
    """As `print_json` of a list, one value after the other; there may be millions."""
    separator = "["
    for value in values:
        text = json.dumps(value, ensure_ascii=False, indent=2, default=_to_json)
        typer.echo(separator + "\n  " + text.replace("\n", "\n  "), nl=False)
        separator = ","
    typer.echo("[]" if separator == "[" else "\n]")


def print_lines(header: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[object]]) -> None:
    """Columns at least so wide, the last as wide as it is; each row is printed when it comes."""
    typer.echo(_line(header, widths))
    for row in rows:
        typer.echo(_line(row, widths))


def _line(row: Sequence[object], widths: Sequence[int]) -> str:
    *cells, last = (str(cell) for cell in row)
    padded = [cell + " " * (width - display_width(cell)) for cell, width in zip(cells, widths, strict=True)]
    return "  ".join([*padded, last]).rstrip()


def print_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns aligned by what a terminal shows; the last one is not padded."""
    lines = [list(header), *([str(cell) for cell in row] for row in rows)]
    widths = [max(display_width(line[index]) for line in lines) for index in range(len(header) - 1)]
    for line in lines:
        cells = [cell + " " * (width - display_width(cell)) for cell, width in zip(line, widths, strict=False)]
        typer.echo("  ".join([*cells, line[-1]]).rstrip())


def print_problems(problems: Sequence[Problem]) -> None:
    """One line each, on standard error."""
    for problem in problems:
        typer.echo(str(problem), err=True)


def warn(text: str) -> None:
    typer.echo(text, err=True)


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 article`, `2 articles`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def show_time(moment: datetime | None, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") if moment else "-"


def as_mapping(problem: Problem) -> Mapping[str, object]:
    return {"file": problem.file, "line": problem.line, "field": problem.field, "message": problem.message}


def _to_json(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
