from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from publisher.storage.database import Database
from publisher.storage.faults import FeedFault, load_faults, replace_faults
from publisher.storage.peek import peek_faults
from tests.storage.rows import NOW

LATER = NOW + timedelta(hours=1)


def test_what_fails_again_keeps_its_first_moment_and_gets_its_newest_reason(database: Database) -> None:
    with database.write() as connection:
        replace_faults(connection, {"rss.xml": "甲", "tags/猫/atom.xml": "乙"}, NOW)
        replace_faults(connection, {"tags/猫/atom.xml": "丙", "feed.json": "丁"}, LATER)
        assert load_faults(connection) == [
            FeedFault("feed.json", "丁", LATER),
            FeedFault("tags/猫/atom.xml", "丙", NOW),
        ]


def test_nothing_is_left_when_nothing_fails(database: Database) -> None:
    with database.write() as connection:
        replace_faults(connection, {"rss.xml": "甲"}, NOW)
        replace_faults(connection, {}, LATER)
        assert load_faults(connection) == []


def test_they_can_be_read_without_opening_the_database(database: Database, tmp_path: Path) -> None:
    with database.write() as connection:
        replace_faults(connection, {"b.xml": "甲", "a.xml": "乙"}, NOW)
    assert peek_faults(database.path) == [FeedFault("a.xml", "乙", NOW), FeedFault("b.xml", "甲", NOW)]
    database.close()
    beside = {path.name for path in tmp_path.iterdir()}
    assert len(peek_faults(database.path)) == 2
    assert {path.name for path in tmp_path.iterdir()} == beside


def test_no_database_and_an_older_one_know_of_none(tmp_path: Path) -> None:
    path = tmp_path / "publisher.db"
    assert peek_faults(path) == []
    assert not path.exists()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE facts (name, value)")
    assert peek_faults(path) == []
