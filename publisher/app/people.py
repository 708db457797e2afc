"""The verbs about subscribers: add, remove, import, list. What the operator adds counts as confirmed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from publisher.addresses import normalise
from publisher.app.context import Context, Progress
from publisher.errors import Problem, UsageError
from publisher.model import Subscriber, SubscriberState
from publisher.storage import articles, suppressions
from publisher.storage import subscribers as rows
from publisher.storage.database import Connection
from publisher.subscribers.rows import Row, check_subscriber, read_rows

_BATCH = 1000
_HOW_TO_WRITE = "; `publisher suppressions remove` takes that back"


@dataclass(slots=True)
class ImportReport:
    """How many rows did what. `left`: people who had unsubscribed or must not be written to; they stay so."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    left: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_unusable(self) -> bool:
        """Nothing in the file could be taken: it is not the file that was meant."""
        return bool(self.problems) and not (self.added or self.updated or self.unchanged or self.left)


def choose_newsletters(context: Context, names: Sequence[str]) -> list[str]:
    """The named newsletters, or all of them.

    Raises UsageError for an unknown one, or when there is none at all.
    """
    for name in names:
        context.newsletter(name)
    chosen = list(names) or list(context.config.newsletters)
    if not chosen:
        raise UsageError("there is no newsletter to subscribe to; add one under newsletters: in config.yaml")
    return chosen


def add_subscriber(
    context: Context, email: str, newsletters: Sequence[str], *, name: str = "", language: str = ""
) -> Subscriber:
    """Add a person, or take up again what they had left: the operator says so, by name.

    Raises UsageError when the address cannot be, or must not be written to.
    """
    problem = check_subscriber(email, name, language)
    if problem:
        raise UsageError(problem)
    chosen = choose_newsletters(context, newsletters)
    now = context.clock()
    person = Subscriber(id=0, email=normalise(email), name=name, language=language, source="added by the operator")
    with context.database.write() as connection:
        found = rows.find_by_email(connection, email)
        if found is not None and found.state is SubscriberState.SUPPRESSED:
            raise UsageError(f"{email} must not be written to (it bounced or complained){_HOW_TO_WRITE}")
        if suppressions.find(connection, email) is not None:
            raise UsageError(f"{email} must not be written to (it is suppressed){_HOW_TO_WRITE}")
        id_ = found.id if found else rows.add(connection, person, now)
        if found:
            values: dict[str, object] = {"name": name or found.name, "language": language or found.language}
            if found.state is not SubscriberState.ACTIVE:
                values.update(state=SubscriberState.ACTIVE, source=person.source)
            rows.change(connection, id_, values)
        rows.subscribe(connection, id_, chosen, articles.last_seq(connection), now)
    return get_subscriber(context, email)


def remove_subscriber(context: Context, email: str, newsletters: Sequence[str]) -> Subscriber:
    """End the named subscriptions, or all. The row stays, so that an import does not bring the person back.

    Raises UsageError when nobody has this address.
    """
    for name in newsletters:
        context.newsletter(name)
    found = get_subscriber(context, email)
    with context.database.write() as connection:
        if newsletters:
            rows.unsubscribe(connection, found.id, newsletters, context.clock())
        else:
            rows.unsubscribe_from_all(connection, found.id, context.clock())
        after = rows.find_by_email(connection, email)
        if after is not None and not after.newsletters and after.state is SubscriberState.ACTIVE:
            rows.change(connection, found.id, {"state": SubscriberState.UNSUBSCRIBED})
    return get_subscriber(context, email)


def import_subscribers(context: Context, path: Path, newsletters: Sequence[str]) -> ImportReport:
    """Add everybody in a CSV, a thousand rows per transaction. Running it again changes nothing more.

    Raises UsageError when the file cannot be read.
    """
    chosen = choose_newsletters(context, newsletters)
    report = ImportReport()
    try:
        size = path.stat().st_size
        with path.open(encoding="utf-8-sig", newline="") as lines, context.reporter.bar("Importing", size) as advance:
            source = f"imported from {path.name}"
            for batch in _batches(read_rows(_counted(lines, advance), str(path), source)):
                _import_batch(context, batch, chosen, report)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is not UTF-8 text; in Excel, save it as CSV UTF-8") from None
    return report


def get_subscriber(context: Context, email: str) -> Subscriber:
    with context.database.read() as connection:
        found = rows.find_by_email(connection, email)
    if found is None:
        raise UsageError(f"nobody has the address {email}")
    return found


def iterate_subscribers(context: Context, newsletter: str | None) -> Iterator[Subscriber]:
    """Everybody, or those who receive this newsletter now; in bounded memory."""
    if newsletter is not None:
        context.newsletter(newsletter)
    with context.database.read() as connection:
        yield from rows.iterate(connection, newsletter)


def _import_batch(context: Context, batch: Sequence[Row], chosen: Sequence[str], report: ImportReport) -> None:
    now = context.clock()
    with context.database.write() as connection:
        seq = articles.last_seq(connection)
        for row in batch:
            if row.problem is not None:
                report.problems.append(row.problem)
            if row.subscriber is None:
                continue
            found = rows.find_by_email(connection, row.subscriber.email)
            if suppressions.find(connection, row.subscriber.email) is not None:
                report.left += 1
            elif found is None:
                id_ = rows.add(connection, row.subscriber, now)
                rows.subscribe(connection, id_, chosen, seq, now)
                report.added += 1
            elif found.state in {SubscriberState.UNSUBSCRIBED, SubscriberState.SUPPRESSED}:
                report.left += 1
            else:
                changed = _update(connection, found, row.subscriber)
                ended = rows.ended_newsletters(connection, found.id)
                new = [name for name in chosen if name not in found.newsletters and name not in ended]
                rows.subscribe(connection, found.id, new, seq, now)
                report.updated += bool(changed or new)
                report.unchanged += not (changed or new)


def _update(connection: Connection, found: Subscriber, row: Subscriber) -> bool:
    """Take over what the file says; an empty cell says nothing."""
    values: dict[str, object] = {}
    if row.name and row.name != found.name:
        values["name"] = row.name
    if row.language and row.language != found.language:
        values["language"] = row.language
    merged = {**found.fields, **row.fields}
    if merged != found.fields:
        values["fields"] = merged
    rows.change(connection, found.id, values)
    return bool(values)


def _batches(items: Iterable[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for item in items:
        batch.append(item)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _counted(lines: Iterable[str], advance: Progress) -> Iterator[str]:
    for line in lines:
        advance(len(line.encode("utf-8")))
        yield line
