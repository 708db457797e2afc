"""Text and statements of SQLAlchemy's on one connection: in one transaction, and with one kind of error."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from publisher.errors import StorageError
from publisher.storage.connection import StatementFailed
from publisher.storage.database import Connection, Database
from publisher.storage.schema import facts

ADD = "INSERT INTO facts (name, value) VALUES (?, ?)"


def names(database: Database) -> list[str]:
    with database.read() as connection:
        return [name for (name,) in connection.fetch("SELECT name FROM facts ORDER BY name")]


def test_both_ways_are_one_transaction(database: Database) -> None:
    with database.write() as connection:
        connection.run(ADD, ("a", "1"))
        connection.execute(facts.insert().values(name="b", value="2"))  # SQLAlchemy comes in the middle of it
        assert connection.execute(select(facts.c.name).order_by(facts.c.name)).scalars().all() == ["a", "b"]
        assert connection.driver.in_transaction
    assert names(database) == ["a", "b"]


@pytest.mark.parametrize("fault", [KeyboardInterrupt, ValueError])
def test_both_are_taken_back(database: Database, fault: type[BaseException]) -> None:
    def write_and_fail(connection: Connection) -> None:
        connection.execute(facts.insert().values(name="b", value="2"))
        connection.run(ADD, ("a", "1"))
        raise fault

    for _ in range(2):  # the second time on a connection that SQLAlchemy knows
        with pytest.raises(fault), database.write() as connection:
            write_and_fail(connection)
        assert names(database) == []


def test_what_a_block_has_left_open_is_ended_with_it(database: Database) -> None:
    with database.write() as connection:
        connection.run_many(ADD, ((str(number), "") for number in range(100)))
    with database.read() as connection:
        rows = connection.execute(select(facts.c.name))
        assert rows.fetchone() is not None  # and 99 are not asked for
    with database.write() as connection:
        connection.run("DELETE FROM facts")
    assert names(database) == []


def test_many_rows_come_by_pages(database: Database) -> None:
    with database.write() as connection:
        assert connection.run_many(ADD, ((f"{number:02}", "") for number in range(7))) == 7
        pages = list(connection.fetch_pages("SELECT name FROM facts WHERE name > ? ORDER BY name", ["00"], 4))
    assert pages == [[("01",), ("02",), ("03",), ("04",)], [("05",), ("06",)]]


def test_a_fault_of_text_is_explained_and_known_from_one_of_another_database(database: Database) -> None:
    for fail in (
        lambda one: one.run("nonsense"),
        lambda one: one.run_many("nonsense", [()]),
        lambda one: one.fetch("nonsense"),
        lambda one: list(one.fetch_pages("nonsense", (), 1)),
        lambda one: one.exec_driver_sql("nonsense"),
    ):
        with pytest.raises(StorageError, match=r"cannot be used.*nonsense"), database.read() as connection:
            fail(connection)
    with pytest.raises(sqlite3.OperationalError), database.read():
        sqlite3.connect(":memory:").execute("nonsense")
    with pytest.raises(StatementFailed, match="nonsense"):
        Connection(sqlite3.connect(":memory:")).run("nonsense")


def test_each_thread_has_a_connection_of_its_own(database: Database) -> None:
    """More at once than are kept; each sees what was there as it began, though the others write."""
    together = threading.Barrier(12)

    def read(_number: int) -> tuple[int, list[str]]:
        with database.read() as connection:
            seen = connection.execute(select(facts.c.name)).scalars().all()
            together.wait(30)
            return id(connection.driver), list(seen)

    with ThreadPoolExecutor(12) as threads:
        found = list(threads.map(read, range(12)))
    assert len({driver for driver, _ in found}) == 12
    assert all(seen == [] for _, seen in found)
    with database.write() as connection:
        connection.run(ADD, ("a", "1"))
    assert names(database) == ["a"]


def test_a_database_that_is_closed_keeps_no_file_open(database: Database) -> None:
    with database.read() as connection:
        connection.execute(select(facts.c.name))
        database.close()
        assert connection.fetch("SELECT count(*) FROM facts") == [(0,)]  # who has it, may end what they do
    with pytest.raises(sqlite3.ProgrammingError):
        connection.driver.execute("SELECT 1")
