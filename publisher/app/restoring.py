"""The verb `restore`: a backup takes the place of the database, and nothing is mailed by itself because of that.

Whatever was sent after the backup was made is not in it. So what lies in the folders is history for every newsletter
(decision 8 of the design), issues that were on their way are paused until a person says what becomes of them, and
notices that waited are dropped.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from pathlib import Path

from publisher.app.backups import temporary_beside
from publisher.app.context import Context, Reporter
from publisher.app.lock import AlreadyRunning, hold_run_lock
from publisher.app.reading import scan
from publisher.config import Config
from publisher.errors import PublisherError, StorageError, UsageError
from publisher.model import Issue
from publisher.storage import backup, deliveries, issues, newsletters, notices, subscribers
from publisher.storage.database import Database, open_database


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done. `made_at` (ISO 8601) is when the backup was made, as far as it says; `paused` are issues that go
    on only when somebody says so; `dropped` notices will not be sent; `unread` says why the articles could not be
    looked at: those of the next scan are history then.
    """

    database: Path
    kept: Path | None
    made_at: str | None
    subscribers: int
    paused: list[Issue]
    dropped: int
    unread: str | None = None


def restore(config: Config, source: Path, now: datetime, reporter: Reporter) -> Restored:
    """Put the backup in the place of the database, which stays beside it under another name.

    Raises UsageError for a file that is no backup of ours, StorageError when the database is in use or the disk full;
    then nothing has changed.
    """
    current = config.database_path
    _check_source(source, current)
    with _alone(current, now), _explained(source, current):
        current.parent.mkdir(parents=True, exist_ok=True)
        with temporary_beside(current) as new:
            backup.unpack(source, new)
            restored = _make_safe(new, current, now)
            kept = _free_name(current)
            was_there = backup.put_in_place(new, current, kept)
        restored = replace(restored, kept=kept if was_there else None)
        return replace(restored, unread=_close_history(config, now, reporter))


def _make_safe(path: Path, current: Path, now: datetime) -> Restored:
    """Nothing in it goes out by itself. Raises StorageError when a newer program has written it."""
    made_at = backup.read_moment(path)
    database = open_database(path)
    try:
        with database.write() as connection:
            newsletters.reopen_history(connection)
            deliveries.recover(connection, deliveries.owners(connection), now=now, repeatable=False)
            paused = issues.live_issues(connection)
            reason = f"restored from a backup{f' of {made_at}' if made_at else ''}: what was sent after it is not known"
            for issue_id in paused:
                issues.pause(connection, issue_id, reason)
            dropped = notices.drop_open_notices(connection, "a backup was restored", now)
            people = subscribers.count_by_state(connection)
            shown = issues.list_issues(connection, paused)
    finally:
        database.close()
    backup.fold_log(path)
    return Restored(current, None, made_at, sum(people.values()), shown, dropped)


def _close_history(config: Config, now: datetime, reporter: Reporter) -> str | None:
    """A scan does. Why it could not; then the next one will."""
    database = open_database(config.database_path)
    try:
        return _scan(config, database, now, reporter)
    finally:
        database.close()


def _scan(config: Config, database: Database, now: datetime, reporter: Reporter) -> str | None:
    context = Context(config, database, clock=lambda: now, reporter=reporter)
    try:
        scan(context)
    except PublisherError as error:
        return str(error)
    finally:
        context.pool.close()
    return None


@contextmanager
def _alone(database: Path, now: datetime) -> Iterator[None]:
    try:
        with hold_run_lock(database, now):
            yield
    except AlreadyRunning as error:
        raise UsageError(f"{error}; stop it first, then restore") from None


@contextmanager
def _explained(source: Path, current: Path) -> Iterator[None]:
    """What becomes of errors below us. Nothing has changed when one comes: the last step is a rename."""
    try:
        yield
    except backup.NotWhole as error:
        raise UsageError(f"{source}: cannot be restored: {error}; nothing has changed") from error
    except backup.InUse as error:
        raise StorageError(
            f"{current}: is in use by another command of publisher (serve, preview, digest …); stop it first, "
            "then restore"
        ) from error
    except sqlite3.Error as error:
        raise StorageError(f"{current}: was not replaced: {error}; nothing has changed") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StorageError(f"{current}: was not replaced: {reason}; nothing has changed") from error


def _check_source(source: Path, current: Path) -> None:
    try:
        header = backup.read_header(source)
        is_current = current.exists() and source.samefile(current)
    except OSError as error:
        raise UsageError(f"{source}: cannot be read: {(error.strerror or str(error)).lower()}") from error
    if is_current:
        raise UsageError(f"{source}: is the database itself; name a backup of it")
    if header is None:
        raise UsageError(f"{source}: is no backup of publisher; `publisher backup FILE` makes one")


def _free_name(current: Path) -> Path:
    """`publisher.db.before-restore`, with a number when there is one already."""
    first = current.with_name(current.name + ".before-restore")
    names = (first if number == 1 else first.with_name(f"{first.name}-{number}") for number in count(1))
    return next(name for name in names if not name.exists())
