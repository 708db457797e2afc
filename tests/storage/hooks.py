"""A look at every statement before it is executed, whichever way it goes to the driver."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

from sqlalchemy import event

from publisher.storage import deliveries, statements
from publisher.storage.database import Connection

Look = Callable[[str, Any], str]


@contextmanager
def statements_of(connection: Connection, look: Look) -> Iterator[None]:
    """`look` gets each statement of the block and its values, and returns what is executed instead."""

    def hook(*arguments: Any) -> tuple[str, Any]:
        statement, values = arguments[2:4]
        return look(statement, values), values

    def run(one: Connection, statement: str, values: Sequence[object] = ()) -> int:
        return statements.run(one, look(statement, values), values)

    def fetch(one: Connection, statement: str, values: Sequence[object] = ()) -> Sequence[Any]:
        return statements.fetch(one, look(statement, values), values)

    event.listen(connection, "before_cursor_execute", hook, retval=True)
    try:
        with mock.patch.object(deliveries, "run", run), mock.patch.object(deliveries, "fetch", fetch):
            yield
    finally:
        event.remove(connection, "before_cursor_execute", hook)
