"""Lines of a list -> rows, one at a time. Pure: takes lines, gives values.

Whatever the lines hold, the result is rows or problems: never an exception, and never more memory than a row needs.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator

from publisher.markup.characters import clean_line
from publisher.subscribers.lists.columns import Column, ColumnError, Role, column_for, fold, name_column, name_columns
from publisher.subscribers.lists.entries import Reading, Row, read_row
from publisher.subscribers.lists.forms import FOREIGN, PLAIN, Form, recognise
from publisher.subscribers.lists.objects import split_objects
from publisher.subscribers.lists.text import find_delimiter

# What a spreadsheet would take for a formula; our exports put an apostrophe in front (see write.py).
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_MOST_KEYS = 1000  # names of JSON members whose meaning is remembered


def read_csv(lines: Iterable[str], reading: Reading) -> Iterator[Row]:
    """The first line names the columns. Fewer cells than names is fine, and so are more."""
    source = iter(lines)
    first = next(source, "")
    reader = csv.reader(_chain(first, source), delimiter=find_delimiter(first), strict=False)
    try:
        header = next(reader, [])
        form = reading.form or recognise([fold(name) for name in header])
        columns = name_columns(header, _roles_of(form), reading.columns)
    except (csv.Error, ColumnError) as error:
        yield Row(1, problem=str(error))
        return
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:  # it goes on with the next line
            yield Row(reader.line_num, problem=f"is not a line of a CSV: {error}")
            continue
        if any(map(str.strip, cells)):
            texts = [cell[1:] if cell.startswith("'") and _GUARDED.match(cell) else cell for cell in cells]
            yield read_row(reader.line_num, zip(columns, texts, strict=False), reading, form)


def read_json(lines: Iterable[str], reading: Reading) -> Iterator[Row]:
    """An array of objects, or one object a line."""
    form = reading.form or PLAIN
    roles = _roles_of(form)
    chosen = {fold(name): column_for(word) for word, name in reading.columns.items() if name}
    columns: dict[str, Column] = {}
    for line, found in split_objects(lines):
        if isinstance(found, str):
            yield Row(line, problem=found)
            continue
        cells = []
        for key, value in found.items():
            column = columns.get(key) or chosen.get(fold(key)) or name_column(clean_line(key), roles)
            if len(columns) < _MOST_KEYS:
                columns[key] = column
            cells.append((column, value))
        yield read_row(line, cells, reading, form)


def form_of(name: str) -> Form | None:
    """None for `csv` and `json`, which any program may write."""
    return FOREIGN.get(name)


def is_json(first: str) -> bool:
    """Whether a text that begins so is JSON; no line of a CSV with names of columns begins with a bracket."""
    return first.lstrip("\ufeff \t\r\n")[:1] in {"[", "{"}


def _roles_of(form: Form) -> dict[str, Role]:
    return {**dict.fromkeys(form.signs, Role.SIGN), **form.roles}


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    if first:
        yield first
    yield from rest
