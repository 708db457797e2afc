"""Rows of feeds that are read as sources, and numbers for what is history."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from publisher.storage import articles
from publisher.storage.database import Database
from publisher.storage.fetches import Fetch, forget_other_fetches, load_fetches, save_fetch
from tests.storage.rows import NOW, make_article, save_articles

FULL = Fetch(
    source="https://shop.example/feed",
    url="https://shop.example/new",
    etag='W/"\xe9"',
    last_modified="Thu, 19 Nov 2026 03:00:00 GMT",
    fetched_at=NOW,
    next_at=NOW + timedelta(hours=1),
    gone=True,
    failures=3,
    problem="is not there (HTTP status 404)",
    note="2 items are in a.md already",
    rules="1|note.example",
)


def test_a_fetch_comes_back_as_it_was(database: Database) -> None:
    bare = Fetch("https://other.example/feed", "https://other.example/feed")
    with database.write() as connection:
        save_fetch(connection, FULL)
        save_fetch(connection, bare)
        assert load_fetches(connection) == {FULL.source: FULL, bare.source: bare}
        changed = replace(FULL, etag=None, gone=False, problem=None, failures=0, next_at=None)
        save_fetch(connection, changed)
        assert load_fetches(connection)[FULL.source] == changed
        assert load_fetches(connection)[bare.source] == bare


def test_those_that_are_not_configured_any_more_are_forgotten(database: Database) -> None:
    with database.write() as connection:
        for name in "abc":
            save_fetch(connection, Fetch(name, name))
        forget_other_fetches(connection, ["b"])
        assert list(load_fetches(connection)) == ["b"]
        forget_other_fetches(connection, [])
        assert load_fetches(connection) == {}


def test_history_has_numbers_below_all_others(database: Database) -> None:
    made = [make_article(number) for number in range(6)]
    ids = [article.id for article in made]
    with database.write() as connection:
        save_articles(connection, *made)
        articles.number_history(connection, ids[:2], NOW)
        articles.number_new(connection, ids[2:3], NOW)
        articles.number_history(connection, ids[2:5], NOW + timedelta(hours=1))  # the first of them has one
        articles.number_new(connection, ids[5:], NOW)
        articles.number_history(connection, [], NOW)
        found = {article.id: article for article in articles.load_articles(connection)}
        assert articles.last_seq(connection) == 2
    seqs = [found[id_].seq for id_ in ids]
    assert seqs == [-2, -1, 1, -4, -3, 2]
    assert found[ids[3]].seen_at == NOW + timedelta(hours=1)
