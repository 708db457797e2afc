"""The verb that takes a list in: thousands of rows at a time, and again from where it was cut off."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from itertools import islice
from pathlib import Path

from publisher.app.context import Context
from publisher.app.listfiles import ListFile, Part, open_list
from publisher.app.listing import Writing
from publisher.app.people import choose_newsletters
from publisher.app.preferences import LONGEST_PAUSE
from publisher.app.standing import find_barred
from publisher.app.suppressing import find_suppressed
from publisher.errors import Problem, UsageError
from publisher.model.lists import Enrolment, ListEntry
from publisher.storage import imports as rows
from publisher.storage.database import Connection
from publisher.subscribers.lists import read
from publisher.subscribers.lists.columns import ColumnError, check_mapping
from publisher.subscribers.lists.entries import Reading, Row
from publisher.subscribers.lists.forms import NAMES
from publisher.subscribers.lists.merge import Outcome, Step, plan_known, plan_new

_BATCH = 2000
_MOST_PROBLEMS = 1000  # kept to be shown; a report has them all
_RULES = 1  # of reading; another number makes an import that was cut off begin anew
_REPORT = ("file", "line", "address", "outcome", "reason")


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What is to be imported and how.

    `columns`: role -> column (see `lists.columns`). An empty `form` or `encoding` is told from the file.
    """

    path: Path
    newsletters: Sequence[str] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    form: str = ""
    encoding: str = ""
    report: Path | None = None
    dry_run: bool = False


@dataclass(slots=True)
class ImportReport:
    """How many rows did what (see `Outcome`); the problems of the first thousand that were skipped.

    `resumed` is how many rows an earlier run had done, `unknown` which newsletters the list names that are not
    configured.
    """

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    left_out: tuple[str, ...] = ()
    resumed: int = 0

    def count(self, outcome: Outcome) -> int:
        return self.counts[outcome.value]

    @property
    def is_unusable(self) -> bool:
        """Nothing in the file could be taken: it is not the file that was meant."""
        return bool(self.count(Outcome.SKIPPED)) and self.counts.total() == self.count(Outcome.SKIPPED)


def import_list(context: Context, order: ImportOrder) -> ImportReport:
    """Take in everybody in a file. Running it again changes nothing more; cut off, it goes on where it was.

    Raises UsageError when the file cannot be read or the order makes no sense.
    """
    if order.form and order.form not in NAMES:
        raise UsageError(f"--format: {order.form!r} is not known; write one of {', '.join(NAMES)}")
    try:
        check_mapping(order.columns)
    except ColumnError as error:
        raise UsageError(f"--map: {error}") from None
    choose_newsletters(context, order.newsletters)
    file = open_list(order.path, order.encoding)
    run = _Run(context, order, file)
    try:
        with _open_report(order.report) as tell, context.reporter.bar("Importing", file.size) as advance:
            (run.rehearse if order.dry_run else run.perform)(tell, advance)
    except UnicodeDecodeError:
        raise UsageError(f"{order.path}: is not {order.encoding} text; leave --encoding out") from None
    return run.report


Tell = Callable[[Part, Row, Step], None]


class _Run:
    """One import, from its first row to its last."""

    def __init__(self, context: Context, order: ImportOrder, file: ListFile) -> None:
        self.report = ImportReport(left_out=file.left_out)
        self._context = context
        self._order = order
        self._file = file
        self._done = 0

    @property
    def _key(self) -> str:
        order = self._order
        how = [_RULES, sorted(order.newsletters), sorted(order.columns.items()), order.form, order.encoding]
        return hashlib.sha256(json.dumps([self._file.sha256, how]).encode()).hexdigest()

    @property
    def _how(self) -> str:
        return f"imported from {self._order.path.name}"

    def perform(self, tell: Tell, advance: Callable[[int], None]) -> None:
        key = self._key
        skip = self._resume(key)
        for part, batch in self._batches(advance, skip):
            with self._context.database.write() as connection:
                done = self._take(connection, batch, dry=False)
                self._done += len(batch)
                counts = self.report.counts + Counter(step.outcome.value for _, step in done)
                rows.save_progress(connection, key, rows.Progress(self._done, counts), self._context.clock())
            self._note(part, done, tell)
        with self._context.database.write() as connection:
            rows.end_progress(connection, key)

    def rehearse(self, tell: Tell, advance: Callable[[int], None]) -> None:
        """As `perform`, and nothing is written. A second row about somebody new counts as unchanged."""
        with self._context.database.read() as connection:
            rows.begin_meeting(connection)
            for part, batch in self._batches(advance, 0):
                self._note(part, self._take(connection, batch, dry=True), tell)

    def _resume(self, key: str) -> int:
        """A report is of all rows, so an import with one looks at all of them again."""
        with self._context.database.read() as connection:
            progress = rows.load_progress(connection, key)
        if progress is None or self._order.report is not None:
            return 0
        self.report.counts.update(progress.counts)
        self.report.resumed = self._done = progress.rows
        return progress.rows

    def _batches(self, advance: Callable[[int], None], skip: int) -> Iterator[tuple[Part, list[Row]]]:
        for part in self._file.parts:
            with part.lines(advance) as lines:
                found = _read_part(part, lines, self._reading(part), self._order.form)
                while skip and (passed := sum(1 for _ in islice(found, skip))):
                    skip -= passed
                while batch := list(islice(found, _BATCH)):
                    yield part, batch

    def _reading(self, part: Part) -> Reading:
        zone = self._context.config.site.timezone
        return Reading(self._how, zone, read.form_of(self._order.form), self._order.columns, part.file)

    def _take(self, connection: Connection, batch: Sequence[Row], *, dry: bool) -> list[tuple[Row, Step]]:
        done: list[tuple[Row, Step]] = []
        for group in _without_doubles(batch):
            keys = [row.key for row in group if row.entry is not None]
            met = rows.meet(connection, keys) if dry else set()
            done += self._take_group(connection, group, met, dry=dry)
        return done

    def _take_group(
        self, connection: Connection, group: Sequence[Row], met: set[str], *, dry: bool
    ) -> list[tuple[Row, Step]]:
        """Rows of people who are all different."""
        now = self._context.clock()
        entries = {row.key: _bound_pause(row.entry, now) for row in group if row.entry is not None}
        known = rows.find_known(connection, list(entries), now)
        new = list(entries.keys() - known.keys())  # who is known and suppressed says so by their state
        barred = find_barred(self._context, connection, new) | find_suppressed(self._context, connection, new)
        steps: dict[str, Step] = {}
        for key, entry in entries.items():
            enrolments = self._enrolments(entry)
            if key in barred:
                steps[key] = Step(Outcome.LEFT, "must not be brought back")
            elif key in known:
                steps[key] = plan_known(entry, known[key], enrolments, now)
            else:
                steps[key] = Step(Outcome.UNCHANGED) if key in met else plan_new(entry, enrolments, now)
        if not dry:
            writing = Writing(self._context, connection, self._how)
            writing.write(entries, known, {key: step for key, step in steps.items() if key not in barred})
        skipped = Step(Outcome.SKIPPED)
        return [(row, steps[row.key] if row.entry is not None else skipped) for row in group]

    @cached_property
    def _named(self) -> Sequence[Enrolment]:
        return [Enrolment(name) for name in self._order.newsletters or self._context.config.newsletters]

    def _enrolments(self, entry: ListEntry) -> Sequence[Enrolment]:
        """The newsletters that were named; else those of the list; else all of them."""
        config = self._context.config.newsletters
        if entry.enrolments is None:
            return self._named
        if self._order.newsletters:
            of_list = {item.newsletter: item for item in entry.enrolments}
            return [of_list.get(item.newsletter, item) for item in self._named]
        unknown = {item.newsletter for item in entry.enrolments} - config.keys()
        if unknown and len(self.report.unknown) < _MOST_PROBLEMS:
            self.report.unknown |= unknown
        return [item for item in entry.enrolments if item.newsletter in config]

    def _note(self, part: Part, done: Iterable[tuple[Row, Step]], tell: Tell) -> None:
        for row, step in done:
            self.report.counts[step.outcome.value] += 1
            if row.problem and len(self.report.problems) < _MOST_PROBLEMS:
                self.report.problems.append(Problem(part.name, row.problem, row.line, row.field))
            tell(part, row, step)


def _read_part(part: Part, lines: Iterator[str], reading: Reading, form: str) -> Iterator[Row]:
    is_json = part.is_json if not form else form == "json" or (form not in NAMES[:1] and part.is_json)
    return read.read_json(lines, reading) if is_json else read.read_csv(lines, reading)


def _without_doubles(batch: Sequence[Row]) -> Iterator[list[Row]]:
    """Groups in which nobody is twice: what a second row says is held against what the first has made."""
    group: list[Row] = []
    seen: set[str] = set()
    for row in batch:
        if row.key and row.key in seen:
            yield group
            group, seen = [], set()
        group.append(row)
        seen.add(row.key)
    yield group


def _bound_pause(entry: ListEntry, now: datetime) -> ListEntry:
    """A pause that is over is none, and none is longer than anybody may choose."""
    if entry.paused_until is None:
        return entry
    is_over = entry.paused_until <= now
    return replace(entry, paused_until=None if is_over else min(entry.paused_until, now + LONGEST_PAUSE))


@contextmanager
def _open_report(path: Path | None) -> Iterator[Tell]:
    if path is None:
        yield lambda _part, _row, _step: None
        return
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(_REPORT)
            yield lambda part, row, step: writer.writerow(
                (part.file or part.name, row.line, row.email, step.outcome.value, row.problem or step.reason)
            )
    except OSError as error:
        raise UsageError(f"{path}: the report cannot be written: {error.strerror}") from error
