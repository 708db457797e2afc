"""People -> rows of a list, in our form or in that of another program. Pure."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from publisher.model.lists import Enrolment, ListEntry
from publisher.model.subscriber import SubscriberState

# A spreadsheet runs a cell that begins so; `read_csv` takes the apostrophe away again.
_DANGEROUS = re.compile(r"'*[=+\-@\t\r]")
_OWN = (
    "email",
    "name",
    "language",
    "status",
    "joined",
    "left_at",
    "source",
    "newsletters",
    "left",
    "timezone",
    "hour",
    "paused_until",
)
_BUTTONDOWN_TYPES: Mapping[SubscriberState, str] = {
    SubscriberState.ACTIVE: "regular",
    SubscriberState.PENDING: "unactivated",
    SubscriberState.UNSUBSCRIBED: "unsubscribed",
    SubscriberState.SUPPRESSED: "undeliverable",
}
_LISTMONK_STATES: Mapping[SubscriberState, str] = {
    SubscriberState.ACTIVE: "enabled",
    SubscriberState.PENDING: "unconfirmed",
    SubscriberState.UNSUBSCRIBED: "disabled",
    SubscriberState.SUPPRESSED: "blocklisted",
}

Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Layout:
    """The names of the columns, and the cells of a person by them."""

    columns: Sequence[str]
    cells: Callable[[ListEntry, tzinfo], Cells]


def write_csv(entries: Iterable[ListEntry], name: str, fields: Sequence[str], zone: tzinfo) -> Iterator[str]:
    """The lines of a CSV in the form `name`; `fields` are the names of all fields, which our own form has columns for.

    Dates of our own form are on the clock of `zone`; other programs read theirs as UTC.
    """
    layout = _layout(name, fields)
    yield _line(layout.columns)
    for entry in entries:
        cells = layout.cells(entry, zone)
        yield _line([_guard(cells.get(column, "")) for column in layout.columns])


def write_json(entries: Iterable[ListEntry], zone: tzinfo) -> Iterator[str]:
    """An array with one object on each line; everything that we know of a person is in it."""
    between = "[\n"
    for entry in entries:
        yield between + json.dumps(_as_mapping(entry, zone), ensure_ascii=False)
        between = ",\n"
    yield "[]\n" if between == "[\n" else "\n]\n"


def _line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue()


def _guard(text: str) -> str:
    return f"'{text}" if text and _DANGEROUS.match(text) else text


def _layout(name: str, fields: Sequence[str]) -> Layout:
    if name in _LAYOUTS:
        return _LAYOUTS[name]
    return Layout((*_OWN, *(f"field.{field}" for field in fields)), _own_cells)


def _own_cells(entry: ListEntry, zone: tzinfo) -> Cells:
    enrolments = entry.enrolments or ()
    return {
        "email": entry.email,
        "name": entry.name,
        "language": entry.language,
        "status": entry.status.value,
        "joined": _stamp(entry.joined, zone),
        "left_at": _stamp(entry.left_at, zone),
        "source": entry.source,
        "newsletters": ", ".join(item.newsletter for item in enrolments if item.ended_at is None),
        "left": ", ".join(item.newsletter for item in enrolments if item.ended_at is not None),
        "timezone": entry.timezone,
        "hour": "" if entry.hour is None else str(entry.hour),
        "paused_until": _stamp(entry.paused_until, zone),
        **{f"field.{key}": value for key, value in entry.fields.items()},
    }


def _as_mapping(entry: ListEntry, zone: tzinfo) -> dict[str, object]:
    values: dict[str, object] = {
        "email": entry.email,
        "name": entry.name,
        "language": entry.language,
        "status": entry.status.value,
        "joined": _stamp(entry.joined, zone),
        "left_at": _stamp(entry.left_at, zone),
        "source": entry.source,
        "subscriptions": [_enrolment(item, zone) for item in entry.enrolments or ()],
        "timezone": entry.timezone,
        "hour": entry.hour,
        "paused_until": _stamp(entry.paused_until, zone),
        "fields": dict(entry.fields),
    }
    return {key: value for key, value in values.items() if value not in ("", None, {})}


def _enrolment(item: Enrolment, zone: tzinfo) -> dict[str, object]:
    values: dict[str, object] = {
        "newsletter": item.newsletter,
        "since": _stamp(item.since, zone),
        "ended_at": _stamp(item.ended_at, zone),
        "topics": list(item.topics),
        "rhythm": item.rhythm,
    }
    return {key: value for key, value in values.items() if value not in ("", [])}


def _stamp(moment: datetime | None, zone: tzinfo) -> str:
    if moment is None:
        return ""
    try:
        return moment.astimezone(zone).isoformat()
    except OverflowError:  # the first or last day of the calendar
        return moment.isoformat()


def _utc(moment: datetime | None) -> str:
    return _stamp(moment, UTC)[:19].replace("T", " ")


def _mailchimp(entry: ListEntry, _zone: tzinfo) -> Cells:
    left = entry.left_at or entry.joined or datetime(1970, 1, 1, tzinfo=UTC)
    column = {SubscriberState.UNSUBSCRIBED: "UNSUB_TIME", SubscriberState.SUPPRESSED: "CLEAN_TIME"}.get(entry.status)
    return {
        "Email Address": entry.email,
        "First Name": entry.name,
        "OPTIN_TIME": _utc(entry.joined),
        "CONFIRM_TIME": _utc(entry.joined),
        "TAGS": entry.fields.get("tags", ""),
        **({column: _utc(left)} if column else {}),
    }


def _substack(entry: ListEntry, _zone: tzinfo) -> Cells:
    return {
        "email": entry.email,
        "name": entry.name,
        "active_subscription": "false",
        "email_disabled": _say(not _receives(entry)),
        "created_at": _stamp(entry.joined, UTC),
    }


def _ghost(entry: ListEntry, _zone: tzinfo) -> Cells:
    return {
        "email": entry.email,
        "name": entry.name,
        "note": entry.fields.get("note", ""),
        "subscribed_to_emails": _say(_receives(entry)),
        "created_at": _stamp(entry.joined, UTC),
        "deleted_at": "" if _receives(entry) else _stamp(entry.left_at, UTC),
        "labels": entry.fields.get("tags", ""),
    }


def _buttondown(entry: ListEntry, _zone: tzinfo) -> Cells:
    return {
        "email_address": entry.email,
        "creation_date": _stamp(entry.joined, UTC),
        "metadata": _pack({"name": entry.name, **entry.fields} if entry.name else entry.fields, without="tags"),
        "tags": entry.fields.get("tags", ""),
        "type": _BUTTONDOWN_TYPES.get(entry.status, "unsubscribed"),
        "source": entry.source,
        "unsubscription_date": _stamp(entry.left_at, UTC),
    }


def _listmonk(entry: ListEntry, _zone: tzinfo) -> Cells:
    return {
        "email": entry.email,
        "name": entry.name,
        "attributes": _pack(entry.fields),
        "status": _LISTMONK_STATES.get(entry.status, "disabled"),
        "created_at": _stamp(entry.joined, UTC),
    }


def _receives(entry: ListEntry) -> bool:
    return entry.status is SubscriberState.ACTIVE


def _say(value: bool) -> str:  # noqa: FBT001 - it is all that is said
    return "true" if value else "false"


def _pack(fields: Mapping[str, str], without: str = "") -> str:
    return json.dumps({key: value for key, value in fields.items() if key != without}, ensure_ascii=False)


_LAYOUTS: Mapping[str, Layout] = {
    "mailchimp": Layout(
        ("Email Address", "First Name", "Last Name", "OPTIN_TIME", "CONFIRM_TIME", "UNSUB_TIME", "CLEAN_TIME", "TAGS"),
        _mailchimp,
    ),
    "substack": Layout(
        ("email", "name", "active_subscription", "expiry", "plan", "email_disabled", "created_at"), _substack
    ),
    "ghost": Layout(("email", "name", "note", "subscribed_to_emails", "created_at", "deleted_at", "labels"), _ghost),
    "buttondown": Layout(
        ("email_address", "creation_date", "metadata", "tags", "type", "source", "unsubscription_date"), _buttondown
    ),
    "listmonk": Layout(("uuid", "email", "name", "attributes", "status", "created_at", "updated_at"), _listmonk),
}
