"""What the ledger writer does when the database is not to be had; the rest is seen through the sender."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest

from publisher.delivery.ledgerwriter import Entry, LedgerWriter
from publisher.errors import StorageBusy
from publisher.model.delivery import DeliveryState
from publisher.storage.database import Connection, Database, open_database
from publisher.storage.deliveries import Settlement, Start
from tests.storage.rows import LEASE, NOW, claim, freeze

READERS = 3


class CountingDatabase:
    """The same file, kept open for writing by somebody who counts how often that was in vain, and tells."""

    def __init__(self, database: Database, refused: Callable[[int], None]) -> None:
        self._database = database
        self._refused = refused

    @contextmanager
    def keep_writing(self) -> Iterator[Callable[[], AbstractContextManager[Connection]]]:
        in_vain = 0
        with self._database.keep_writing() as original:

            @contextmanager
            def transaction() -> Iterator[Connection]:
                nonlocal in_vain
                try:
                    with original() as connection:
                        connection.exec_driver_sql("PRAGMA busy_timeout=1")
                        yield connection
                except StorageBusy:
                    in_vain += 1
                    self._refused(in_vain)
                    raise

            yield transaction


@pytest.mark.parametrize(("tries", "state"), [(2, "accepted"), (8, "accepted"), (1000, "sending")])
def test_an_answer_that_was_read_is_written_as_soon_as_the_database_is_free(
    tries: int, state: str, tmp_path: Path
) -> None:
    written: list[Settlement] = []
    told = Event()
    with closing(open_database(tmp_path / "publisher.db")) as database:
        with database.write() as connection:
            freeze(connection, READERS)
            claims = claim(connection, 1, limit=READERS)
        with closing(sqlite3.connect(database.path, isolation_level=None, check_same_thread=False)) as other:

            def refused(times: int) -> None:
                if times == tries:
                    other.execute("ROLLBACK")

            def send_all() -> None:
                counting = CountingDatabase(database, refused)
                with LedgerWriter(counting, written.append, lambda: datetime.now(UTC) + LEASE) as writer:  # type: ignore[arg-type] # all that it uses
                    started = Event()
                    writer.put([Entry(None, Start(one, "m@example.com", NOW)) for one in claims[1:]])
                    writer.put([Entry(None, Start(claims[0], "m@example.com", NOW), lambda _: started.set())])
                    started.wait()
                    other.execute("BEGIN IMMEDIATE")
                    answers = [Settlement(one, DeliveryState.ACCEPTED, NOW, 250, "2.0.0 taken") for one in claims]
                    writer.put([Entry(one, None, lambda _: told.set()) for one in answers])
                    told.wait()

            if state == "accepted":
                send_all()
            else:
                with pytest.raises(StorageBusy, match="is locked by another program"):
                    send_all()
                other.execute("ROLLBACK")
        with database.read() as connection:
            states = set(connection.exec_driver_sql("SELECT state FROM deliveries").scalars())
    assert states == {state}
    assert len(written) == (READERS if state == "accepted" else 0)
