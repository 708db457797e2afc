"""The verb `back_up`: a copy of the database while everything goes on."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from publisher.app.context import Reporter
from publisher.config import Config
from publisher.errors import StorageError, UsageError
from publisher.files import remove_orphans
from publisher.storage import backup


class Interrupted(Exception):
    """A signal came; nothing was changed."""


@dataclass(frozen=True, slots=True)
class BackupRequest:
    """Where the copy goes, and the moment that it is said to be of."""

    target: Path
    now: datetime
    compress: bool = False
    stop: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Backup:
    """`size` is in bytes; `database` is how large it is when it is not compressed."""

    path: Path
    size: int
    database: int
    made_at: datetime
    key: Path | None


def back_up(config: Config, request: BackupRequest, reporter: Reporter) -> Backup:
    """Write the copy, whole or not at all; only an older copy is ever replaced. The database is not even migrated.

    Raises UsageError when something else has that name, StorageError when there is nothing to copy or no room for it,
    Interrupted.
    """
    source, target = config.database_path, request.target
    if not source.exists():
        raise StorageError(f"{source}: there is no database yet; nothing to back up")
    _refuse_others(target, source)
    try:
        with temporary_beside(target) as plain:
            pages = backup.count_pages(source)
            with reporter.bar("Backing up", pages) as advance:

                def tell(done: int) -> None:
                    if request.stop.is_set():
                        raise Interrupted
                    advance(done)

                backup.copy_database(source, plain, request.now.isoformat(), tell)
            size = plain.stat().st_size
            _place(plain, target, compress=request.compress)
    except backup.NotWhole as error:
        raise StorageError(f"{source}: cannot be backed up: {error}") from error
    except (sqlite3.Error, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        what = f"the backup of {source.name} was not written: {reason.lower()}"
        raise StorageError(f"{target}: {what}; nothing else has changed") from error
    key = None if config.secret_key else config.key_path
    return Backup(target, target.stat().st_size, size, request.now, key if key and key.exists() else None)


@contextmanager
def temporary_beside(path: Path) -> Iterator[Path]:
    """An empty file of ours alone in the folder of `path`, which is gone at the end. Raises OSError."""
    remove_orphans(path.parent, below=False)
    handle, name = tempfile.mkstemp(prefix=f".publisher-{os.getpid()}-", suffix=".tmp", dir=path.parent)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        with suppress(OSError):
            backup.remove(Path(name))


def _place(plain: Path, target: Path, *, compress: bool) -> None:
    if not compress:
        plain.replace(target)
        return
    with temporary_beside(target) as packed:
        backup.compress(plain, packed)
        packed.replace(target)


def _refuse_others(target: Path, source: Path) -> None:
    if not target.parent.is_dir():
        raise UsageError(f"{target}: there is no folder {target.parent}; make it first")
    if not target.exists():
        return
    if target.is_dir():
        raise UsageError(f"{target}: is a folder; name a file in it")
    try:
        header = None if target.samefile(source) else backup.read_header(target)
    except OSError as error:
        raise UsageError(f"{target}: cannot be read: {error.strerror}") from error
    if header is None or not header.is_backup:
        raise UsageError(f"{target}: is there already and no backup of publisher; name another file")
