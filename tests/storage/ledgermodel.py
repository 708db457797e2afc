"""The ledger in plain Python: what the database says, and what becomes of it by each function.

What `docs/delivery.md` says in words. Senders and readers are numbers.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueState

# As plain text: the hash of a member of an Enum is slow, and millions are taken.
QUEUED, DEFERRED = DeliveryState.QUEUED.value, DeliveryState.DEFERRED.value
CLAIMED, SENDING = DeliveryState.CLAIMED.value, DeliveryState.SENDING.value
ACCEPTED, FAILED = DeliveryState.ACCEPTED.value, DeliveryState.FAILED.value
UNCERTAIN, SUPPRESSED = DeliveryState.UNCERTAIN.value, DeliveryState.SUPPRESSED.value
GOING, PAUSED = IssueState.SENDING.value, IssueState.PAUSED.value
CANCELLED, DONE = IssueState.CANCELLED.value, IssueState.DONE.value
WAITING, HELD = {QUEUED, DEFERRED}, {CLAIMED, SENDING}

NOBODY, DEAD = -1, -2  # owners beside 0, 1 …; of crashed senders nothing is known but that they are gone
IN_HAND, STARTED, TAKEN, REFUSED = "in hand", "started", "taken", "refused"  # how far a sender is with a claim


class Row(NamedTuple):
    """One reader's row. `is_over`: its lease has run out."""

    state: str = QUEUED
    owner: int = NOBODY
    epoch: int = 0
    is_over: bool = False


class Book(NamedTuple):
    """What the database says."""

    rows: tuple[Row, ...]
    wants: tuple[bool, ...]
    issue: str = GOING


class Held(NamedTuple):
    """A claim in the memory of a sender."""

    reader: int
    epoch: int
    phase: str = IN_HAND


class Step(NamedTuple):
    """Something that happens, done by `sender`. `claims` are those it is about, `word` an answer, `reader` who."""

    name: str
    sender: int = NOBODY
    claims: tuple[Held, ...] = ()
    word: str = ""
    reader: int = NOBODY
    limit: int = 0


class Ledger(Protocol):
    def apply(self, book: Book, step: Step) -> tuple[Book, int]:
        """The book after `step`, and what the function returned: how many rows it was about, where it says so."""
        ...


class Model:
    """The ledger in plain Python, as docs/delivery.md has it."""

    def apply(self, book: Book, step: Step) -> tuple[Book, int]:
        rows, count = list(book.rows), 0
        if step.name == "claim":
            order = sorted(range(len(rows)), key=lambda one: (one != step.reader, one))
            due = [one for one in order if rows[one].state in WAITING and book.issue == GOING][: step.limit]
            for one in due:
                rows[one] = Row(CLAIMED, step.sender, rows[one].epoch + 1)
            return book._replace(rows=tuple(rows)), len(due)
        for claim in step.claims:
            row, after = rows[claim.reader], _ACT[step.name](book, step, claim)
            if after is not None:
                count += step.name != "start" or after.state == SENDING
                rows[claim.reader] = after
            assert row.epoch == rows[claim.reader].epoch
        for one, row in enumerate(rows if not step.claims else ()):
            after = _SWEEP[step.name](book, step, row) if step.name in _SWEEP else None
            if after is not None:
                count, rows[one] = count + 1, after
        return Book(tuple(rows), book.wants, _next_issue(book, step, count)), count


def _back(book: Book, row: Row) -> Row:
    """Waiting again; in a cancelled issue nothing waits."""
    return Row(SUPPRESSED if book.issue == CANCELLED else QUEUED, NOBODY, row.epoch)


def _is_ours(row: Row, step: Step, claim: Held) -> bool:
    return row.owner == step.sender and row.epoch == claim.epoch


def _start(book: Book, step: Step, claim: Held) -> Row | None:
    row = book.rows[claim.reader]
    if row.state != CLAIMED or not _is_ours(row, step, claim):
        return None
    if not book.wants[claim.reader]:
        return Row(SUPPRESSED, NOBODY, row.epoch)
    return row._replace(state=SENDING, is_over=False) if book.issue == GOING else _back(book, row)


def _settle(book: Book, step: Step, claim: Held) -> Row | None:
    row = book.rows[claim.reader]
    if row.state not in HELD or not _is_ours(row, step, claim):
        return None
    is_stopped = step.word == DEFERRED and book.issue == CANCELLED
    return Row(SUPPRESSED if is_stopped else step.word, NOBODY, row.epoch)


def _give_back(book: Book, step: Step, claim: Held) -> Row | None:
    row = book.rows[claim.reader]
    return _back(book, row) if row.state == CLAIMED and _is_ours(row, step, claim) else None


def _requeue_refused(book: Book, _: Step, claim: Held) -> Row | None:
    row = book.rows[claim.reader]
    return _back(book, row) if row.state in {FAILED, DEFERRED} and row.epoch == claim.epoch else None


def _release_owner(book: Book, step: Step, row: Row) -> Row | None:
    return _back(book, row) if row.state == CLAIMED and row.owner == step.sender else None


def _renew(_: Book, step: Step, row: Row) -> Row | None:
    return row._replace(is_over=False) if row.state == CLAIMED and row.owner == step.sender else None


def _recover(book: Book, _: Step, row: Row) -> Row | None:
    if row.state not in HELD or not (row.is_over or row.owner == DEAD):
        return None
    return _back(book, row) if row.state == CLAIMED else Row(UNCERTAIN, NOBODY, row.epoch)


def _retry(book: Book, _: Step, row: Row) -> Row | None:
    may = row.state in {FAILED, DEFERRED} and book.issue != CANCELLED
    return Row(QUEUED, NOBODY, row.epoch) if may else None


def _cancel(_: Book, _step: Step, row: Row) -> Row | None:
    return Row(SUPPRESSED, NOBODY, row.epoch) if row.state in {QUEUED, DEFERRED, CLAIMED} else None


def _next_issue(book: Book, step: Step, count: int) -> str:
    if step.name == "finish":
        is_open = any(row.state in WAITING | HELD for row in book.rows)
        return DONE if book.issue == GOING and not is_open else book.issue
    if step.name == "retry" and book.issue == DONE:
        return GOING if count else DONE
    if step.name == "reopen":
        return GOING if any(row.state in WAITING for row in book.rows) else DONE
    if step.name == "requeue refused" and book.issue == GOING:
        return PAUSED
    return {"pause": PAUSED, "resume": GOING, "cancel": CANCELLED}.get(step.name, book.issue)


_ACT = {
    "start": _start,
    "settle": _settle,
    "release": _give_back,
    "postpone": _give_back,
    "requeue refused": _requeue_refused,
}
_SWEEP = {
    "release owner": _release_owner,
    "renew": _renew,
    "recover": _recover,
    "retry": _retry,
    "cancel": _cancel,
}
