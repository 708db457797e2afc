"""The verbs about addresses that must not be written to: list, add, remove, import."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from publisher import tokens
from publisher.addresses import identity_key, normalise, problem_with_reader
from publisher.app.context import Context
from publisher.app.standing import Step, take_step
from publisher.errors import Problem, UsageError
from publisher.model.consent import Circumstances, ConsentEvent
from publisher.model.subscriber import Subscriber, SubscriberState
from publisher.model.suppression import Suppression, SuppressionReason
from publisher.storage import subscribers, suppressions
from publisher.storage.database import Connection

_BATCH = 1000
_MOST_PROBLEMS = 1000
LONGEST_SOURCE = 200  # characters
_HOW = {SuppressionReason.MANUAL: "operator", SuppressionReason.IMPORTED: "imported"}  # else by a report


@dataclass(slots=True)
class SuppressionImport:
    """How many lines did what; `problems` are those that hold no address."""

    added: int = 0
    known: int = 0
    problems: list[Problem] = field(default_factory=list)


def suppress(context: Context, connection: Connection, items: Sequence[Suppression]) -> int:
    """Nobody writes to these addresses (at most a thousand) any more, whoever has them. Returns how many are new.

    Who has one becomes suppressed, with a line in their log that says why.
    """
    added = suppressions.add(connection, items)
    by_key = {identity_key(item.email): item for item in items}
    for person in subscribers.load_many(connection, suppressions.find_holders(connection, list(by_key))):
        item = by_key[identity_key(person.email)]
        is_complaint = item.reason is SuppressionReason.COMPLAINT
        event = ConsentEvent.COMPLAINED if is_complaint else ConsentEvent.BOUNCED
        told = Circumstances(_HOW.get(item.reason, "report"), reason=item.source)
        take_step(context, connection, person, Step(event, (), told))
    return added


def find_suppression(context: Context, connection: Connection, email: str) -> Suppression | None:
    """Why nobody writes to this address; that of somebody who was forgotten is known again by its hash."""
    return suppressions.find(connection, email, _hashes(context, connection, email))


def find_suppressed(context: Context, connection: Connection, keys: Sequence[str]) -> set[str]:
    """Those keys of addresses, of some thousands, that must not be written to."""
    found = suppressions.find_many(connection, keys)
    if keys and suppressions.has_hashed(connection):
        hashes = {hash_: key for key in keys for hash_ in _hashes_of(context, key)}
        found |= {hashes[hash_] for hash_ in suppressions.find_hashed(connection, list(hashes))}
    return found


def reduce_suppression(context: Context, connection: Connection, email: str) -> bool:
    """Its owner is forgotten: the address goes, and nobody writes to it all the same."""
    return suppressions.reduce_to_hash(connection, email, _hashes_of(context, email)[0])


def add_suppression(context: Context, email: str, source: str = "") -> bool:
    """By hand. False when it was there before.

    Raises UsageError for an address that cannot be.
    """
    problem = problem_with_reader(email.strip())
    if problem:
        raise UsageError(f"the address {email} {problem}")
    words = " ".join(source.split())[:LONGEST_SOURCE] or "by the operator"
    with context.database.write() as connection:
        item = Suppression(normalise(email), SuppressionReason.MANUAL, context.clock(), words)
        return suppress(context, connection, [item]) == 1


def remove_suppression(context: Context, email: str) -> Subscriber | None:
    """The address may be written to again; who has it receives again what they had not left.

    Raises UsageError when it is not on the list.
    """
    with context.database.write() as connection:
        was_there = suppressions.remove(connection, email, _hashes(context, connection, email))
        person = subscribers.find_by_email(connection, email)
        if not was_there and (person is None or person.state is not SubscriberState.SUPPRESSED):
            raise UsageError(f"{email} is not suppressed; `publisher suppressions list` shows who is")
        if person is not None and person.state is SubscriberState.SUPPRESSED:
            take_step(context, connection, person, Step(ConsentEvent.LIFTED, (), Circumstances("operator")))
        return subscribers.find_by_email(connection, email)


def iterate_suppressions(context: Context) -> Iterator[Suppression]:
    """By address, in bounded memory."""
    with context.database.read() as connection:
        yield from suppressions.iterate(connection)


def import_suppressions(context: Context, path: Path) -> SuppressionImport:
    """A CSV with a column `email` (and `reason`, `since`, `source`, as `export` writes them), or an address a line.

    Running it again changes nothing more. Raises UsageError when the file cannot be read.
    """
    report = SuppressionImport()
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            items = _read_rows(lines, path, context.clock(), report)
            while batch := list(islice(items, _BATCH)):
                with context.database.write() as connection:
                    added = suppress(context, connection, batch)
                report.added += added
                report.known += len(batch) - added
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is not UTF-8 text; in Excel, save it as CSV UTF-8") from None
    except csv.Error as error:
        raise UsageError(f"{path}: is not a CSV file: {error}") from None
    return report


def _hashes(context: Context, connection: Connection, email: str) -> list[str]:
    """Without anybody to know again, no key need be there."""
    return _hashes_of(context, email) if suppressions.has_hashed(connection) else []


def _hashes_of(context: Context, email: str) -> list[str]:
    """One for each key, the present one first."""
    return [tokens.keyed_hash(key, "suppressed", identity_key(email)) for key in context.keys]


def _read_rows(lines: Iterable[str], path: Path, now: datetime, report: SuppressionImport) -> Iterator[Suppression]:
    reader = csv.reader(lines)
    columns = ["email"]
    for row in reader:
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if reader.line_num == 1 and not any("@" in cell for cell in cells):
            columns = [cell.lower() for cell in cells]
            continue
        values = dict(zip(columns, cells, strict=False))
        problem = problem_with_reader(values.get("email", ""))
        if problem is None:
            yield _to_suppression(values, path, now)
        elif len(report.problems) < _MOST_PROBLEMS:
            report.problems.append(Problem(str(path), f"the address {problem}", reader.line_num, "email"))


def _to_suppression(values: dict[str, str], path: Path, now: datetime) -> Suppression:
    reason = values.get("reason", "")
    known = {item.value for item in SuppressionReason}
    source = " ".join(values.get("source", "").split())[:LONGEST_SOURCE] or f"imported from {path.name}"
    return Suppression(
        email=normalise(values["email"]),
        reason=SuppressionReason(reason) if reason in known else SuppressionReason.IMPORTED,
        since=_parse_moment(values.get("since", "")) or now,
        source=source,
    )


def _parse_moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
