"""What the sender's work on one message costs, step by step, with nothing sent: CPU of one thread.

    python benchmarks/ledger.py [--messages 10000] [--group 25]

A group is what one transaction settles and starts: about half as many as there are connections. Beside our functions
stand the same statements with values that are ready, given to SQLite by its driver alone.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from smtp import open_site, prepare

from publisher.app.context import Context
from publisher.app.letters import Compiler
from publisher.model.delivery import DeliveryState
from publisher.storage import deliveries
from publisher.storage.deliveries import Claim, Settlement, Start

_Item = TypeVar("_Item")

BATCH = 500
LEASE = timedelta(minutes=25)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the steps of a message that is not sent.")
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--group", type=int, default=25)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="publisher-benchmark-") as temporary:
        folder = Path(temporary)
        prepare(folder, arguments.messages, dkim=False)
        print(f"{arguments.messages:,} messages, groups of {arguments.group}\n{'':34}{'CPU us each':>12}")
        with open_site(folder, 1, 1, dkim=False) as context:
            measure_ours(context, arguments.messages, arguments.group)
        for name in ("publisher.db", "publisher.db-wal", "publisher.db-shm"):
            (folder / name).unlink(missing_ok=True)
        (folder / "fresh.db").rename(folder / "publisher.db")
        measure_sqlite(folder / "publisher.db", arguments.messages, arguments.group)


def measure_ours(context: Context, count: int, group: int) -> None:
    now = context.clock()
    claims: list[Claim] = []
    compiler = Compiler(context)
    with context.database.keep_writing() as transaction:
        with timed("publisher: claim", count):
            while len(claims) < count:
                with transaction() as connection:
                    claims += deliveries.claim(connection, 1, "me:1:2", BATCH, now=now, lease_until=now + LEASE)
        compiler.prepare([claims[0].delivery], now)
        with timed("publisher: write the message", count):
            starts = [write_start(compiler, claim, now) for claim in claims]
        with timed("publisher: start", count):
            for part in cut(starts, group):
                with transaction() as connection:
                    assert deliveries.start_all(connection, part, now + LEASE, {1}) == len(part)
        answers = [
            Settlement(claim, DeliveryState.ACCEPTED, now, 250, "2.0.0 taken", None, "127.0.0.1:25", "2.0.0")
            for claim in claims
        ]
        with timed("publisher: settle", count):
            for some in cut(answers, group):
                with transaction() as connection:
                    assert deliveries.settle_all(connection, some) == len(some)


def write_start(compiler: Compiler, claim: Claim, now: datetime) -> Start:
    """Not the content: it would be kept until all have been written."""
    letter = compiler(claim.delivery, now)
    return Start(claim, letter.message_id, letter.date)


def measure_sqlite(path: Path, count: int, group: int) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    moment, later = "2026-01-01T00:00:00.000000Z", "2099-01-01T00:00:00.000000Z"
    readers: list[int] = []
    with timed("SQLite alone: claim", count):
        while len(readers) < count:
            values = ("me:1:2", later, 1, later, BATCH)
            readers += [row[0] for row in write(connection, [(deliveries._CLAIM, values)])]  # noqa: SLF001 - the same statement
    fences = [(1, reader, "me:1:2", 1) for reader in readers]
    starts = [(*fence, "weekly", f"{fence[1]:032x}@example.com", moment) for fence in fences]
    ends = [(*fence, "accepted", moment, None, 250, "2.0.0 taken", "127.0.0.1:25", "2.0.0") for fence in fences]
    texts = [[json.dumps(part) for part in cut(rows, group)] for rows in (starts, ends)]
    with timed("SQLite alone: start", count):
        for text in texts[0]:
            write(connection, [(deliveries._START, (later, text))])  # noqa: SLF001 - as above
    with timed("SQLite alone: settle", count):
        for text in texts[1]:
            write(connection, [(deliveries._SETTLE, (text,)), (deliveries._APPEND, (text,))])  # noqa: SLF001 - as above
    connection.close()


def write(connection: sqlite3.Connection, statements: Sequence[tuple[str, tuple[object, ...]]]) -> list[tuple[int]]:
    connection.execute("BEGIN IMMEDIATE")
    rows = [row for statement, values in statements for row in connection.execute(statement, values)]
    connection.execute("COMMIT")
    return rows


def cut(items: Sequence[_Item], size: int) -> Iterator[Sequence[_Item]]:
    return (items[first : first + size] for first in range(0, len(items), size))


@contextmanager
def timed(what: str, count: int) -> Iterator[None]:
    began = time.thread_time()
    yield
    print(f"{what:34}{(time.thread_time() - began) / count * 1e6:>12.1f}", flush=True)


if __name__ == "__main__":
    main()
