"""The database file: opened, brought up to date, and its transactions.

SQLite in WAL mode with synchronous=FULL: a commit that returned survives a crash of the process and of the machine, and
that is what "nobody twice" rests on (it costs a few per cent, see docs/delivery.md).
"""

from __future__ import annotations

import importlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from publisher.errors import StorageBusy, StorageError
from publisher.storage.connection import Connection, StatementFailed
from publisher.storage.version import APPLICATION_ID, SCHEMA_VERSION

__all__ = ["APPLICATION_ID", "Connection", "Database", "explain", "open_database"]  # others name Connection by us

_BUSY_MS = 30_000
_SETTINGS = (
    "synchronous=FULL",
    "fullfsync=ON",  # macOS: fsync alone does not reach the platter
    "foreign_keys=ON",
)
_RETRY_SECONDS = 0.01
_MOST_IDLE = 5  # connections that are kept for the next to come


class Database:
    """One SQLite file. `read()` sees a snapshot; `write()` takes the write lock at once and commits as a whole.

    Any thread may use it; each transaction has a connection of its own.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: list[Connection] = []
        self._lock = threading.Lock()
        self._is_closed = False

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._explained(), self._lend() as connection, _transaction(connection, "BEGIN"):
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self._explained(), self._lend() as connection, _transaction(connection, "BEGIN IMMEDIATE"):
            yield connection

    @contextmanager
    def keep_writing(self) -> Iterator[Callable[[], AbstractContextManager[Connection]]]:
        """For one thread with many small transactions in a row: each call is one, as `write()` is."""
        with self._explained(), self._lend() as connection:

            @contextmanager
            def transaction() -> Iterator[Connection]:
                with self._explained(), _transaction(connection, "BEGIN IMMEDIATE"):
                    yield connection

            yield transaction

    def use_wal(self) -> None:
        """Readers and the writer do not wait for each other. The file remembers it; on one that has it, a no-op.

        While another process makes the same change SQLite does not wait, since both may hold what the other wants.
        """
        until = time.monotonic() + _BUSY_MS / 1000
        with self._explained(), self._lend() as connection:
            while True:
                try:
                    connection.fetch("PRAGMA journal_mode=WAL")
                except StatementFailed as error:
                    if "is locked" not in str(error) or time.monotonic() > until:
                        raise
                    time.sleep(_RETRY_SECONDS)
                else:
                    return

    def write_copy(self, path: Path) -> None:
        """The whole database as it is at this moment, into a file that is not there yet; nobody is kept waiting."""
        with self._explained(), self._lend() as connection:
            connection.run("VACUUM INTO ?", (str(path),))

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def _lend(self) -> Iterator[Connection]:
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            connection = _connect(self.path)
        try:
            yield connection
        finally:
            with self._lock:
                is_kept = not (self._is_closed or connection.driver.in_transaction or len(self._idle) >= _MOST_IDLE)
                if is_kept:
                    self._idle.append(connection)
            if not is_kept:
                connection.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            # SQLAlchemy's errors have it under the same name; to name their class would load SQLAlchemy.
            reason = getattr(error, "orig", None)
            if not isinstance(reason, sqlite3.DatabaseError) or isinstance(reason, sqlite3.IntegrityError):
                raise  # a broken promise of ours is no state of the world
            kind = StorageBusy if "is locked" in str(reason) else StorageError
            raise kind(explain(reason, self.path)) from error


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
    database = Database(path)
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


def explain(error: sqlite3.Error, path: Path) -> str:
    """What a person can do about a database error."""
    reason = str(error)
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


@contextmanager
def _transaction(connection: Connection, begin: str) -> Iterator[None]:
    connection.run(begin)
    try:
        yield
        connection.run("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):  # what went wrong first says more
            connection.driver.rollback()  # nothing, where SQLite has taken it back itself
        raise


def _connect(path: Path) -> Connection:
    try:
        # The driver's own transaction handling begins too late for BEGIN IMMEDIATE; we say when.
        driver = sqlite3.connect(path, _BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
    except sqlite3.DatabaseError as error:
        raise StatementFailed(error) from error
    connection = Connection(driver)
    try:
        for setting in _SETTINGS:
            connection.fetch(f"PRAGMA {setting}")
    except BaseException:
        connection.close()
        raise
    return connection


def _checked_version(connection: Connection, path: Path) -> int:
    version = _number(connection, "PRAGMA user_version")
    application = _number(connection, "PRAGMA application_id")
    tables = _number(connection, "SELECT count(*) FROM sqlite_master")
    if application != APPLICATION_ID and (tables or version):
        raise StorageError(f"{path}: is a database of another program; name another file under `database:`")
    if version > SCHEMA_VERSION:
        raise StorageError(
            f"{path}: was written by a newer publisher (schema {version}, this one knows {SCHEMA_VERSION}); upgrade it"
        )
    return version


def _number(connection: Connection, query: str) -> int:
    ((number,),) = connection.fetch(query)
    return int(number)


def _create(database: Database) -> None:
    """All tables as they are now, in one transaction; migrations are for databases that hold something."""
    from publisher.storage.schema import metadata  # noqa: PLC0415 - brings SQLAlchemy along

    with database.write() as connection:
        if _checked_version(connection, database.path) == 0:  # else another process was quicker
            metadata.create_all(connection.core, checkfirst=False)
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
            step.upgrade(Operations(MigrationContext.configure(connection.core)))
            _set_version(connection, version)


def _set_version(connection: Connection, version: int) -> None:
    connection.run(f"PRAGMA application_id={APPLICATION_ID}")
    connection.run(f"PRAGMA user_version={version}")
