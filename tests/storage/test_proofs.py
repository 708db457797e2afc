"""Proofs of work: each once, for as long as it could be used, and no more rows than that takes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from publisher.storage.database import Database, open_database
from publisher.storage.proofs import take_proof
from publisher.storage.schema import used_proofs
from tests.storage.rows import NOW

LATER = NOW + timedelta(minutes=20)


def count(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(used_proofs)).scalar_one()


def take(database: Database, challenge: str, minutes: int = 0, most: int = 3) -> bool:
    now = NOW + timedelta(minutes=minutes)
    with database.write() as connection:
        return take_proof(connection, challenge, LATER + timedelta(minutes=minutes), now, most)


def test_each_once_and_within_bounds(database: Database) -> None:
    assert [take(database, challenge) for challenge in "aba"] == [True, True, False]
    assert [take(database, challenge) for challenge in "cde"] == [True, True, True]
    assert count(database) == 3
    assert [take(database, challenge) for challenge in "cde"] == [False, False, False], "the newest are known"


def test_those_that_ended_are_forgotten(database: Database) -> None:
    assert all(take(database, str(minute), minute, most=100) for minute in range(0, 60, 5))
    assert count(database) == 4


def test_a_second_server_and_one_that_was_started_again_know_them(database: Database, tmp_path: Path) -> None:
    assert take(database, "a")
    second = open_database(tmp_path / "publisher.db")
    assert not take(second, "a")
    assert take(second, "b")
    second.close()
    assert not take(database, "b")
