"""A look at every statement before it is executed, whichever way it goes to the driver."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

from sqlalchemy import event

from publisher.storage.database import Connection

Look = Callable[[str, Any], str]


@contextmanager
def statements_of(connection: Connection, look: Look) -> Iterator[None]:
    """`look` gets each statement of the block and its values, and returns what is executed instead."""

    def hook(*arguments: Any) -> tuple[str, Any]:
        statement, values = arguments[2:4]
        return look(statement, values), values

    def run(statement: str, values: Sequence[object] = ()) -> int:
        return Connection.run(connection, look(statement, values), values)

    def fetch(statement: str, values: Sequence[object] = ()) -> list[Any]:
        return Connection.fetch(connection, look(statement, values), values)

    event.listen(connection.core, "before_cursor_execute", hook, retval=True)
    try:
        with mock.patch.object(connection, "run", run), mock.patch.object(connection, "fetch", fetch):
            yield
    finally:
        event.remove(connection.core, "before_cursor_execute", hook)
