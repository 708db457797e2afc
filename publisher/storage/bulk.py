"""Many rows at once, without what SQLAlchemy does for each of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.sql.dml import UpdateBase

from publisher.storage.connection import Connection


def among(column: ColumnElement[Any], values: Sequence[str]) -> ColumnElement[bool]:
    """Whether it is one of these: one parameter, so that the statement is the same however many they are."""
    each = func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(select(each.c.value))


def execute_rows(
    connection: Connection, statement: UpdateBase, names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """As `connection.execute` for a list of mappings, with the values that stand under `names` in each.

    It makes a dictionary and a tuple for each row, which takes longer than SQLite does; here all is done by columns.
    What a type does to a value it does here too, and raises what it raises as it is.
    """
    if not rows:
        return
    dialect = connection.core.dialect
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    ready: list[Sequence[Any]] = []
    for name in compiled.positiontup or ():
        process = compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
        ready.append([process(value) for value in columns[name]] if process else columns[name])
    connection.exec_driver_sql(str(compiled), list(zip(*ready, strict=True)))
