"""The database file: opened, brought up to date, and its transactions.

SQLite in WAL mode with synchronous=FULL: a commit that returned survives a crash of the process and of the machine, and
that is what "nobody twice" rests on (it costs a few per cent, see docs/delivery.md).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, FromClause, create_engine, event
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.exc import DatabaseError, DBAPIError, IntegrityError

from publisher.errors import StorageBusy, StorageError
from publisher.storage.schema import SCHEMA_VERSION, metadata
from publisher.storage.statements import run

__all__ = ["APPLICATION_ID", "Connection", "Database", "explain", "open_database"]  # others name Connection by us

APPLICATION_ID = 0x50554221  # "PUB!": tells our files from other SQLite databases
_BUSY_MS = 30_000
_BEGIN = "begin"  # execution option: the statement that begins a transaction, None for no transaction at all


class Database:
    """One SQLite file. `read()` sees a snapshot; `write()` takes the write lock at once and commits as a whole."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        self.path = path

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._explained(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with (
            self._explained(),
            self._engine.connect().execution_options(**{_BEGIN: "BEGIN IMMEDIATE"}) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def keep_writing(self) -> Iterator[Callable[[], AbstractContextManager[Connection]]]:
        """For one thread with many small transactions in a row: each call is one, as `write()` is.

        The connection stays open between them, and the driver begins and ends them: to get a connection, or to have
        SQLAlchemy begin and end a transaction, takes longer than a small commit.
        """
        with (
            self._explained(),
            self._engine.connect().execution_options(**{_BEGIN: None}) as connection,
            connection.begin(),
        ):

            @contextmanager
            def transaction() -> Iterator[Connection]:
                with self._explained():
                    run(connection, "BEGIN IMMEDIATE")
                    try:
                        yield connection
                        run(connection, "COMMIT")
                    except BaseException:
                        connection.connection.rollback()  # nothing, where SQLite has taken it back itself
                        raise

            yield transaction

    def use_wal(self) -> None:
        """Readers and the writer do not wait for each other. The file remembers it; on one that has it, a no-op."""
        with self._explained(), self._engine.connect().execution_options(**{_BEGIN: None}) as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")

    def write_copy(self, path: Path) -> None:
        """The whole database as it is at this moment, into a file that is not there yet; nobody is kept waiting."""
        with self._explained(), self._engine.connect().execution_options(**{_BEGIN: None}) as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(path),))

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:
            raise  # a broken promise of ours, not a state of the world
        except DatabaseError as error:
            kind = StorageBusy if "is locked" in str(error) else StorageError
            raise kind(explain(error, self.path)) from error


def open_database(path: Path) -> Database:
    """Open the file, making or migrating it as needed.

    Raises StorageError when it cannot be opened, is no database of ours, or is newer than this program.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{path.parent}: cannot make the folder of the database: {error.strerror}") from error
    if not path.exists():
        with suppress(OSError):  # the driver will say what is wrong
            path.touch(mode=0o600)  # it will hold addresses
    # Parameters may be addresses; they stay out of error texts.
    engine = create_engine(URL.create("sqlite", database=str(path)), hide_parameters=True)
    engine.dialect.statement_compiler = _Compiler
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    database = Database(engine, path)
    try:
        with database.read() as connection:
            version = _checked_version(connection, path)
        database.use_wal()  # only now: another program's database must stay as it is
        if version == 0:
            _create(database)
        elif version < SCHEMA_VERSION:
            _migrate(database)
    except BaseException:
        database.close()
        raise
    return database


def explain(error: DBAPIError, path: Path) -> str:
    """What a person can do about a database error."""
    reason = str(error.orig)
    if "is locked" in reason:
        return f"{path}: is locked by another program for more than {_BUSY_MS // 1000} s; try again when it is done"
    if "not a database" in reason or "malformed" in reason:
        return f"{path}: is damaged or not an SQLite database ({reason}); restore a backup or choose another file"
    if "is full" in reason:
        return f"{path}: the disk is full; nothing was lost, make room and run it again"
    if "readonly" in reason or "unable to open" in reason:
        names = f"{path.name}, {path.name}-wal and {path.name}-shm"
        return f"{path}: cannot be used: {reason}; check the permissions of its folder and of {names}"
    return f"{path}: cannot be used: {reason}"


class _Compiler(SQLiteCompiler):
    """SQLAlchemy drops index hints for SQLite without a word; these write them."""

    def get_from_hint_text(self, table: FromClause, text: str | None) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        return text


def _prepare_connection(dbapi_connection: Any, _record: object) -> None:
    # The driver's own transaction handling begins too late for BEGIN IMMEDIATE; we say when.
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA fullfsync=ON")  # macOS: fsync alone does not reach the platter
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    statement = connection.get_execution_options().get(_BEGIN, "BEGIN")
    if statement:
        connection.exec_driver_sql(statement)


def _checked_version(connection: Connection, path: Path) -> int:
    version = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
    application = int(connection.exec_driver_sql("PRAGMA application_id").scalar_one())
    tables = int(connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one())
    if application != APPLICATION_ID and (tables or version):
        raise StorageError(f"{path}: is a database of another program; name another file under `database:`")
    if version > SCHEMA_VERSION:
        raise StorageError(
            f"{path}: was written by a newer publisher (schema {version}, this one knows {SCHEMA_VERSION}); upgrade it"
        )
    return version


def _create(database: Database) -> None:
    """All tables as they are now, in one transaction; migrations are for databases that hold something."""
    with database.write() as connection:
        if _checked_version(connection, database.path) == 0:  # else another process was quicker
            metadata.create_all(connection, checkfirst=False)
            _set_version(connection, SCHEMA_VERSION)


def _migrate(database: Database) -> None:
    """Each step in one transaction that sets the version last, so that a crash leaves a whole schema behind."""
    # Alembic costs 0.17 s, so only a database that needs it loads it.
    from alembic.migration import MigrationContext  # noqa: PLC0415
    from alembic.operations import Operations  # noqa: PLC0415

    for version in range(1, SCHEMA_VERSION + 1):
        with database.write() as connection:
            if _checked_version(connection, database.path) >= version:  # another process was quicker
                continue
            step = importlib.import_module(f"publisher.storage.migrations.v{version:03d}")
            step.upgrade(Operations(MigrationContext.configure(connection)))
            _set_version(connection, version)


def _set_version(connection: Connection, version: int) -> None:
    connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version={version}")
