"""Rows of newsletters: where each one's history ends, and which scheduled minutes are spent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from publisher.storage.connection import Connection
from publisher.storage.schema import articles, files, newsletters, occurrences, subscriptions
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


def load_states(connection: Connection) -> dict[str, NewsletterState]:
    columns = (newsletters.c[name] for name in NewsletterState.__slots__)
    return {row.name: NewsletterState(*row) for row in connection.execute(select(*columns))}


def close_history(connection: Connection, names: Iterable[str], seq: int, now: datetime) -> None:
    """What exists now is history for those of `names` that are new here, and for whoever subscribes to them already.

    The others are left alone.
    """
    rows = [{"name": name, "history_closed_at": now, "last_seq": seq} for name in names]
    if not rows:
        return
    connection.execute(insert(newsletters).on_conflict_do_nothing(), rows)
    # A database that was restored has readers, who may have had what it does not know of.
    of_them = subscriptions.c.newsletter.in_([row["name"] for row in rows])
    behind = update(subscriptions).where(of_them, subscriptions.c.last_seq < seq)
    connection.execute(behind.values(last_seq=seq, ahead=""))


def reopen_history(connection: Connection) -> None:
    """The next scan that completes closes it anew, for every newsletter."""
    connection.execute(delete(newsletters))


def note_schedule(connection: Connection, name: str, schedule: str, now: datetime) -> None:
    """Remember the schedule, and when it changed."""
    statement = update(newsletters).where(newsletters.c.name == name, newsletters.c.schedule != schedule)
    connection.execute(statement.values(schedule=schedule, schedule_since=now))


def pass_articles(connection: Connection, name: str, seq: int) -> None:
    """Articles up to `seq` are never new again for this newsletter. Never moves back."""
    connection.execute(
        update(newsletters).where(newsletters.c.name == name).values(last_seq=func.max(newsletters.c.last_seq, seq))
    )


def hidden_seqs(connection: Connection) -> list[int]:
    """Numbers of articles whose files are there but cannot be read at the moment, in their order."""
    query = (
        select(articles.c.seq)
        .join(files, files.c.path == articles.c.path)
        .where(articles.c.seq.is_not(None), files.c.problem.is_not(None))
        .order_by(articles.c.seq)
    )
    return list(connection.execute(query).scalars())


def spend_occurrence(connection: Connection, name: str, occurrence: Occurrence) -> bool:
    """False when this minute was spent before: by us, by a second scheduler, or in the first of two repeated hours."""
    statement = insert(occurrences).values(newsletter=name, key=occurrence.key, at=occurrence.at)
    return connection.execute(statement.on_conflict_do_nothing()).rowcount == 1


def last_spent(connection: Connection, name: str, until: datetime | None = None) -> datetime | None:
    """The instant of the newest spent occurrence, of those not after `until`.

    One in the future was spent by a clock that had jumped, and must not silence the newsletter until then.
    """
    newest = select(occurrences.c.at).where(occurrences.c.newsletter == name).order_by(occurrences.c.at.desc())
    if until is not None:
        newest = newest.where(occurrences.c.at <= until)
    return connection.execute(newest.limit(1)).scalar_one_or_none()
