"""The ledger, searched through: everything that two senders, two readers, a relay, crashes, leases that run out, people
who leave and an issue that is stopped can do in any order, without an end to how often.

Each answer of the model is compared with that of the real statements: so the rules are right, and the statements follow
them. Then the statements are the ledger, with one of their conditions left out: that must come to grief, or the search
could not tell right from wrong.
"""

from __future__ import annotations

import pytest

from publisher.storage.database import Database
from tests.storage.ledgermachine import Size
from tests.storage.ledgermodel import Book, Model, Step
from tests.storage.ledgersearch import search
from tests.storage.sqlledger import SqlLedger, open_ledger

TWO_OF_EACH = Size(senders=2, readers=2, has_pauses=False)
PAUSED = Size(senders=2, readers=1)
ONE_PROCESS = Size(senders=1, readers=1, claims=2, connections=2)  # many connections under one name
REMEMBERING = Size(senders=2, readers=1, claims=2, connections=2)
BREAKER = Size(senders=2, readers=1, has_breaker=True)


class Compared:
    """A ledger whose every answer is that of the model and of the real statements."""

    def __init__(self, real: SqlLedger) -> None:
        self.real = real
        self.model = Model()

    def apply(self, book: Book, step: Step) -> tuple[Book, int]:
        expected, found = self.model.apply(book, step), self.real.apply(book, step)
        # What a function does not count it does not return.
        assert found[0] == expected[0], f"{step}\nbefore {book}\nmodel  {expected[0]}\nrows   {found[0]}"
        assert found[1] == expected[1] or step.name in {"release", "postpone"}, step
        return expected


SIZES = [
    (TWO_OF_EACH, 5000),
    (REMEMBERING, 500),
    (ONE_PROCESS, 100),
    (PAUSED, 100),
    (BREAKER, 200),
]


@pytest.mark.parametrize(
    ("size", "states"), SIZES, ids=["two of each", "remembering", "one process", "paused", "breaker"]
)
def test_nobody_twice_and_nobody_lost_whatever_happens_in_whatever_order(
    database: Database, size: Size, states: int
) -> None:
    with open_ledger(database, size.readers) as real:
        found = search(Compared(real), size)
    assert not found.trouble, found.trail
    assert found.states > states, "a search that sees little proves little"


# Of the owner, the epoch and the state that a statement compares two would often do; all together are needed, and those
# named alone are needed by themselves.
# A `renew` without them harms nobody: others wait longer for what a sender has left behind.
MUTANTS = [
    ("claim", "everything", PAUSED),
    ("start", "everything", PAUSED),
    ("start", "epoch", ONE_PROCESS),
    ("settle", "everything", PAUSED),
    ("settle", "epoch", ONE_PROCESS),
    ("release", "everything", PAUSED),
    ("postpone", "everything", PAUSED),
    ("release owner", "everything", PAUSED),
    ("release owner", "state", ONE_PROCESS),
    ("recover", "everything", PAUSED),
    ("recover", "state", PAUSED),
    ("recover", "owner", PAUSED),
    ("requeue refused", "everything", BREAKER),
    ("requeue refused", "epoch", BREAKER),
    ("retry", "everything", PAUSED),
    ("cancel", "everything", PAUSED),
]


@pytest.mark.parametrize(("step", "guard", "size"), MUTANTS, ids=[f"{step}-{guard}" for step, guard, _ in MUTANTS])
def test_a_statement_without_its_condition_is_found_out(database: Database, step: str, guard: str, size: Size) -> None:
    with open_ledger(database, size.readers, without=step, guard=guard) as mutant:
        found = search(mutant, size)
        assert mutant.left_out, "there was nothing to leave out"
    assert found.trouble not in {"", "no way to the end"}
    assert found.trail[-1].name
