"""What stands in one row of a list -> a ListEntry, or what is wrong with it. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import available_timezones

from publisher.addresses import identity_key, normalise
from publisher.markup.characters import clean_line
from publisher.model.lists import LONG_AGO, Enrolment, ListEntry
from publisher.model.preferences import Rhythm
from publisher.model.subscriber import SubscriberState
from publisher.subscribers.check import check_subscriber
from publisher.subscribers.lists.columns import Column, Role
from publisher.subscribers.lists.forms import PLAIN, Form
from publisher.subscribers.lists.moments import read_moment

LONGEST_VALUE = 1000
MOST_FIELDS = 100
_SEPARATOR = re.compile(r"\s*[,;、\n]\s*")
_EAST_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_ZONES = available_timezones()
_UNUSUAL = frozenset({Role.NEWSLETTERS, Role.NOTHING, Role.ENROLMENTS, Role.FIELDS})  # not just a text
_STATES = tuple(state for state in SubscriberState if state is not SubscriberState.FORGOTTEN)


@dataclass(frozen=True, slots=True)
class Row:
    """One person of the file: an entry, or what is wrong and in which field.

    `email` is as the file has it, `key` that of the entry (see `addresses.identity_key`).
    """

    line: int
    email: str = ""
    entry: ListEntry | None = None
    key: str = ""
    problem: str = ""
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """How a list is to be read. `source` is noted of people for whom the list has none; `file` is its name in a ZIP."""

    source: str
    zone: tzinfo
    form: Form | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    file: str = ""


class _FieldError(ValueError):
    def __init__(self, name: str, message: str) -> None:
        self.field = name
        super().__init__(message)


@dataclass(slots=True)
class _Gathered:
    """The values of a row by what they are."""

    roles: dict[Role, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    signs: dict[str, str] = field(default_factory=dict)
    enrolments: object = None


def read_row(line: int, cells: Iterable[tuple[Column, object]], reading: Reading, form: Form = PLAIN) -> Row:
    """Values are texts, or what JSON has in their place."""
    gathered = _Gathered(signs={"file": reading.file} if reading.file else {})
    email = ""
    try:
        _gather(gathered, cells)
        email = gathered.roles.get(Role.EMAIL, "")
        entry = _make_entry(gathered, reading, form)
        return Row(line, email, entry, identity_key(entry.email))
    except _FieldError as error:
        return Row(line, gathered.roles.get(Role.EMAIL, email)[:LONGEST_VALUE], problem=str(error), field=error.field)


def _gather(gathered: _Gathered, cells: Iterable[tuple[Column, object]]) -> None:
    for column, value in cells:
        if column.role in _UNUSUAL:
            _gather_unusual(gathered, column, value)
        elif value is not None and value != "" and (text := as_text(value)):
            _keep(gathered, column, text)
    if len(gathered.fields) > MOST_FIELDS:
        raise _FieldError("fields", f"there are more than {MOST_FIELDS} fields")


def _gather_unusual(gathered: _Gathered, column: Column, value: object) -> None:
    if column.role is Role.NEWSLETTERS:  # a list that has the column says of everybody what they receive
        gathered.roles[Role.NEWSLETTERS] = ""
    if column.role is Role.NOTHING or value is None or value == "":
        return
    if column.role is Role.ENROLMENTS:
        gathered.enrolments = value
    elif column.role is Role.FIELDS:
        gathered.fields.update(_read_fields(value, column.name))
    elif text := as_text(value):
        _keep(gathered, column, text)


def _keep(gathered: _Gathered, column: Column, text: str) -> None:
    if column.role is Role.FIELD:
        gathered.fields[column.name] = text
        return
    gathered.signs["status" if column.role is Role.STATUS else column.name] = text
    if column.role is not Role.SIGN:
        gathered.roles[column.role] = text


def as_text(value: object) -> str:
    """One line; a list as its parts with commas, anything deeper as JSON."""
    if isinstance(value, str):
        return clean_line(value[: LONGEST_VALUE * 2])[:LONGEST_VALUE]
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false"}.get(bool(value), "") if value is not None else ""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return clean_line(", ".join(value))[:LONGEST_VALUE]
    return clean_line(json.dumps(value, ensure_ascii=False, default=str))[:LONGEST_VALUE]


def _read_fields(value: object, name: str) -> dict[str, str]:
    if isinstance(value, str):
        try:
            found: object = json.loads(value)
        except (ValueError, RecursionError):
            raise _FieldError(name, f"{value[:40]!r} is no JSON object") from None
        return _read_fields(found if isinstance(found, dict) else None, name)
    if not isinstance(value, dict):
        raise _FieldError(name, 'is no JSON object such as {"city": "松本市"}')
    texts = {clean_line(str(key))[:LONGEST_VALUE]: as_text(item) for key, item in value.items()}
    return {key: text for key, text in texts.items() if key and text}


def _make_entry(gathered: _Gathered, reading: Reading, form: Form) -> ListEntry:
    values = gathered.roles
    email, name = values.get(Role.EMAIL, ""), _full_name(values)
    if form is not PLAIN:  # some programs know a name only as one field among others
        name = name or gathered.fields.pop("name", "")
    language = values.get(Role.LANGUAGE, "").replace("_", "-")
    problem = check_subscriber(email, name, language)
    if problem:
        raise _FieldError("language" if problem.startswith("the lang") else "email", problem)
    status = form.read_state(gathered.signs)
    if status is None:
        word = gathered.signs.get("status") or gathered.signs.get("type") or gathered.signs.get("subscribertype", "")
        raise _FieldError("status", f"{word[:40]!r} is no state we know; write {', '.join(_STATES)}")
    if tags := values.get(Role.TAGS, ""):
        gathered.fields["tags"] = ", ".join(split_list(tags.replace('"', "").strip("[]")))
    left_at = _moment(values, Role.LEFT_AT, reading, form)
    return ListEntry(
        email=normalise(email),
        name=name,
        language=language,
        status=status,
        joined=_moment(values, Role.JOINED, reading, form),
        left_at=left_at,
        source=values.get(Role.SOURCE, "") or reading.source,
        enrolments=_read_enrolments(gathered, left_at or LONG_AGO),
        timezone=_read_zone(values.get(Role.TIMEZONE, "")),
        hour=_read_hour(values.get(Role.HOUR, "")),
        paused_until=_moment(values, Role.PAUSED_UNTIL, reading, form),
        fields=gathered.fields,
    )


def _full_name(values: Mapping[Role, str]) -> str:
    """Where only the parts are known: the family name first, when it is written in East Asian letters."""
    if name := values.get(Role.NAME):
        return name
    first, last = values.get(Role.FIRST, ""), values.get(Role.LAST, "")
    parts = (last, first) if _EAST_ASIAN.search(first + last) else (first, last)
    return " ".join(part for part in parts if part)


def _moment(values: Mapping[Role, str], role: Role, reading: Reading, form: Form) -> datetime | None:
    text = values.get(role)
    if not text:
        return None
    try:
        return read_moment(text, UTC if form.is_utc else reading.zone)
    except ValueError as error:
        raise _FieldError(role.value, str(error)) from None


def _read_zone(text: str) -> str:
    if text and text not in _ZONES:
        raise _FieldError("timezone", f"{text[:40]!r} is no time zone; write one such as Asia/Tokyo")
    return text


def _read_hour(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 2 and int(text) < 24):
        raise _FieldError("hour", f"{text[:40]!r} is no hour; write 0 to 23")
    return int(text)


def _read_enrolments(gathered: _Gathered, left_at: datetime) -> tuple[Enrolment, ...] | None:
    if gathered.enrolments is not None:
        return _read_enrolment_objects(gathered.enrolments)
    running, left = (gathered.roles.get(role) for role in (Role.NEWSLETTERS, Role.LEFT))
    if running is None and left is None:
        return None
    gone = tuple(Enrolment(name, ended_at=left_at) for name in split_list(left or ""))
    return (*(Enrolment(name) for name in split_list(running or "")), *gone)


def _read_enrolment_objects(value: object) -> tuple[Enrolment, ...]:
    try:
        found: Any = json.loads(value) if isinstance(value, str) else value
        return tuple(_read_enrolment(item) for item in (found if isinstance(found, list) else [found])[:MOST_FIELDS])
    except _FieldError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        example = '[{"newsletter": "weekly", "since": "2026-01-31T09:00:00+09:00"}]'
        raise _FieldError("subscriptions", f"is no list such as {example}") from None


def _read_enrolment(item: Mapping[str, Any]) -> Enrolment:
    since, ended = (read_moment(text, UTC) if (text := item.get(key)) else None for key in ("since", "ended_at"))
    topics = tuple(as_text(topic) for topic in (item.get("topics") or ())[:MOST_FIELDS])
    rhythm = as_text(item.get("rhythm") or "")
    if rhythm and rhythm not in set(Rhythm):
        raise _FieldError("subscriptions", f"{rhythm[:40]!r} is no rhythm; write {', '.join(Rhythm)}")
    return Enrolment(as_text(item["newsletter"]), since, ended, topics, rhythm)


def split_list(text: str) -> list[str]:
    """The parts between commas, semicolons or 、, each once."""
    return list(dict.fromkeys(part for part in _SEPARATOR.split(text.strip()) if part))
