"""What an expression says, as values, and how it is written. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

CURLY = "“”„«»「」＂"  # no quotes to us, and no beginning of a word
_PLAIN = re.compile(r"[^\s()=!<>,\"\\]+")
# Words that a value cannot be without quotes, or the sentence would be another.
KEYWORDS = frozenset({"and", "or", "not", "in", "is", "has", "contains", "empty", "last", "count", "never"})


@dataclass(frozen=True, slots=True)
class TextTest:
    """`op` is `=` (one of `values`), `contains`, `has` (one of the listed things is one of `values`) or `empty`."""

    property: str
    op: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DayTest:
    """`op` is `before`, `after`, `since` or `on`."""

    property: str
    op: str
    day: date


@dataclass(frozen=True, slots=True)
class RecentTest:
    property: str
    within: timedelta


@dataclass(frozen=True, slots=True)
class NumberTest:
    """`op` is `=`, `<` or `>=`."""

    property: str
    op: str
    number: int


@dataclass(frozen=True, slots=True)
class LedgerTest:
    """At least so many deliveries of a kind, ever or within so long."""

    event: str
    least: int = 1
    within: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Not:
    inner: Expression


@dataclass(frozen=True, slots=True)
class And:
    """Two parts or more, none of them an And (see `all_of`)."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Expression, ...]


Expression = TextTest | DayTest | RecentTest | NumberTest | LedgerTest | Not | And | Or


def all_of(parts: Iterable[Expression]) -> Expression:
    flat = tuple(inner for part in parts for inner in (part.parts if isinstance(part, And) else (part,)))
    return flat[0] if len(flat) == 1 else And(flat)


def any_of(parts: Iterable[Expression]) -> Expression:
    flat = tuple(inner for part in parts for inner in (part.parts if isinstance(part, Or) else (part,)))
    return flat[0] if len(flat) == 1 else Or(flat)


def write(expression: Expression) -> str:
    """The expression as a person would write it; parsed, it is the same again."""
    match expression:
        case And(parts):
            return " and ".join(_inner(part, Or) for part in parts)
        case Or(parts):
            return " or ".join(write(part) for part in parts)
        case Not(TextTest(name, "empty")):
            return f"{_name(name)} is not empty"
        case Not(inner):
            return f"not {_inner(inner, And, Or)}"
        case _:
            return _write_test(expression)


def _inner(part: Expression, *weaker: type) -> str:
    return f"({write(part)})" if isinstance(part, weaker) else write(part)


def _write_test(test: Expression) -> str:
    match test:
        case TextTest(name, "empty"):
            return f"{_name(name)} is empty"
        case TextTest(name, op, values) if len(values) == 1:
            return f"{_name(name)} {op} {_value(values[0])}"
        case TextTest(name, op, values):
            return f"{_name(name)} {'has ' if op == 'has' else ''}in ({', '.join(map(_value, values))})"
        case DayTest(name, op, day):
            return f"{name} {op} {day.isoformat()}"
        case RecentTest(name, within):
            return f"{name} last {_duration(within)}"
        case NumberTest(name, op, number):
            return f"{name} {op} {number}"
        case LedgerTest(event, least, within):
            counted = f" count >= {least}" if least > 1 else ""
            return f"{event}{counted}{f' last {_duration(within)}' if within is not None else ''}"
        case _:
            raise TypeError(f"{type(test).__name__} is no test")


def _name(name: str) -> str:
    start, dot, field = name.partition(".")
    return f"{start}.{_value(field)}" if dot else name


def _value(text: str) -> str:
    if _PLAIN.fullmatch(text) and text[0] not in CURLY and text.casefold() not in KEYWORDS:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _duration(length: timedelta) -> str:
    minutes = length // timedelta(minutes=1)
    for unit, size in (("w", 10080), ("d", 1440), ("h", 60)):
        if minutes and minutes % size == 0 and minutes // size <= 999_999:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"
