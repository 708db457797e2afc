"""What a restored database learns from the one that it replaces: who said no since the backup, and what went out.

A backup knows nothing of the time after it. Whoever left then would get mail again, and whoever was mailed then might
be mailed twice. So every no is taken over, whoever said it; a yes only where it is wanted, and only of who has pressed
the button themselves: a list that was imported by mistake may be what the backup is put back for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from publisher.app.backups import temporary_beside
from publisher.app.context import Context
from publisher.app.standing import Step, find_barred, take_step
from publisher.app.suppressing import find_suppression, suppress
from publisher.model.consent import Circumstances, ConsentEvent
from publisher.model.issue import IssueState
from publisher.storage import articles, consents, deliveries, issues, persons, subscribers, takeover
from publisher.storage.database import Connection

# Nobody knows how many joined or asked since; a million in that time is beyond every list that this is made for.
_GAPS = {"subscribers": 1_000_000, "requests": 1_000_000, "notices": 1_000_000, "issues": 1_000}
_BATCH = 100


class Take(StrEnum):
    """What is taken over."""

    NOTHING = "nothing"
    EVERY_NO = "every no"  # and what became of deliveries
    CONFIRMED_TOO = "confirmed too"


SENT = "what was sent"
_PARTS = {
    "left": "who left",
    "suppressed": "which addresses must not be written to",
    "forgotten": "who was forgotten",
    "deliveries": SENT,
    "confirmed": "who confirmed",
    "joined": "who joined",
}


@dataclass(frozen=True, slots=True)
class Before:
    """The database that is replaced: where it is now, and what it will be called."""

    path: Path
    name: str


@dataclass(slots=True)
class TakenOver:
    """How many people had left, addresses were suppressed, people forgotten, deliveries settled, readers had confirmed.

    `joined`: how many are readers in the old database alone, and stay there. `unread` are the parts that could
    not be read, in words, and `reason` is why.
    """

    left: int = 0
    suppressed: int = 0
    forgotten: int = 0
    deliveries: int = 0
    confirmed: int = 0
    joined: int = 0
    unread: list[str] = field(default_factory=list)
    reason: str = ""


def take_over(context: Context, before: Before | None, issue_ids: list[int], take: Take = Take.EVERY_NO) -> TakenOver:
    """Into the database of `context`, which nobody uses yet. What cannot be read is named, and the rest is taken.

    Whatever is to be taken, no number in a link or a return path out there will come to mean somebody else.
    """
    report = TakenOver()
    if before is None:
        return _give_up(context, report, "there is none")
    try:
        with temporary_beside(before.path) as scratch, takeover.open_before(before.path, scratch) as old:
            _raise_numbers(context, takeover.read_numbers(old))
            if take is not Take.NOTHING:
                _Taking(context, old, before, report).run(issue_ids, take)
    except takeover.NotReadable as error:
        return _give_up(context, report, str(error))
    return report


def _give_up(context: Context, report: TakenOver, reason: str) -> TakenOver:
    with context.database.write() as connection:
        takeover.skip_numbers(connection, _GAPS)
    report.unread, report.reason = [_PARTS[part] for part in _PARTS if part != "confirmed"], reason
    return report


def _raise_numbers(context: Context, numbers: dict[str, int]) -> None:
    with context.database.write() as connection:
        takeover.raise_numbers(connection, numbers)


class _Taking:
    def __init__(self, context: Context, old: sqlite3.Connection, before: Before, report: TakenOver) -> None:
        self._context = context
        self._old = old
        self._name = before.name
        self._report = report

    def run(self, issue_ids: list[int], take: Take) -> None:
        """Each part for itself: the first page of a file that is damaged may be whole, and the next one not."""
        self._try("forgotten", self._take_forgotten)
        self._try("suppressed", self._take_suppressed)
        self._try("left", self._take_left)
        self._try("deliveries", lambda connection: self._take_deliveries(connection, issue_ids))
        if take is Take.CONFIRMED_TOO:
            self._try("confirmed", self._take_confirmed)
        self._try("joined", self._count_joined)

    def _try(self, part: str, take: Callable[[Connection], int]) -> None:
        try:
            with self._context.database.write() as connection:
                setattr(self._report, part, take(connection))
        except sqlite3.Error as error:
            self._report.unread.append(_PARTS[part])
            self._report.reason = self._report.reason or str(error)

    def _take_forgotten(self, connection: Connection) -> int:
        erased = set(takeover.find_erased(self._old, connection))
        is_news = False
        for page in takeover.iterate_forgotten(self._old):
            for hash_, at in page:
                is_news |= consents.bar(connection, hash_, datetime.fromisoformat(at))
        if is_news:
            erased |= self._find_barred(connection)
        for id_ in sorted(erased):
            persons.erase_person(connection, id_)
        return len(erased)

    def _find_barred(self, connection: Connection) -> set[int]:
        """Those who are here, and whose address the old database knows as forgotten."""
        found: set[int] = set()
        page: dict[str, int] = {}
        for person in subscribers.iterate(connection):
            page[person.email] = person.id
            if len(page) == _BATCH:
                found |= {page[email] for email in find_barred(self._context, connection, list(page))}
                page.clear()
        return found | {page[email] for email in find_barred(self._context, connection, list(page))}

    def _take_suppressed(self, connection: Connection) -> int:
        pages = takeover.iterate_suppressions(self._old)
        return sum(suppress(self._context, connection, page) for page in pages)

    def _take_left(self, connection: Connection) -> int:
        count = 0
        for page in takeover.iterate_leavings(self._old, connection):
            people = {person.id: person for person in subscribers.load_many(connection, [one.id for one in page])}
            for leaving in page:
                told = Circumstances("restore", reason=f"had left on {leaving.at[:10]}, says {self._name}")
                step = Step(ConsentEvent.LEFT, leaving.newsletters, told)
                take_step(self._context, connection, people[leaving.id], step)
                count += 1
        return count

    def _take_deliveries(self, connection: Connection, issue_ids: list[int]) -> int:
        count = 0
        for issue_id in issue_ids:
            count += takeover.take_deliveries(self._old, connection, issue_id)
            if takeover.is_cancelled(self._old, issue_id):
                issues.move_state(connection, issue_id, [IssueState.PAUSED], IssueState.CANCELLED)
                deliveries.suppress_waiting(connection, issue_id, "the issue was cancelled")
        return count

    def _take_confirmed(self, connection: Connection) -> int:
        """After all else, so that nobody is among them who has left or must not be written to."""
        count, seq = 0, articles.last_seq(connection)
        for page in takeover.iterate_confirmed(self._old, connection):
            for id_ in page:
                taken = takeover.take_person(self._old, connection, id_, seq)
                person = subscribers.find_by_id(connection, taken) if taken is not None else None
                if person is None:
                    continue
                count += 1
                if find_suppression(self._context, connection, person.email) is not None:
                    told = Circumstances("restore", reason="the address is on the list")
                    take_step(self._context, connection, person, Step(ConsentEvent.BOUNCED, (), told))
        return count

    def _count_joined(self, connection: Connection) -> int:
        return takeover.count_joined(self._old, connection)
