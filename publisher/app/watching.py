"""The verbs of those who watch: is all well, and how much of what is there. No address is in any of it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime

from publisher.app.context import Context
from publisher.errors import StorageError
from publisher.storage import articles, deliveries, faults, notices, numbers, subscribers
from publisher.storage.database import Connection

LAST_SCAN = "last scan"  # fact: when a pass last read the folders and wrote the feeds, ISO 8601

_MOST_TOLD = 20  # feed files and issues; the rest is in `publisher status`
# Whoever asks without end must not keep the disk busy: numbers are good for a while, and the longer the more they cost.
_LASTS = 5.0  # seconds
_SHARE = 20.0  # times as long as reading them took


@dataclass(frozen=True, slots=True)
class Numbers:
    """`queue`: deliveries by state that are not settled; `oldest_due_at`: since when the first of them could go out.

    `reports`: bounces and complaints that were read, ever, by kind.
    """

    last_scan_at: datetime | None = None
    feed_faults: int = 0
    subscribers: dict[str, int] = field(default_factory=dict)
    issues: dict[str, int] = field(default_factory=dict)
    queue: dict[str, int] = field(default_factory=dict)
    oldest_due_at: datetime | None = None
    notices: dict[str, int] = field(default_factory=dict)
    reports: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Health:
    """`problems` keep the service from doing its work, a sentence each; none when all is well.

    `numbers` is None when the database cannot be read.
    """

    problems: list[str]
    numbers: Numbers | None
    queue_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _Rows:
    """What the database says; `numbers` is None when it cannot be read."""

    problems: tuple[str, ...]
    numbers: Numbers | None


class Watch:
    """Reads the database once in a while, so that asking often costs little."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._lock = threading.Lock()
        self._good_until = 0.0
        self._rows = _Rows((), None)

    def read(self) -> _Rows:
        with self._lock:  # whoever comes second waits for the same answer
            began = time.monotonic()
            if began >= self._good_until:
                self._rows = _read(self.context)
                end = time.monotonic()
                self._good_until = end + max(_LASTS, _SHARE * (end - began))
            return self._rows


def get_health(watch: Watch) -> Health:
    """Raises nothing: that something cannot be read is an answer, too."""
    context, rows = watch.context, watch.read()
    problems = list(rows.problems)
    if context.tally.is_failing:
        problems.append("the last pass failed; the log says why")
    if not context.config.output_dir.is_dir():
        problems.append("the output folder is not there; run publisher build")
    age = 0.0
    if rows.numbers is not None and rows.numbers.oldest_due_at is not None:
        age = max(0.0, (context.clock() - rows.numbers.oldest_due_at).total_seconds())
    return Health(problems, rows.numbers, age)


def _read(context: Context) -> _Rows:
    try:
        with context.database.read() as connection:
            problems = [f"{fault.path} could not be replaced: {fault.reason}" for fault in _told(connection)]
            stopped = numbers.list_stopped_by_trouble(connection)[:_MOST_TOLD]
            problems += [f"issue {id_} is paused; publisher issues list says why" for id_ in stopped]
            return _Rows(tuple(problems), _count(connection, context.clock()))
    except StorageError:
        return _Rows(("the database cannot be read",), None)


def _told(connection: Connection) -> list[faults.FeedFault]:
    return faults.load_faults(connection)[:_MOST_TOLD]


def _count(connection: Connection, now: datetime) -> Numbers:
    scanned = articles.get_fact(connection, LAST_SCAN)
    return Numbers(
        last_scan_at=datetime.fromisoformat(scanned) if scanned else None,
        feed_faults=numbers.count_feed_faults(connection),
        subscribers=subscribers.count_by_state(connection),
        issues=numbers.count_issues(connection),
        queue=numbers.count_queue(connection, now),
        oldest_due_at=deliveries.next_due(connection),
        notices=notices.count_notices(connection),
        reports=numbers.count_reports(connection),
    )
