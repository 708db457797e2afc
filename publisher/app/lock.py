"""One `run` at a time: a lock beside the database that says who holds it and goes when its process does."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from publisher.errors import StorageError


class AlreadyRunning(Exception):
    """Somebody else holds the lock; the message says who."""


@contextmanager
def hold_run_lock(database: Path, now: datetime) -> Iterator[None]:
    """Raises AlreadyRunning when another process is inside, StorageError when the lock file cannot be made."""
    path = database.with_name(database.name + ".lock")
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StorageError(f"{path}: cannot make the lock file: {error.strerror}") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 200).decode("utf-8", "replace").strip() or "another process"
            raise AlreadyRunning(f"publisher is already running here ({holder})") from None
        except OSError as error:  # a disk without locks must not look like a second process
            raise StorageError(
                f"{path}: cannot be locked: {error.strerror}; put the database on a local disk"
            ) from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"process {os.getpid()}, since {now:%Y-%m-%d %H:%M:%S %Z}\n".encode(), 0)
        yield
    finally:
        os.close(handle)  # which gives the lock back
