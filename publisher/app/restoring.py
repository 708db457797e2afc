"""The verb `restore`: a backup takes the place of the database, and nothing is mailed by itself because of that.

Whatever was sent after the backup was made is not in it. So what lies in the folders is history for every newsletter
(decision 8 of the design), issues that were on their way are paused until a person says what becomes of them, and
notices that waited are dropped. What the database that is replaced knows of that time is taken over: see
`app.takingover`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from pathlib import Path

from publisher.app.backups import temporary_beside
from publisher.app.context import Context, Reporter
from publisher.app.lock import AlreadyRunning, hold_run_lock
from publisher.app.reading import scan
from publisher.app.takingover import SENT, Before, Take, TakenOver, take_over
from publisher.config import Config
from publisher.errors import PublisherError, StorageError, UsageError
from publisher.model.issue import Issue, IssueState
from publisher.storage import backup, deliveries, issues, ledger, newsletters, notices, subscribers
from publisher.storage.database import Connection, Database, open_database


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done. `made_at` (ISO 8601) is when the backup was made, as far as it says; `paused` are issues that go
    on only when somebody says so; `dropped` notices will not be sent; `taken` is what was learnt from the database
    before, None where that was not wanted; `unread` says why the articles could not be looked at: those of the next
    scan are history then.
    """

    database: Path
    kept: Path | None
    made_at: str | None
    subscribers: int
    paused: list[Issue]
    dropped: int
    taken: TakenOver | None = None
    unread: str | None = None


def restore(config: Config, source: Path, now: datetime, reporter: Reporter, take: Take = Take.EVERY_NO) -> Restored:
    """Put the backup in the place of the database, which stays beside it under another name.

    `take`: what of it is taken over.
    Raises UsageError for a file that is no backup of ours, StorageError when the database is in use or the disk full;
    then nothing has changed.
    """
    current = config.database_path
    _check_source(source, current)
    with _alone(current, now), _explained(source, current):
        current.parent.mkdir(parents=True, exist_ok=True)
        with temporary_beside(current) as new:
            backup.unpack(source, new)
            made_at = backup.read_moment(new)
            context = Context(config, open_database(new), clock=lambda: now, reporter=reporter)
            kept = _free_name(current)
            try:
                restored = _make_safe(context, made_at)
                restored = _learn(context, restored, kept, take)
            finally:
                context.database.close()
                context.pool.close()
            backup.fold_log(new)
            was_there = backup.put_in_place(new, current, kept)
        restored = replace(restored, kept=kept if was_there else None)
        return replace(restored, unread=_close_history(config, now, reporter))


def _make_safe(context: Context, made_at: str | None) -> Restored:
    """Nothing in it goes out by itself."""
    now = context.clock()
    with context.database.write() as connection:
        newsletters.reopen_history(connection)
        deliveries.recover(connection, deliveries.owners(connection), now=now, repeatable=False)
        paused = issues.live_issues(connection)
        for issue_id in paused:
            issues.pause(connection, issue_id, f"{_since(made_at)}: what was sent after it is not known")
        dropped = notices.drop_open_notices(connection, "a backup was restored", now)
        shown = issues.list_issues(connection, paused)
    return Restored(context.config.database_path, None, made_at, 0, shown, dropped)


def _learn(context: Context, restored: Restored, kept: Path, take: Take) -> Restored:
    """What the database that is replaced knows; it will be called `kept`."""
    current, ids = restored.database, [issue.id for issue in restored.paused]
    if current.exists():
        with suppress(
            sqlite3.Error
        ):  # it is damaged, or else nobody has it open: it stays as it is until it is replaced
            backup.fold_log(current)
    before = Before(current, kept.name) if current.exists() else None
    taken = take_over(context, before, ids, take)
    with context.database.write() as connection:
        if take is not Take.NOTHING and SENT not in taken.unread:
            _close_issues(
                connection, ids, f"{_since(restored.made_at)}: what was sent after it is taken from {kept.name}"
            )
        people = subscribers.count_by_state(connection)
        paused = [issue for issue in issues.list_issues(connection, ids) if issue.state is IssueState.PAUSED]
    known = None if take is Take.NOTHING else taken
    return replace(restored, subscribers=sum(people.values()), paused=paused, taken=known)


def _close_issues(connection: Connection, ids: list[int], reason: str) -> None:
    """Of which nothing is left to send; the others are paused, with a better reason."""
    for issue_id in ids:
        ledger.resume(connection, issue_id)
    issues.finish_settled(connection)
    for issue_id in ids:
        issues.pause(connection, issue_id, reason)


def _since(made_at: str | None) -> str:
    return f"restored from a backup{f' of {made_at}' if made_at else ''}"


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
