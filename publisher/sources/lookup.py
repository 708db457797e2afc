"""One file's front matter, asked by role: whatever name a value goes by, and in whatever shape. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

Plain: TypeAlias = "str | bool | list[Plain] | dict[str, Plain] | None"

LONGEST_TEXT = 10_000  # characters of a title, a summary or a credit
_LONGEST_SHOWN = 60  # characters of a value in a message


class FrontMatterError(Exception):
    """Something cannot be read; `line` counts from 1 in the file."""

    def __init__(self, message: str, line: int | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.field = field


@dataclass(frozen=True, slots=True)
class Field:
    """A value and the line of its key in the file."""

    value: Plain
    line: int


@dataclass(frozen=True, slots=True)
class Found:
    """A value and the name under which it stood."""

    name: str
    value: Plain
    line: int

    def wrong(self, expected: str) -> FrontMatterError:
        shown = repr(self.value)
        shown = shown if len(shown) <= _LONGEST_SHOWN else shown[: _LONGEST_SHOWN - 3] + "..."
        return FrontMatterError(f"found {shown}, expected {expected}", self.line, self.name)


class Lookup:
    """Fields by name, without regard to case and to `-` or `_`; `own` are a person's names for roles.

    What a field has to be read without is noted in `notes`.
    """

    def __init__(self, fields: Mapping[str, Field], own: Mapping[str, tuple[str, ...]]) -> None:
        self._fields = {key.replace("-", "_"): field for key, field in fields.items()}
        self._own = own
        self.notes: list[FrontMatterError] = []

    def each(self, names: tuple[str, ...], role: str = "") -> Iterator[Found]:
        """Everything that stands under these names, in their order; empty values are not there."""
        fields = self._fields
        names = self._names(names, role)
        # A post has seven fields or so, and is asked for a hundred and forty.
        if fields.keys().isdisjoint(_first_parts(names)):
            return
        for name in names:
            field = fields.get(name)
            value = field.value if field else None
            if field is None and "." in name:
                field, value = self._reach(name)
            if field is not None and value is not None and value not in ("", [], {}):
                yield Found(name, value, field.line)

    def first(self, names: tuple[str, ...], role: str = "") -> Found | None:
        return next(self.each(names, role), None)

    def has(self, name: str) -> bool:
        return name in self._fields

    def line_of(self, names: tuple[str, ...]) -> int:
        """Where one of the names stands with nothing behind it, else the first line."""
        fields = (self._fields[name] for name in names if name in self._fields)
        return next((field.line for field in fields if not isinstance(field.value, bool)), 1)

    def note(self, error: FrontMatterError) -> None:
        self.notes.append(error)

    def _names(self, names: tuple[str, ...], role: str) -> tuple[str, ...]:
        own = self._own.get(role, ()) if self._own else ()
        return (*(name.lower().replace("-", "_") for name in own), *names) if own else names

    def _reach(self, name: str) -> tuple[Field | None, Plain]:
        head, _, rest = name.partition(".")
        field = self._fields.get(head)
        value = field.value if field else None
        for part in rest.split("."):
            if not isinstance(value, dict):
                return None, None
            value = next((inner for key, inner in value.items() if key.lower().replace("-", "_") == part), None)
        return field, value


@lru_cache(maxsize=256)
def _first_parts(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name.partition(".")[0] for name in names)


def short_text(value: Plain) -> str | None:
    """As `plain_text`, with no more of it than anybody would show: reading Markdown in it takes its time."""
    text = plain_text(value)
    return text and text[:LONGEST_TEXT]


def plain_text(value: Plain) -> str | None:
    """Text as written; true and false are words here (`title: Yes`)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else None
