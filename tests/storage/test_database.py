"""The file: made, shared, and refused with words when it is not ours or not whole."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from publisher.errors import StorageError
from publisher.storage.archives import load_shown
from publisher.storage.articles import get_fact, load_articles, load_revisions, set_fact
from publisher.storage.database import APPLICATION_ID, Connection, Database, open_database
from publisher.storage.migrations import v001, v002, v003
from publisher.storage.schema import attempts, facts
from publisher.storage.version import SCHEMA_VERSION
from tests.storage.rows import add_reader, make_article, save_articles


def pragma(database: Database, name: str) -> object:
    with database.read() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()


def schema_of(connection: Connection) -> dict[str, object]:
    """Columns, keys and indexes as SQLite itself describes them, for every table."""
    found: dict[str, object] = {}
    tables = connection.exec_driver_sql("PRAGMA table_list").all()
    for _schema, table, kind, _columns, without_rowid, strict in sorted(tables):
        if table.startswith("sqlite_"):
            continue
        indexes = connection.exec_driver_sql(f"PRAGMA index_list({table})").all()
        found[table] = {
            "kind": (kind, without_rowid, strict),
            "columns": connection.exec_driver_sql(f"PRAGMA table_xinfo({table})").all(),
            "foreign keys": connection.exec_driver_sql(f"PRAGMA foreign_key_list({table})").all(),
            "indexes": sorted(
                (unique, origin, partial, tuple(connection.exec_driver_sql(f"PRAGMA index_xinfo({name})").all()))
                for _number, name, unique, origin, partial in indexes
            ),
        }
    named = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"
    found["statements"] = {name: _without_blanks(sql) for name, sql in connection.exec_driver_sql(named)}
    return found


def _without_blanks(sql: str) -> str:
    """ALTER TABLE sets its blanks around a new column in another way than CREATE TABLE."""
    return re.sub(r"\s*([(),])\s*", r"\1", " ".join(sql.split()))


def test_a_new_database_is_ours_durable_and_shared(database: Database) -> None:
    assert pragma(database, "application_id") == APPLICATION_ID
    assert pragma(database, "user_version") == SCHEMA_VERSION
    assert pragma(database, "journal_mode") == "wal"
    assert pragma(database, "synchronous") == 2  # FULL
    assert pragma(database, "foreign_keys") == 1
    assert pragma(database, "busy_timeout") == 30_000


def test_nobody_else_may_read_the_addresses(database: Database) -> None:
    with database.write() as connection:
        set_fact(connection, "a", "b")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in database.path.parent.iterdir()}
    assert modes == dict.fromkeys(["publisher.db", "publisher.db-wal", "publisher.db-shm"], 0o600)


def test_an_error_text_holds_no_values(database: Database) -> None:
    with database.write() as connection:
        add_reader(connection, 1)
    with pytest.raises(IntegrityError) as caught, database.write() as connection:
        add_reader(connection, 1)
    assert "reader1@reader.example" not in str(caught.value)


def make_old(path: Path, *steps: ModuleType, rows: Sequence[tuple[object, ...]] = ()) -> None:
    """A database as a former release left it, with `rows` in `articles`."""
    with closing(sqlite3.connect(path)) as connection:
        for step in steps:
            for statement in step.STATEMENTS:
                connection.execute(statement)
        into = "INSERT INTO articles (id, path, seq, seen_at, data, sha256, title, published, markdown)"
        connection.executemany(f"{into} VALUES (?, ?, ?, ?, ?, '', '', '', '')", rows)
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={len(steps)}")
        connection.commit()


@pytest.mark.parametrize("steps", [(v001,), (v001, v002), (v001, v002, v003)])
def test_the_migrations_lead_to_the_schema(steps: tuple[ModuleType, ...], database: Database, tmp_path: Path) -> None:
    make_old(tmp_path / "old.db", *steps)
    old = open_database(tmp_path / "old.db")
    with database.read() as made, old.read() as migrated:
        assert schema_of(migrated) == schema_of(made)
    old.close()


def test_a_database_of_version_2_believes_that_feeds_have_shown_what_was_public(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    seen = "2026-11-19T03:00:00.000000Z"
    rows = [
        ("public", "a.md", 1, seen, '{"in_feeds": true}'),
        ("hidden", "b.md", 2, seen, '{"in_feeds": false}'),
        ("draft", "c.md", None, None, '{"in_feeds": true}'),
        ("vanished", None, 3, seen, '{"in_feeds": true}'),
    ]
    make_old(path, v001, v002, rows=rows)
    database = open_database(path)
    with database.read() as connection:
        assert list(load_shown(connection)) == ["public"]
        assert load_revisions(connection, ["public"])["public"].sketch is None
    database.close()


def test_a_database_of_version_3_loses_what_servers_said_of_who_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    make_old(path, v001, v002, v003)
    person = "INSERT INTO subscribers (id, email, email_key, name, language, state, source, created_at, fields)"
    attempt = "INSERT INTO attempts (issue_id, subscriber_id, number, at, server, code, enhanced, reply, state)"
    with closing(sqlite3.connect(path)) as connection:
        for number, state in ((1, "forgotten"), (2, "active")):
            connection.execute(f"{person} VALUES (?, '', ?, '', '', ?, '', '', '{{}}')", (number, number, state))
            connection.execute(f"{attempt} VALUES (7, ?, 1, '', '', 550, '', 'no hanako here', 'failed')", (number,))
        connection.commit()
    database = open_database(path)
    with database.read() as connection:
        assert connection.execute(select(attempts.c.reply)).scalars().all() == ["", "no hanako here"]
    database.close()


def test_opening_again_keeps_everything(tmp_path: Path) -> None:
    path = tmp_path / "データ" / "a b?c#d%20.db"
    for expected in (None, "値 🎉"):
        database = open_database(path)
        with database.write() as connection:
            assert get_fact(connection, "事実") == expected
            set_fact(connection, "事実", "値 🎉")
        database.close()
    assert [entry.name for entry in path.parent.iterdir()] == ["a b?c#d%20.db"]


def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    path = tmp_path / "publisher.db"
    path.touch()
    database = open_database(path)
    assert pragma(database, "user_version") == SCHEMA_VERSION
    database.close()


def test_a_copy_without_wal_gets_it_back(database: Database, tmp_path: Path) -> None:
    with closing(sqlite3.connect(database.path)) as connection:
        connection.execute("VACUUM INTO ?", (str(tmp_path / "copy.db"),))
    with closing(sqlite3.connect(tmp_path / "copy.db")) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    copy = open_database(tmp_path / "copy.db")
    assert pragma(copy, "journal_mode") == "wal"
    copy.close()


# ---------------------------------------------------------------------------------------------------- transactions


def test_a_write_that_fails_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.write() as connection:
            set_fact(connection, "a", "b")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    with database.read() as connection:
        assert get_fact(connection, "a") is None


def test_of_many_transactions_in_a_row_each_is_one(database: Database) -> None:
    def count(name: str) -> str | None:
        with database.read() as connection:
            return get_fact(connection, name)

    with database.keep_writing() as transaction:

        def fail() -> None:
            with transaction() as connection:
                set_fact(connection, "b", "1")
                raise KeyboardInterrupt

        with transaction() as connection:
            set_fact(connection, "a", "1")
            assert count("a") is None
        assert count("a") == "1"
        with pytest.raises(KeyboardInterrupt):
            fail()
        with database.write() as connection:  # the lock was given back
            set_fact(connection, "c", "1")
        with transaction() as connection:
            connection.run("UPDATE facts SET value = ? WHERE name = ?", ("2", "a"))
        assert (count("a"), count("b"), count("c")) == ("2", None, "1")


def test_what_the_driver_says_in_one_of_many_is_explained_too(database: Database) -> None:
    with database.keep_writing() as transaction:
        with transaction() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=10")
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StorageError, match="is locked by another program"), transaction():
                raise AssertionError("it has not begun")
        with transaction() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        with pytest.raises(StorageError, match="the disk is full; nothing was lost"), transaction() as connection:
            connection.run("INSERT INTO facts (name, value) VALUES ('long', zeroblob(1000000))")
        with pytest.raises(sqlite3.IntegrityError), transaction() as connection:
            connection.run("INSERT INTO facts (name, value) VALUES ('a', NULL)")
        with transaction() as connection:
            set_fact(connection, "a", "1")
    with database.read() as connection:
        assert get_fact(connection, "a") == "1"


def test_a_reader_sees_one_moment_while_others_write(database: Database) -> None:
    with database.read() as reading:
        assert get_fact(reading, "a") is None
        with database.write() as writing:
            set_fact(writing, "a", "b")
        assert get_fact(reading, "a") is None
    with database.read() as reading:
        assert get_fact(reading, "a") == "b"


def test_writers_wait_for_each_other_and_lose_nothing(database: Database) -> None:
    def count_up() -> None:
        for _ in range(20):
            with database.write() as connection:
                set_fact(connection, "n", str(int(get_fact(connection, "n") or 0) + 1))

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert get_fact(connection, "n") == "80"


def test_a_broken_promise_of_ours_is_not_explained_away(database: Database) -> None:
    with pytest.raises(sqlite3.IntegrityError), database.write() as connection:
        save_articles(connection, make_article(1, title=None))
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(facts.insert().values(name="a"))


def test_rows_that_point_nowhere_are_refused(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.exec_driver_sql("INSERT INTO issue_articles VALUES (1, 'x', 0, 'full')")


# ---------------------------------------------------------------------------------------------------- two processes

_OPEN_AND_WRITE = """
import sys
from pathlib import Path
from publisher.storage import migrations
from publisher.storage.articles import set_fact
from publisher.storage.database import open_database
from publisher.storage.migrations import v001, v002
import alembic.operations

print("ready", flush=True)
sys.stdin.readline()
database = open_database(Path(sys.argv[1]))
with database.write() as connection:
    set_fact(connection, sys.argv[2], "x")
database.close()
"""


def test_processes_that_open_a_new_database_at_once_all_succeed(tmp_path: Path) -> None:
    path = tmp_path / "publisher.db"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _OPEN_AND_WRITE, str(path), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    results = [process.communicate(timeout=60) for process in processes]
    assert [(process.returncode, error) for process, (_out, error) in zip(processes, results, strict=True)] == [
        (0, "")
    ] * 3
    database = open_database(path)
    with database.read() as connection:
        assert set(connection.execute(select(facts.c.name)).scalars()) == {"0", "1", "2"}
    database.close()


def test_a_migration_that_fails_half_way_leaves_no_half_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "publisher.db"
    make_old(path, v001)
    with closing(sqlite3.connect(path)) as connection:
        before = connection.execute("SELECT sql FROM sqlite_master").fetchall()
    with monkeypatch.context() as patch:
        patch.setattr(v002, "STATEMENTS", (*v002.STATEMENTS, "CREATE TABLE facts (twice INTEGER)"))
        with pytest.raises(StorageError, match="already exists"):
            open_database(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT sql FROM sqlite_master").fetchall() == before
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    open_database(path).close()


# ---------------------------------------------------------------------------------------------------- refused


def refuse(path: Path) -> str:
    with pytest.raises(StorageError) as caught:
        open_database(path)
    assert caught.value.exit_code == 2
    assert str(caught.value).startswith(f"{path}: ")
    return str(caught.value)


def test_a_database_of_a_newer_program_is_refused_and_kept(database: Database) -> None:
    with closing(sqlite3.connect(database.path)) as connection:
        connection.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    database.close()
    before = database.path.read_bytes()
    assert f"newer publisher (schema {SCHEMA_VERSION + 1}, this one knows {SCHEMA_VERSION}); upgrade it" in refuse(
        database.path
    )
    assert database.path.read_bytes() == before


@pytest.mark.parametrize("mark", ["CREATE TABLE notes (text)", "PRAGMA user_version=1", "PRAGMA application_id=7"])
def test_a_database_of_another_program_is_refused_and_not_touched(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "notes.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE first (text)")
        connection.execute(mark)
        connection.commit()
    before = hashlib.sha256(path.read_bytes()).digest()
    assert "is a database of another program" in refuse(path)
    assert hashlib.sha256(path.read_bytes()).digest() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["notes.db"]


def test_a_file_that_is_no_database_is_explained_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "publisher.db"
    path.write_bytes("これはデータベースではない".encode() * 100)
    assert "is damaged or not an SQLite database" in refuse(path)
    assert path.read_bytes().startswith("これは".encode())


def test_a_damaged_database_is_explained_when_it_is_noticed(database: Database) -> None:
    with database.write() as connection:
        save_articles(connection, *(make_article(number, summary="長い" * 500) for number in range(50)))
    database.close()
    raw = bytearray(database.path.read_bytes())
    raw[-4096 * 40 :] = b"\xff" * 4096 * 40  # the schema in front of it is whole
    database.path.write_bytes(raw)
    opened = open_database(database.path)
    with (
        pytest.raises(StorageError, match=r"publisher\.db: is damaged .*restore a backup"),
        opened.read() as connection,
    ):
        load_articles(connection)
    opened.close()


def test_a_database_that_stays_locked_is_explained(database: Database) -> None:
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with database.read() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=10")  # of the one connection in the pool
        with pytest.raises(StorageError, match="is locked by another program"), database.write():
            pass


def test_a_full_disk_is_explained(database: Database) -> None:
    with database.read() as connection:  # the one connection in the pool
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    with pytest.raises(StorageError, match="the disk is full; nothing was lost"), database.write() as connection:
        save_articles(connection, *(make_article(number, summary="長い" * 2000) for number in range(20)))
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM articles").scalar_one() == 0


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    assert "cannot be used: unable to open database file" in refuse(tmp_path)


def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot make the folder of the database"):
        open_database(tmp_path / "file" / "sub" / "publisher.db")
