"""What templates and Markdown of the operator say for values of the reader. Pure.

`{{ subscriber.name | default("…") }}` becomes a word that `compile` fills in, so a text is rendered once for everybody.
In Markdown nothing else of Jinja is known, and articles are not looked at: they can ask for nothing.
"""

from __future__ import annotations

import re

from publisher.errors import TemplateError
from publisher.mail.slots import AnySlot, FieldSlot, Slot, field_slot, split, word
from publisher.markup.characters import clean_line
from publisher.model.rendered import RenderedIssue
from publisher.templating import Fillable

LONGEST_VALUE = 1_000  # characters; an import keeps no more of a field
_MOST_FIELDS = 1_000
_OWN = {"email": Slot.EMAIL, "name": Slot.NAME}
_PLACEHOLDER = re.compile(
    r"\{\{-?[ \t]*subscriber\.(?:(email|name)|fields\.([^\W\d]\w{0,99}))[ \t]*"
    r"""(?:\|[ \t]*default\([ \t]*(?:"([^"\n]{0,1000})"|'([^'\n]{0,1000})')[ \t]*(?:,[ \t]*[Tt]rue[ \t]*)?\)[ \t]*)?"""
    r"-?\}\}"
)
_ATTEMPT = re.compile(r"\{\{-?[ \t]*subscriber\b[^\n}]{0,80}\}{0,2}")


class Fields:
    """The fields that one rendering asks for, numbered as they come."""

    def __init__(self, marker: str) -> None:
        self.marker = marker
        self._numbers: dict[tuple[str, str], int] = {}

    @property
    def asked(self) -> tuple[tuple[str, str], ...]:
        """Name and fallback, in the order of their numbers."""
        return tuple(self._numbers)

    def word(self, name: str, fallback: str = "") -> str:
        """Raises ValueError for a fallback that is personal itself, and for more fields than anybody has."""
        if self.marker in fallback:
            raise ValueError("the fallback of a personal value cannot be one, too: write words for everybody")
        if not fallback and name in _OWN:
            return word(self.marker, _OWN[name])
        if len(self._numbers) >= _MOST_FIELDS:
            raise ValueError(f"more than {_MOST_FIELDS} personal values with different fallbacks")
        key = (name, clean_line(fallback)[:LONGEST_VALUE])
        return word(self.marker, field_slot(self._numbers.setdefault(key, len(self._numbers))))


class PersonalWord(Fillable):
    """A value of the reader as templates print it."""

    _fields: Fields
    _name: str

    def or_else(self, fallback: str) -> str:
        return self._fields.word(self._name, fallback)


def personal_word(fields: Fields, name: str) -> PersonalWord:
    made = PersonalWord(fields.word(name))
    made._fields, made._name = fields, name  # noqa: SLF001 - a `str` takes no further argument
    return made


class FieldsView:
    """`subscriber.fields` in templates: any name is one, since people import what they like."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields

    def __getitem__(self, name: str) -> PersonalWord:
        return personal_word(self._fields, name)


def fill_markdown(text: str, fields: Fields, what: str) -> str:
    """`text` with words in the places of its placeholders.

    Raises TemplateError, with `what` it is and the line, for one that is not written as it must be.
    """

    def replace(found: re.Match[str]) -> str:
        return fields.word(found[1] or found[2], found[3] or found[4] or "")

    filled = _PLACEHOLDER.sub(replace, text)
    wrong = _ATTEMPT.search(filled)
    if wrong is not None:
        line = filled.count("\n", 0, wrong.start()) + 1
        raise TemplateError(
            f"{what}, line {line} of the text: {wrong[0]} is not known; write {{{{ subscriber.name }}}}, "
            '{{ subscriber.email }} or {{ subscriber.fields.NAME }}, each with | default("…") if you like'
        )
    return filled


def without_person(text: str, marker: str, fields: tuple[tuple[str, str], ...]) -> str:
    """`text` for nobody in particular: fallbacks where there are some, and nothing where there are none."""

    def show(piece: str | AnySlot) -> str:
        if isinstance(piece, Slot):
            return ""
        return fields[piece.number][1] if isinstance(piece, FieldSlot) else piece

    return "".join(map(show, split(text, marker))) if marker in text else text


def show_subject(rendered: RenderedIssue) -> str:
    """The subject as lists and reports show it."""
    return clean_line(without_person(rendered.subject, rendered.marker, rendered.fields))
