"""The hot queries read an index of what is open, never the millions of rows that are settled.

A wrong plan is right and slow: without these tests it would be noticed with the first big mailing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from publisher.model.delivery import DeliveryState
from publisher.storage import deliveries, issues, subscribers
from publisher.storage.database import Connection, Database
from publisher.storage.deliveries import Claim, Settlement
from tests.storage.hooks import statements_of
from tests.storage.rows import LEASE, NOW, claim, freeze, start

WAITING = "SEARCH deliveries USING INDEX deliveries_waiting (issue_id=?"
HELD = "SCAN deliveries USING INDEX deliveries_held"
HELD_BY_OWNER = "SEARCH deliveries USING INDEX deliveries_held (owner=?"
ONE_ROW = "SEARCH deliveries USING PRIMARY KEY (issue_id=? AND subscriber_id=?)"


@contextmanager
def plans_of(connection: Connection) -> Iterator[list[str]]:
    """How SQLite runs what is executed in the block: one line for each table it looks at."""
    found: list[str] = []

    def explain(statement: str, values: Any) -> str:
        found.extend(row[3] for row in connection.driver.execute("EXPLAIN QUERY PLAN " + statement, values))
        return statement

    with statements_of(connection, explain):
        yield found


def about_deliveries(plan: list[str]) -> set[str]:
    return {line for line in plan if " deliveries" in line}


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    """A mailing of 40, of which 20 wait; without statistics, as nobody runs ANALYZE on our databases."""
    with database.write() as opened:
        issue_id = freeze(opened, 40)
        opened.exec_driver_sql("UPDATE deliveries SET state = 'accepted' WHERE subscriber_id > 20")
        assert issue_id == 1
        yield opened


def take(connection: Connection) -> Claim:
    return claim(connection, 1, limit=1)[0]


def settle(connection: Connection, item: Claim) -> None:
    deliveries.settle(connection, Settlement(item, DeliveryState.DEFERRED, NOW, due_at=NOW))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (lambda connection, _item: claim(connection, 1), {ONE_ROW, WAITING}),
        (lambda connection, _item: deliveries.count_due(connection, [1, 2], NOW), {WAITING}),
        (lambda connection, _item: deliveries.next_due(connection), {WAITING}),
        (lambda connection, _item: issues.finish_settled(connection), {WAITING, HELD}),
        (lambda connection, _item: deliveries.owners(connection), {HELD}),
        (lambda connection, _item: deliveries.recover(connection, ["a"], now=NOW, repeatable=False), {HELD}),
        (lambda connection, _item: deliveries.recover(connection, ["a", "b"], now=NOW, repeatable=True), {HELD}),
        (lambda connection, _item: deliveries.recover(connection, [], now=NOW, repeatable=True), {HELD}),
        (start, {ONE_ROW}),
        (settle, {ONE_ROW}),
        (lambda connection, item: deliveries.release(connection, [item]), {ONE_ROW}),
        (lambda connection, _item: deliveries.release_owner(connection, "a"), {HELD_BY_OWNER}),
        (lambda connection, _item: deliveries.renew(connection, "a", NOW), {HELD_BY_OWNER}),
        (lambda connection, item: deliveries.requeue_refused(connection, [item], NOW), {ONE_ROW}),
    ],
    ids=[
        "claim",
        "count_due",
        "next_due",
        "finish_settled",
        "owners",
        "recover one",
        "recover two",
        "recover none",
        "start",
        "settle",
        "release",
        "release_owner",
        "renew",
        "requeue_refused",
    ],
)
def test_open_rows_are_found_without_the_settled_ones(
    connection: Connection, query: Callable[[Connection, Claim], object], expected: set[str]
) -> None:
    item = take(connection)
    with plans_of(connection) as plan:
        query(connection, item)
    found = about_deliveries(plan)
    assert found
    for line in found:
        assert any(line.startswith(wanted) for wanted in expected), plan
    for wanted in expected:
        assert any(line.startswith(wanted) for line in found), plan
    assert not any("SCAN issues" in line or "SCAN subscribers" in line for line in plan)


def test_the_due_moment_is_part_of_the_search(connection: Connection) -> None:
    with plans_of(connection) as plan:
        deliveries.claim(connection, 1, "a", 50, now=NOW, lease_until=NOW + LEASE)
    assert "SEARCH deliveries USING INDEX deliveries_waiting (issue_id=? AND due_at<?)" in plan
    assert not any("TEMP B-TREE" in line for line in plan)  # the index has the order too


def test_the_claim_still_finds_what_became_due_long_ago(connection: Connection) -> None:
    assert len(claim(connection, 1, now=NOW + timedelta(days=400))) == 20


def test_a_page_of_readers_is_read_by_id(connection: Connection) -> None:
    with plans_of(connection) as plan:
        next(subscribers.iterate(connection, "weekly"))
    assert "SEARCH subscribers USING INTEGER PRIMARY KEY (rowid>?)" in plan
    assert not any(line.startswith(("SCAN", "LIST SUBQUERY")) for line in plan)


def test_receivers_are_counted_by_newsletter(connection: Connection) -> None:
    with plans_of(connection) as plan:
        subscribers.count_receivers(connection, "weekly")
    assert not any("SCAN" in line for line in plan)
