"""Ids of a former feed that wait for their articles."""

from __future__ import annotations

from dataclasses import replace

from publisher.storage.database import Database
from publisher.storage.imported import Imported, forget_imported, load_imported, save_imported
from tests.storage.rows import NOW

ONE = Imported("5f2a", "https://note.example/a", "甲 🎉", NOW)
TWO = Imported("2020", "", "")


def test_ids_wait_in_the_order_in_which_they_came(database: Database) -> None:
    with database.write() as connection:
        save_imported(connection, [])
        save_imported(connection, [ONE, TWO])
        assert load_imported(connection) == [ONE, TWO]


def test_what_is_known_of_an_id_is_what_was_said_last(database: Database) -> None:
    moved = replace(ONE, url="https://note.example/b", published=None)
    with database.write() as connection:
        save_imported(connection, [ONE, TWO])
        save_imported(connection, [moved])
        assert load_imported(connection) == [moved, TWO]


def test_an_id_that_was_given_waits_no_more(database: Database) -> None:
    with database.write() as connection:
        save_imported(connection, [ONE, TWO])
        forget_imported(connection, [])
        forget_imported(connection, [ONE.id, "none"])
        assert load_imported(connection) == [TWO]
