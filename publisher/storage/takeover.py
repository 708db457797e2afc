"""What a database that is being replaced knows and its backup does not. It is read alone, and may be damaged in part.

Two rows are one person when number and day of their first sight are the same, or else the address: people move.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.exc import DBAPIError

from publisher.errors import StorageError
from publisher.model.consent import ConsentEvent
from publisher.model.delivery import DeliveryState
from publisher.model.subscriber import SubscriberState
from publisher.model.suppression import Suppression, SuppressionReason
from publisher.storage.backup import BACKUP_FACT
from publisher.storage.connection import Connection
from publisher.storage.database import open_database
from publisher.storage.peek import open_as_it_is
from publisher.storage.persons import erase_person
from publisher.storage.schema import Instant, metadata
from publisher.storage.version import APPLICATION_ID, SCHEMA_VERSION

_PAGE = 500
# Whose numbers stand in links and in return paths: none of them may come to mean somebody else.
NUMBERED = ("subscribers", "requests", "notices", "issues")
_SETTLED = (
    DeliveryState.ACCEPTED,
    DeliveryState.FAILED,
    DeliveryState.UNCERTAIN,
    DeliveryState.SUPPRESSED,
    DeliveryState.BOUNCED,
    DeliveryState.COMPLAINED,
    DeliveryState.SENDING,
)


class NotReadable(Exception):
    """Nothing of it can be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """Somebody left these newsletters in the old database; `id` is theirs in the new one, where they still run."""

    id: int
    newsletters: tuple[str, ...]
    at: str


@contextmanager
def open_before(path: Path, scratch: Path) -> Iterator[sqlite3.Connection]:
    """The old database, for reading; one of a former version as a copy in the empty file `scratch`, brought up to date.

    One of a later version is read as it is: what it has in common with ours is there, and each part that is not raises
    sqlite3.Error when it is read. Raises NotReadable.
    """
    try:
        with closing(open_as_it_is(path)) as old:
            application = old.execute("PRAGMA application_id").fetchone()[0]
            version = old.execute("PRAGMA user_version").fetchone()[0]
            if application != APPLICATION_ID:
                raise NotReadable("it is no database of publisher")
            if version >= SCHEMA_VERSION:
                yield old
                return
            with closing(sqlite3.connect(scratch)) as copy:
                old.backup(copy)
        _bring_up_to_date(scratch, version)
        with closing(open_as_it_is(scratch)) as old:
            yield old
    except sqlite3.Error as error:
        raise NotReadable(str(error)) from error


def _bring_up_to_date(copy: Path, version: int) -> None:
    try:
        open_database(copy).close()
    except (StorageError, DBAPIError) as error:
        raise NotReadable(f"it is of a former version, schema {version}, and cannot be brought up to date") from error


def read_numbers(old: sqlite3.Connection) -> dict[str, int]:
    """The last number that was given in each table of NUMBERED. Raises sqlite3.Error."""
    found = dict(old.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
    return {name: int(found.get(name, 0)) for name in NUMBERED}


def raise_numbers(connection: Connection, numbers: Mapping[str, int]) -> None:
    """No row to come has one of these numbers, or a smaller one."""
    for name, number in numbers.items():
        statement = "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?"
        if number and connection.exec_driver_sql(statement, (number, name)).rowcount == 0:
            connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (name, number))


def skip_numbers(connection: Connection, gaps: Mapping[str, int]) -> None:
    """The same where nobody knows how far the numbers had come."""
    known = {row[0]: row[1] for row in connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")}
    raise_numbers(connection, {name: known.get(name, 0) + gap for name, gap in gaps.items()})


def iterate_suppressions(old: sqlite3.Connection) -> Iterator[list[Suppression]]:
    """All of them, some hundred at a time. Raises sqlite3.Error."""
    rows = old.execute("SELECT email, reason, since, source FROM suppressions ORDER BY email_key")
    while page := rows.fetchmany(_PAGE):
        yield [Suppression(row[0], _read_reason(row[1]), datetime.fromisoformat(row[2]), row[3]) for row in page]


def _read_reason(word: str) -> SuppressionReason:
    """A later version may know more of them."""
    return SuppressionReason(word) if word in set(SuppressionReason) else SuppressionReason.IMPORTED


def iterate_leavings(old: sqlite3.Connection, connection: Connection) -> Iterator[list[Leaving]]:
    """Who has left since what the new database knows, by person. Raises sqlite3.Error."""
    query = (
        "SELECT s.id, s.email_key, s.created_at, p.newsletter, p.ended_at "
        "FROM subscriptions p JOIN subscribers s ON s.id = p.subscriber_id "
        "WHERE p.ended_at IS NOT NULL AND s.state != ? ORDER BY s.id"
    )
    rows = old.execute(query, (SubscriberState.FORGOTTEN,))
    while page := rows.fetchmany(_PAGE):
        yield _match(connection, page)


def _match(connection: Connection, page: Sequence[tuple[int, str, str, str, str]]) -> list[Leaving]:
    same = _find_same(connection, {(row[0], row[1], row[2]) for row in page})
    running = connection.exec_driver_sql(
        "SELECT subscriber_id, newsletter, since FROM subscriptions "
        "WHERE ended_at IS NULL AND subscriber_id IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(set(same.values()))),),
    )
    since = {(row[0], row[1]): row[2] for row in running}
    found: dict[int, dict[str, str]] = {}
    for old_id, _, _, newsletter, ended_at in page:
        id_ = same.get(old_id, 0)
        if since.get((id_, newsletter), "9") <= ended_at:  # they have not joined again in the backup
            found.setdefault(id_, {})[newsletter] = ended_at
    return [Leaving(id_, tuple(sorted(ended)), max(ended.values())) for id_, ended in found.items()]


def _find_same(connection: Connection, people: set[tuple[int, str, str]]) -> dict[int, int]:
    """Ids of the new database by those of the old."""
    ids, keys = json.dumps([one[0] for one in people]), json.dumps([one[1] for one in people])
    rows = connection.exec_driver_sql(
        "SELECT id, email_key, created_at FROM subscribers WHERE id IN (SELECT value FROM json_each(?)) "
        "UNION SELECT id, email_key, created_at FROM subscribers WHERE email_key IN (SELECT value FROM json_each(?))",
        (ids, keys),
    ).all()
    by_key = {row.email_key: row.id for row in rows}
    whole = {(row.id, row.created_at) for row in rows}
    return {
        id_: id_ if (id_, created_at) in whole else by_key[key]
        for id_, key, created_at in people
        if (id_, created_at) in whole or key in by_key
    }


def iterate_forgotten(old: sqlite3.Connection) -> Iterator[list[tuple[str, str]]]:
    """Keyed hashes and when, some hundred at a time. Raises sqlite3.Error."""
    rows = old.execute("SELECT hash, at FROM forgotten ORDER BY hash")
    while page := rows.fetchmany(_PAGE):
        yield page


def find_erased(old: sqlite3.Connection, connection: Connection) -> list[int]:
    """People of the new database whom the old one has erased; nobody where it is not certain that it grew out of it.

    Raises sqlite3.Error.
    """
    numbers, fork = read_numbers(old), _read_fork(old)
    found: list[int] = []
    last, known = 0, 0
    query = "SELECT id, created_at FROM subscribers WHERE id > ? AND state != ? ORDER BY id LIMIT ?"
    while page := connection.exec_driver_sql(query, (last, SubscriberState.FORGOTTEN, _PAGE)).all():
        last = page[-1].id
        rows = old.execute(
            "SELECT id, created_at, state FROM subscribers WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps([row.id for row in page]),),
        )
        there = {row[0]: row for row in rows}
        for id_, created_at in page:
            row = there.get(id_)
            if row is not None and row[1] != created_at:
                return []
            known += row is not None
            is_blank = row is not None and row[2] == SubscriberState.FORGOTTEN
            is_gone = row is None and id_ <= numbers["subscribers"] and (fork is None or created_at <= fork)
            found += [id_] if is_blank or is_gone else []
    return found if known else []


def iterate_confirmed(old: sqlite3.Connection, connection: Connection) -> Iterator[list[int]]:
    """Numbers in the old database of those who have said yes since: whom the new one does not know, or has not heard.

    Not who was added or imported. Raises sqlite3.Error.
    """
    query = (
        "SELECT id, email_key, created_at FROM subscribers s WHERE state = ? AND EXISTS "
        "(SELECT 1 FROM consents WHERE subscriber_id = s.id AND event = ?) ORDER BY id"
    )
    rows = old.execute(query, (SubscriberState.ACTIVE, ConsentEvent.CONFIRMED))
    while page := rows.fetchmany(_PAGE):
        known = _find_same(connection, set(page))
        waiting = connection.exec_driver_sql(
            "SELECT id FROM subscribers WHERE state = ? AND id IN (SELECT value FROM json_each(?))",
            (SubscriberState.PENDING, json.dumps(sorted(set(known.values())))),
        )
        pending = {row[0] for row in waiting}
        yield [row[0] for row in page if known.get(row[0], row[0]) in pending or row[0] not in known]


def take_person(old: sqlite3.Connection, connection: Connection, id_: int, seq: int) -> int | None:
    """With their number, what they chose and their log; None when somebody else has the number or the address.

    Who waits here to be confirmed is who they are. Articles up to `seq` are no news for them. Raises sqlite3.Error.
    """
    person = _read_rows(old, "subscribers", "id", id_)[0]
    query = "SELECT id FROM subscribers WHERE (id = ? OR email_key = ?) AND state != ?"
    others = connection.exec_driver_sql(query, (id_, person["email_key"], SubscriberState.PENDING)).all()
    if others:
        return None
    for row in connection.exec_driver_sql(
        "SELECT id FROM subscribers WHERE id = ? OR email_key = ?", (id_, person["email_key"])
    ).all():
        erase_person(connection, row.id)
    if connection.exec_driver_sql("SELECT 1 FROM subscribers WHERE id = ?", (id_,)).first() is not None:
        return None  # a row without a name, for the numbers of the ledger
    _write_row(connection, "subscribers", person)
    for subscription in _read_rows(old, "subscriptions", "subscriber_id", id_):
        _write_row(connection, "subscriptions", {**subscription, "last_seq": seq, "ahead": ""})
    for line in _read_rows(old, "consents", "subscriber_id", id_):
        _write_row(connection, "consents", {name: value for name, value in line.items() if name != "id"})
    return id_


def _read_rows(old: sqlite3.Connection, table: str, column: str, id_: int) -> list[dict[str, object]]:
    found = old.execute(f"SELECT * FROM {table} WHERE {column} = ?", (id_,))  # noqa: S608 - our names
    names = [item[0] for item in found.description]
    return [dict(zip(names, row, strict=True)) for row in found]


def _write_row(connection: Connection, table: str, row: Mapping[str, object]) -> None:
    """What both databases have columns for; a later version may have more of them."""
    known = {name: value for name, value in row.items() if name in metadata.tables[table].columns}
    places = ", ".join("?" * len(known))
    statement = f"INSERT INTO {table} ({', '.join(known)}) VALUES ({places})"  # noqa: S608 - our names
    connection.exec_driver_sql(statement, tuple(known.values()))


def count_joined(old: sqlite3.Connection, connection: Connection) -> int:
    """Active people of the old database whom the new one does not know. Raises sqlite3.Error."""
    rows = old.execute(
        "SELECT id, email_key, created_at FROM subscribers WHERE state = ? ORDER BY id", (SubscriberState.ACTIVE,)
    )
    count = 0
    while page := rows.fetchmany(_PAGE):
        count += len(page) - len(_find_same(connection, set(page)))
    return count


def take_deliveries(old: sqlite3.Connection, connection: Connection, issue_id: int) -> int:
    """What became of deliveries of this issue that wait in the new database; returns how many. Raises sqlite3.Error."""
    query = "SELECT newsletter, created_at FROM issues WHERE id = ?"
    mine = connection.exec_driver_sql(query, (issue_id,)).one()
    theirs = old.execute(query, (issue_id,)).fetchone()
    if theirs is None or tuple(theirs) != tuple(mine):
        return 0
    columns = "subscriber_id, state, attempts, message_id, date, settled_at, code, reply"
    places = ", ".join("?" * len(_SETTLED))
    rows = old.execute(
        f"SELECT {columns} FROM deliveries WHERE issue_id = ? AND state IN ({places}) ORDER BY subscriber_id",  # noqa: S608 - our names
        (issue_id, *_SETTLED),
    )
    taken = 0
    while page := rows.fetchmany(_PAGE):
        taken += connection.exec_driver_sql(_TAKE, (json.dumps(page), issue_id)).rowcount
    return taken


def is_cancelled(old: sqlite3.Connection, issue_id: int) -> bool:
    """Raises sqlite3.Error."""
    row = old.execute("SELECT state FROM issues WHERE id = ?", (issue_id,)).fetchone()
    return row is not None and row[0] == "cancelled"


def _read_fork(old: sqlite3.Connection) -> str | None:
    """The moment of the backup that the old database was itself restored from; what came later, it never knew."""
    row = old.execute("SELECT value FROM facts WHERE name = ?", (BACKUP_FACT,)).fetchone()
    return Instant().process_bind_param(datetime.fromisoformat(row[0]), SQLiteDialect()) if row else None


# A message that was being sent when the old database was last written is uncertain.
_TAKE = """
UPDATE deliveries SET
    state = CASE item.value ->> '$[1]' WHEN 'sending' THEN 'uncertain' ELSE item.value ->> '$[1]' END,
    attempts = item.value ->> '$[2]', message_id = item.value ->> '$[3]', date = item.value ->> '$[4]',
    settled_at = item.value ->> '$[5]', code = item.value ->> '$[6]', reply = item.value ->> '$[7]'
FROM json_each(?) AS item
WHERE deliveries.issue_id = ? AND deliveries.subscriber_id = item.value ->> '$[0]'
    AND deliveries.state IN ('queued', 'deferred', 'uncertain')
"""
