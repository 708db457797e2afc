"""Many rows at once are the rows that SQLAlchemy would have written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import IntegrityError

from publisher.storage.bulk import among, execute_rows
from publisher.storage.database import Database
from publisher.storage.schema import articles, files

MOMENT = datetime(2026, 11, 19, 8, 30, tzinfo=UTC)
NAMES = ("source", "path", "size", "mtime_ns", "problem")  # not as the table has them


def rows(*paths: str) -> list[tuple[str, str, int, int, dict[str, str] | None]]:
    return [("blog", path, 10, number, {"file": path} if number % 2 else None) for number, path in enumerate(paths)]


def test_rows_are_those_of_sqlalchemy(database: Database) -> None:
    found = []
    for write_rows in (True, False):
        with database.write() as connection:
            if write_rows:
                execute_rows(connection, insert(files), NAMES, rows("a.md", "b.md", "日本.md"))
            else:
                mappings = [dict(zip(NAMES, row, strict=True)) for row in rows("a.md", "b.md", "日本.md")]
                connection.execute(insert(files), mappings)
            found.append(connection.execute(select(files).order_by(files.c.path)).all())
            connection.execute(files.delete())
    assert found[0] == found[1]
    assert len(found[0]) == 3


def test_values_and_conditions_of_an_update_come_from_the_rows(database: Database) -> None:
    with database.write() as connection:
        execute_rows(connection, insert(files), NAMES, rows("a.md", "b.md"))
        statement = update(files).where(files.c.path == bindparam("the_path")).values(size=bindparam("the_size"))
        execute_rows(connection, statement, ("the_size", "the_path"), [(1, "b.md"), (2, "a.md")])
        assert dict(connection.execute(select(files.c.path, files.c.size)).all()) == {"a.md": 2, "b.md": 1}


def test_no_rows_are_no_statement(database: Database) -> None:
    with database.write() as connection:
        execute_rows(connection, insert(files), NAMES, [])
        assert not connection.execute(select(files)).all()


def test_types_write_values_as_they_do_elsewhere(database: Database) -> None:
    values = {"id": "a", "sha256": "", "title": "", "published": MOMENT, "data": {}, "markdown": ""}
    with database.write() as connection:
        execute_rows(connection, insert(articles), tuple(values), [tuple(values.values())])
        assert connection.execute(select(articles.c.published)).scalar_one() == MOMENT
        with pytest.raises(IntegrityError):
            execute_rows(connection, insert(articles), tuple(values), [tuple(values.values())])


def test_among_finds_many_by_one_parameter(database: Database) -> None:
    with database.write() as connection:
        execute_rows(connection, insert(files), NAMES, rows("a.md", "b'.md", '"日本".md'))
        query = select(files.c.path).where(among(files.c.path, ['"日本".md', "b'.md", "c.md"]))
        assert sorted(connection.execute(query).scalars()) == ['"日本".md', "b'.md"]
        assert not connection.execute(select(files.c.path).where(among(files.c.path, []))).all()
        statement = select(files.c.path).where(among(files.c.path, ["a.md"]))
        assert any(
            "INDEX" in str(row) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", ("[]",))
        )
