"""SQLAlchemy on a connection that is ours: it neither opens nor closes it, and begins and ends no transaction on it."""

from __future__ import annotations

import sqlite3
import threading
from functools import cache

from sqlalchemy import Connection, Engine, FromClause, NullPool, create_engine
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler

_lent = threading.local()  # the connection that SQLAlchemy is about to ask for, in this thread


def wrap(driver: sqlite3.Connection) -> Connection:
    """Of one kind with all others: what it has compiled for one connection, it need not compile for the next."""
    engine = _engine()
    _lent.driver = driver
    try:
        connection = engine.connect()
    finally:
        del _lent.driver
    # To SQLAlchemy, one transaction without end, so that it never begins or ends one by itself.
    connection.begin()
    return connection


@cache
def _engine() -> Engine:
    engine = create_engine(
        "sqlite://",
        creator=lambda: _lent.driver,
        poolclass=NullPool,
        pool_reset_on_return=None,
        hide_parameters=True,  # they may be addresses, and stay out of error texts
    )
    engine.dialect.statement_compiler = _Compiler
    # It looks at the first connection that it gets, and takes back what is under way there; so that is one of its own.
    _lent.driver = sqlite3.connect(":memory:")
    try:
        with engine.connect():
            pass
    finally:
        del _lent.driver
    return engine


class _Compiler(SQLiteCompiler):
    """SQLAlchemy drops index hints for SQLite without a word; these write them."""

    def get_from_hint_text(self, table: FromClause, text: str | None) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        return text
