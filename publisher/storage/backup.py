"""A copy of the database as it was at one moment, made while others write to it, and the way back.

The copy is made page by page within one reading transaction: writers go on, and what they write is not in it. It is one
file without a log beside it, by which it is told from a database that is in use.
"""

from __future__ import annotations

import gzip
import io
import os
import shutil
import sqlite3
import struct
import zlib
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from publisher.storage.version import APPLICATION_ID

BACKUP_FACT = "backup of"  # its moment, in the copy alone

_PAGES = 1000  # in one step
_BUSY_SECONDS = 30.0
_BUSY_SHORT = 2.0  # seconds to wait for those who have a database open that is to be replaced
_MAGIC = b"SQLite format 3\0"
_GZIP = b"\x1f\x8b"
_HEADER = 100  # bytes, https://www.sqlite.org/fileformat.html section 1.3
_CHUNK = 1_000_000
_LEVEL = 6  # 9 takes several times as long, for a few per cent
_UNPACKING = (EOFError, gzip.BadGzipFile, zlib.error)
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

Advance = Callable[[int], None]


class InUse(Exception):
    """Somebody has the database open."""


class NotWhole(Exception):
    """A file that is no copy of ours, or not all of one; the message says which."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the first bytes of an SQLite file say. `is_live`: it has, or had, a log beside it."""

    application_id: int
    version: int
    is_live: bool

    @property
    def is_backup(self) -> bool:
        return self.application_id == APPLICATION_ID and not self.is_live


def read_header(path: Path) -> Header | None:
    """Of a file, compressed or not; None when it is no SQLite file. Raises OSError."""
    try:
        with _open_bytes(path) as file:
            head = file.read(_HEADER)
    except _UNPACKING:
        return None
    if len(head) < _HEADER or not head.startswith(_MAGIC):
        return None
    version, application_id = struct.unpack(">I", head[60:64])[0], struct.unpack(">I", head[68:72])[0]
    return Header(application_id, version, is_live=head[18] == 2)


def count_pages(source: Path) -> int:
    """How much `copy_database` has to do. Raises sqlite3.Error."""
    with closing(_connect(source, "rw")) as connection:
        return int(connection.execute("PRAGMA page_count").fetchone()[0])


def copy_database(source: Path, target: Path, moment: str, advance: Advance) -> None:
    """Fill the empty file `target`; `advance` hears how many pages were copied and may raise to end it.

    Raises sqlite3.Error, OSError; NotWhole when `source` is no database of ours, or the copy has a fault.
    """
    with closing(_connect(source, "rw")) as connection:
        _check_owner(connection)
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the moment that is copied begins here
        with closing(_connect(target, "rw")) as copy:
            _copy_pages(connection, copy, advance)
            copy.execute("PRAGMA journal_mode=DELETE")
            copy.execute("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", (BACKUP_FACT, moment))
    check_whole(target)
    _sync(target)


def compress(source: Path, target: Path) -> None:
    """Raises OSError; NotWhole when reading it back fails."""
    with source.open("rb") as plain, gzip.GzipFile(target, "wb", compresslevel=_LEVEL, mtime=0) as packed:
        shutil.copyfileobj(plain, packed, _CHUNK)
    _sync(target)
    try:
        with gzip.open(target) as packed:
            while packed.read(_CHUNK):
                pass
    except _UNPACKING as error:
        raise NotWhole(f"it cannot be read back: {error}") from error


def unpack(source: Path, target: Path) -> None:
    """The database in `source` into the empty file `target`, checked.

    Raises OSError, sqlite3.Error; NotWhole when it has a fault or is no database of ours.
    """
    if _is_compressed(source):
        try:
            with gzip.open(source) as packed, target.open("wb") as plain:
                shutil.copyfileobj(packed, plain, _CHUNK)
        except _UNPACKING as error:
            raise NotWhole(f"it is cut off or damaged: {error}") from error
    else:
        _copy_with_log(source, target)
    check_whole(target)


def _copy_with_log(source: Path, target: Path) -> None:
    """By SQLite, which knows of a log that lies beside it."""
    mode = "rw" if _has_log(source) else "ro&immutable=1"
    try:
        with closing(_connect(source, mode)) as connection, closing(_connect(target, "rw")) as copy:
            _copy_pages(connection, copy, lambda _pages: None)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF in _DAMAGE:
            raise NotWhole(f"it is damaged: {error}") from error
        raise


def check_whole(path: Path) -> None:
    """Raises NotWhole when a table or index has a fault, or it is no database of ours."""
    try:
        with closing(_connect(path, "rw")) as connection:
            _check_owner(connection)
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF in _DAMAGE:
            raise NotWhole(f"it is damaged: {error}") from error
        raise
    if found != "ok":
        raise NotWhole(f"it is damaged: {found}")


def read_moment(path: Path) -> str | None:
    """When the copy was made, as it was told; None of a file that was made otherwise."""
    with closing(_connect(path, "rw")) as connection:
        row = connection.execute("SELECT value FROM facts WHERE name = ?", (BACKUP_FACT,)).fetchone()
    return str(row[0]) if row else None


def fold_log(path: Path) -> None:
    """Make the database one file without a log. Raises sqlite3.Error; InUse when somebody has it open."""
    with closing(_connect(path, "rw", _BUSY_SHORT)) as connection:
        _fold(connection)


def put_in_place(new: Path, current: Path, keep: Path) -> bool:
    """`current` becomes `keep`, and `new` becomes `current`; False when there was none before.

    One that is damaged is kept with its log. Raises OSError; InUse when somebody has `current` open.
    """
    if not current.exists():
        new.replace(current)
        return False
    with closing(_connect(current, "rw", _BUSY_SHORT)) as connection:
        try:
            _fold(connection)
            connection.execute("BEGIN EXCLUSIVE")  # whoever comes now waits until it has its new name
        except sqlite3.DatabaseError as error:
            if _is_busy(error):
                raise InUse from error
        current.replace(keep)
        for ending in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                current.with_name(current.name + ending).replace(keep.with_name(keep.name + ending))
        new.replace(current)
    return True


def remove(path: Path) -> None:
    """A temporary database and what lies beside it."""
    for ending in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _fold(connection: sqlite3.Connection) -> None:
    try:
        mode = connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
    except sqlite3.OperationalError as error:
        if _is_busy(error):
            raise InUse from error
        raise
    if mode != "delete":
        raise InUse


def _is_busy(error: sqlite3.Error) -> bool:
    return error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _copy_pages(source: sqlite3.Connection, target: sqlite3.Connection, advance: Advance) -> None:
    last = 0

    def tell(_status: int, remaining: int, total: int) -> None:
        nonlocal last
        advance(total - remaining - last)
        last = total - remaining

    source.backup(target, pages=_PAGES, progress=tell, sleep=0.0)


def _check_owner(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise NotWhole("it is no database of publisher")


def _connect(path: Path, mode: str, timeout: float = _BUSY_SECONDS) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?mode={mode}", uri=True, timeout=timeout, isolation_level=None)


def _has_log(path: Path) -> bool:
    return path.with_name(path.name + "-wal").exists()


def _is_compressed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_GZIP)) == _GZIP


def _open_bytes(path: Path) -> gzip.GzipFile | io.BufferedReader:
    return gzip.open(path) if _is_compressed(path) else path.open("rb")


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
