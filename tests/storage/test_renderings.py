"""Entries that are kept: found again by article and format, replaced by key, forgotten when nobody shows them."""

from __future__ import annotations

from publisher.storage.database import Database
from publisher.storage.renderings import (
    Rendering,
    forget_renderings,
    load_keys,
    load_renderings,
    save_renderings,
)

FORMATS = ("rss", "atom")


def make(number: int, key: str = "k", **changes: bytes) -> list[Rendering]:
    content = changes.get("content", f"<item>{number} 🎉</item>".encode())
    return [Rendering(f"tag:note.example,2026:{number}", name, key, content) for name in FORMATS]


def save(database: Database, *made: Rendering) -> None:
    with database.write() as connection:
        save_renderings(connection, made)


def load(database: Database, *numbers: int) -> list[Rendering]:
    with database.read() as connection:
        return load_renderings(connection, [f"tag:note.example,2026:{number}" for number in numbers])


def in_order(made: list[Rendering]) -> list[Rendering]:
    return sorted(made, key=lambda item: (item.article_id, item.format))


def test_what_was_saved_is_loaded_and_nothing_else(database: Database) -> None:
    first, second = make(1), make(2, content=b"\x00\xff" * 5_000)
    save(database, *first, *second)
    assert in_order(load(database, 1, 2, 3)) == in_order([*first, *second])
    assert in_order(load(database, 2)) == in_order(second)
    assert load(database) == []


def test_an_entry_that_is_saved_again_replaces_the_old_one(database: Database) -> None:
    save(database, *make(1, "old"))
    newer = make(1, "new", content=b"<item/>")
    save(database, newer[0])
    assert in_order(load(database, 1)) == in_order([newer[0], make(1, "old")[1]])
    save(database)
    assert len(load(database, 1)) == 2


def test_keys_come_by_article_and_format(database: Database) -> None:
    save(database, *make(1, "a"), *make(2, "b"))
    with database.read() as connection:
        found = load_keys(connection, ["tag:note.example,2026:2", "tag:note.example,2026:9"])
    assert found == {("tag:note.example,2026:2", name): "b" for name in FORMATS}


def test_more_articles_than_a_statement_has_variables_are_found(database: Database) -> None:
    save(database, *(item for number in range(1_200) for item in make(number)))
    ids = [f"tag:note.example,2026:{number}" for number in range(1_200)]
    with database.read() as connection:
        assert len(load_keys(connection, ids)) == len(load_renderings(connection, ids)) == 2_400


def test_only_what_is_shown_in_a_format_that_is_written_is_kept(database: Database) -> None:
    save(database, *make(1), *make(2), *make(3))
    shown = {(f"tag:note.example,2026:{number}", name) for number in (1, 3) for name in ("atom", "json", "rss-summary")}
    with database.write() as connection:
        forget_renderings(connection, shown)
    assert [(item.article_id[-1], item.format) for item in in_order(load(database, 1, 2, 3))] == [
        ("1", "atom"),
        ("3", "atom"),
    ]
    with database.write() as connection:
        forget_renderings(connection, set())
    assert load(database, 1, 2, 3) == []
