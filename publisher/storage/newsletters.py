"""Rows of newsletters: where each one's history ends, and which scheduled minutes are spent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from publisher.storage.connection import Connection
from publisher.storage.instants import read_instant, write_instant
from publisher.storage.statements import AMONG, list_of, select
from publisher.timing import Occurrence


@dataclass(frozen=True, slots=True)
class NewsletterState:
    """`last_seq`: articles up to this number are history, mailed, or passed over.

    `schedule` as a scan last found it in the config, first at `schedule_since`: no earlier minute is due by it.
    `woken` says what there was when readers who want each article were last woken.
    """

    name: str
    history_closed_at: datetime
    last_seq: int
    schedule: str = ""
    schedule_since: datetime | None = None
    woken: str = ""


_LOAD = select("newsletters", NewsletterState.__slots__)
_CLOSE = """
INSERT INTO newsletters (name, history_closed_at, last_seq) VALUES (?, ?, ?) ON CONFLICT DO NOTHING
"""
_LIFT = f"UPDATE subscriptions SET last_seq = ?, ahead = '' WHERE newsletter {AMONG} AND last_seq < ?"  # noqa: S608
_HIDDEN = """
SELECT articles.seq FROM articles JOIN files ON files.path = articles.path
WHERE articles.seq IS NOT NULL AND files.problem IS NOT NULL ORDER BY articles.seq
"""


def load_states(connection: Connection) -> dict[str, NewsletterState]:
    return {
        name: NewsletterState(name, read_instant(closed_at), last_seq, schedule, read_instant(since), woken)
        for name, closed_at, last_seq, schedule, since, woken in connection.fetch(_LOAD)
    }


def close_history(connection: Connection, names: Iterable[str], seq: int, now: datetime) -> None:
    """What exists now is history for those of `names` that are new here, and for whoever subscribes to them already.

    The others are left alone.
    """
    names = list(names)
    if not names:
        return
    moment = write_instant(now)
    connection.run_many(_CLOSE, [(name, moment, seq) for name in names])
    # A database that was restored has readers, who may have had what it does not know of.
    connection.run(_LIFT, (seq, list_of(names), seq))


def reopen_history(connection: Connection) -> None:
    """The next scan that completes closes it anew, for every newsletter."""
    connection.run("DELETE FROM newsletters")


def note_schedule(connection: Connection, name: str, schedule: str, now: datetime) -> None:
    """Remember the schedule, and when it changed."""
    statement = "UPDATE newsletters SET schedule = ?, schedule_since = ? WHERE name = ? AND schedule != ?"
    connection.run(statement, (schedule, write_instant(now), name, schedule))


def pass_articles(connection: Connection, name: str, seq: int) -> None:
    """Articles up to `seq` are never new again for this newsletter. Never moves back."""
    connection.run("UPDATE newsletters SET last_seq = ? WHERE name = ? AND last_seq < ?", (seq, name, seq))


def hidden_seqs(connection: Connection) -> list[int]:
    """Numbers of articles whose files are there but cannot be read at the moment, in their order."""
    return [seq for (seq,) in connection.fetch(_HIDDEN)]


def spend_occurrence(connection: Connection, name: str, occurrence: Occurrence) -> bool:
    """False when this minute was spent before: by us, by a second scheduler, or in the first of two repeated hours."""
    statement = "INSERT INTO occurrences (newsletter, key, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
    return connection.run(statement, (name, occurrence.key, write_instant(occurrence.at))) == 1


def last_spent(connection: Connection, name: str, until: datetime | None = None) -> datetime | None:
    """The instant of the newest spent occurrence, of those not after `until`.

    One in the future was spent by a clock that had jumped, and must not silence the newsletter until then.
    """
    statement = "SELECT max(at) FROM occurrences WHERE newsletter = ? AND at <= coalesce(?, at)"
    newest: str | None = connection.fetch(statement, (name, write_instant(until)))[0][0]
    return read_instant(newest)
