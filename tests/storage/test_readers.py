"""Rows of readers: the larger number stays, old days go."""

from __future__ import annotations

from datetime import date, timedelta

from publisher.storage.database import Database
from publisher.storage.readers import ALL_CLIENTS, KEPT, ReaderCount, load_counts, save_counts

TODAY = date(2026, 11, 19)


def save(database: Database, *counts: ReaderCount, today: date = TODAY) -> None:
    with database.write() as connection:
        save_counts(connection, counts, today)


def load(database: Database, since: date = date.min, until: date = date.max) -> list[ReaderCount]:
    with database.read() as connection:
        return load_counts(connection, since, until)


def test_what_is_saved_comes_back_by_day(database: Database) -> None:
    counts = [
        ReaderCount(TODAY - timedelta(days=1), "tags/麹/rss.xml", "Feedly", 3),
        ReaderCount(TODAY, "rss.xml", ALL_CLIENTS, 2),
        ReaderCount(TODAY, "rss.xml", "Feedly", 120),
    ]
    save(database, *reversed(counts))
    assert load(database) == counts
    assert load(database, TODAY, TODAY) == counts[1:]


def test_a_smaller_number_of_the_same_day_changes_nothing(database: Database) -> None:
    for number in (5, 3, 9, 1):
        save(database, ReaderCount(TODAY, "rss.xml", ALL_CLIENTS, number))
    assert load(database) == [ReaderCount(TODAY, "rss.xml", ALL_CLIENTS, 9)]


def test_days_are_kept_for_more_than_a_year(database: Database) -> None:
    oldest = ReaderCount(TODAY - KEPT, "rss.xml", ALL_CLIENTS, 1)
    save(database, oldest, today=TODAY - KEPT)
    save(database)
    assert load(database) == [oldest]
    save(database, today=TODAY + timedelta(days=1))
    assert load(database) == []
