"""A CSV of people -> subscribers, row by row. Pure: takes lines, gives values."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from publisher.addresses import has_unsafe_characters, normalise, problem_with
from publisher.errors import Problem
from publisher.markup.characters import clean_line
from publisher.model import Subscriber

_KNOWN = ("email", "name", "language")
_LONGEST_VALUE = 1000
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file: a subscriber without id and newsletters, or what is wrong with it."""

    line: int
    subscriber: Subscriber | None = None
    problem: Problem | None = None


def read_rows(lines: Iterable[str], name: str, source: str) -> Iterator[Row]:
    """The header names the columns: `email` must be there, `name` and `language` may, others become fields."""
    reader = csv.reader(lines, strict=False)
    try:
        header = [clean_line(cell) for cell in next(reader, [])]
        columns = [cell.lower() if cell.lower() in _KNOWN else cell for cell in header]
        if "email" not in columns:
            found = ", ".join(cell for cell in header if cell) or "nothing"
            message = f"the first line must name the columns, one of them email; found {found}"
            yield Row(1, problem=Problem(name, message, 1))
            return
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _read_row(dict(zip(columns, cells, strict=False)), name, reader.line_num, source)
    except csv.Error as error:
        yield Row(reader.line_num, problem=Problem(name, f"is not a CSV file: {error}", reader.line_num))


def check_subscriber(email: str, name: str, language: str = "") -> str | None:
    """Why this person cannot be added, or None."""
    if language and not _LANGUAGE.fullmatch(language):
        return f"the language {language!r} is none; write one such as ja or en-GB"
    problem = problem_with(email.strip())
    if problem:
        return f"the address {email.strip()!r} {problem}"
    if has_unsafe_characters(name):
        return "the name has a control character"
    return None


def _read_row(values: dict[str, str], name: str, line: int, source: str) -> Row:
    values = {key: clean_line(value)[:_LONGEST_VALUE] for key, value in values.items()}
    email = values.pop("email", "")
    display = values.pop("name", "")
    language = values.pop("language", "").replace("_", "-")
    problem = check_subscriber(email, display, language)
    if problem:
        return Row(
            line, problem=Problem(name, problem, line, "language" if problem.startswith("the lang") else "email")
        )
    subscriber = Subscriber(
        id=0,
        email=normalise(email),
        name=display,
        language=language,
        source=source,
        fields={key: value for key, value in values.items() if key and value},
    )
    return Row(line, subscriber)
