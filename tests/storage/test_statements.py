"""Statements as text do what they say."""

from __future__ import annotations

from publisher.storage.database import Database
from publisher.storage.statements import AMONG, insert, list_of, select, upsert


def test_a_row_that_is_there_is_changed_in_its_other_columns_or_in_those_named(database: Database) -> None:
    columns = ["path", "size", "mtime_ns", "source"]
    with database.write() as connection:
        connection.run(insert("files", columns), ("a.md", 1, 1, "blog"))
        connection.run(upsert("files", columns, ["path"]), ("a.md", 2, 2, "news"))
        assert connection.fetch(select("files", columns)) == [("a.md", 2, 2, "news")]
        connection.run(upsert("files", columns, ["path"], ["size"]), ("a.md", 3, 3, ""))
        connection.run(upsert("files", columns, ["path"], ["size"]), ("b.md", 4, 4, ""))
        assert connection.fetch(select("files", columns, "ORDER BY path")) == [
            ("a.md", 3, 2, "news"),
            ("b.md", 4, 4, ""),
        ]


def test_many_are_found_by_one_parameter_and_by_the_index(database: Database) -> None:
    names = ['"日本".md', "b'.md", "c\\.md", "😀.md"]
    query = select("files", ["path"], f"WHERE path {AMONG}")
    with database.write() as connection:
        connection.run_many(insert("files", ["path", "size", "mtime_ns"]), ((name, 1, 1) for name in [*names, "d.md"]))
        assert sorted(path for (path,) in connection.fetch(query, [list_of([*names, "e.md"])])) == sorted(names)
        assert connection.fetch(query, [list_of([])]) == []
        plan = connection.fetch(f"EXPLAIN QUERY PLAN {query}", [list_of(names)])
    assert any("SEARCH files USING" in row[3] for row in plan)
