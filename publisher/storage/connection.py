"""One connection to the database: SQL as text for its driver, or a statement of SQLAlchemy's, in the same transaction.

SQLAlchemy takes a fifth of a second to load, as long as a small build takes, and 40 µs to wrap a statement and its
result, longer than SQLite takes for many. So what a build does, and what is done for every message, is written as
text; nothing here loads SQLAlchemy before a statement of its kind comes by.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVarTuple, overload

if TYPE_CHECKING:
    import sqlalchemy
    from sqlalchemy import CursorResult, Executable
    from sqlalchemy.sql.selectable import TypedReturnsRows

Columns = TypeVarTuple("Columns")


class StatementFailed(Exception):
    """What SQLAlchemy's DatabaseError is for a statement that is text: it is known from an error of another database.

    `orig` is the driver's own error, under the name that SQLAlchemy gives it.
    """

    def __init__(self, orig: sqlite3.DatabaseError) -> None:
        super().__init__(str(orig))
        self.orig = orig


class Connection:
    """Lent by `Database`, which begins and ends its transactions; for one thread at a time.

    A broken promise of the schema is the driver's IntegrityError from text, SQLAlchemy's from a statement of its kind.
    """

    def __init__(self, driver: sqlite3.Connection) -> None:
        self.driver = driver

    def run(self, statement: str, values: Sequence[object] = ()) -> int:
        """How many rows it changed. Raises StatementFailed."""
        try:
            return self.driver.execute(statement, values).rowcount
        except sqlite3.IntegrityError:
            raise
        except sqlite3.DatabaseError as error:
            raise StatementFailed(error) from error

    def run_many(self, statement: str, rows: Iterable[Sequence[object]]) -> int:
        """The same for each row of values, prepared once. Raises StatementFailed."""
        try:
            return self.driver.executemany(statement, rows).rowcount
        except sqlite3.IntegrityError:
            raise
        except sqlite3.DatabaseError as error:
            raise StatementFailed(error) from error

    def fetch(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        """Its rows, at once, each a tuple. Raises StatementFailed."""
        try:
            return self.driver.execute(statement, values).fetchall()
        except sqlite3.IntegrityError:
            raise
        except sqlite3.DatabaseError as error:
            raise StatementFailed(error) from error

    def fetch_pages(self, statement: str, values: Sequence[object], size: int) -> Iterator[list[Any]]:
        """The same some at a time, for more than should be held. Raises StatementFailed."""
        try:
            cursor = self.driver.execute(statement, values)
            while page := cursor.fetchmany(size):
                yield page
        except sqlite3.IntegrityError:
            raise
        except sqlite3.DatabaseError as error:
            raise StatementFailed(error) from error

    @cached_property
    def core(self) -> sqlalchemy.Connection:
        """SQLAlchemy on this very connection."""
        from publisher.storage.engine import wrap  # noqa: PLC0415 - see above

        return wrap(self.driver)

    if TYPE_CHECKING:  # what SQLAlchemy knows of the rows that a statement gives

        @overload
        def execute(self, statement: TypedReturnsRows[*Columns], parameters: Any = None) -> CursorResult[*Columns]: ...

        @overload
        def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[*tuple[Any, ...]]: ...

    def execute(self, statement: Executable, parameters: Any = None) -> Any:
        """A statement of SQLAlchemy's. Raises what SQLAlchemy raises."""
        return self.core.execute(statement, parameters)

    def exec_driver_sql(self, statement: str, parameters: Any = None) -> CursorResult[*tuple[Any, ...]]:
        """Text, with a result of SQLAlchemy's kind."""
        return self.core.exec_driver_sql(statement, parameters)

    def close(self) -> None:
        if "core" in self.__dict__:
            self.core.close()
        self.driver.close()
