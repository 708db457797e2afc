"""A text -> an expression, or where it is wrong and what to write instead. Pure.

expression = conjunction, {"or", conjunction}
conjunction = negation, {"and", negation}
negation = "not", negation | "(", expression, ")" | test
test = property, ("=" | "!=" | "contains" | "has"), value
     | property, ["has"], ["not"], "in", "(", value, {",", value}, ")" | property, "is", ["not"], "empty"
     | "joined", ("before" | "after" | "since" | "on"), day | "joined", "last", duration
     | "hour", ("=" | "!=" | "<" | "<=" | ">" | ">="), number
     | ["never"], event, ["count", (">=" | ">" | "<" | "<="), number], ["last", duration]
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from typing import NoReturn

from publisher.model.subscriber import SubscriberState
from publisher.segments.expression import (
    CURLY,
    KEYWORDS,
    DayTest,
    Expression,
    LedgerTest,
    Not,
    NumberTest,
    RecentTest,
    TextTest,
    all_of,
    any_of,
)
from publisher.timing import parse_duration

LONGEST = 2000  # characters
_DEEPEST = 50  # parentheses and "not" within each other
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_TOKEN = re.compile(
    rf'(?P<field>field\.(?:{_QUOTED}|[^\s()=!<>,"\\]+))|(?P<text>{_QUOTED})|(?P<mark>!=|>=|<=|[=<>(),])|(?P<word>[^\s()=!<>,"\\]+)'
)
_SPACE = re.compile(r"\s*")
_ESCAPED = re.compile(r"\\(.)")

TEXTS = ("email", "name", "language", "status", "source", "timezone", "rhythm", "newsletter", "topic", "tag")
LISTED = frozenset({"topic", "tag"})  # many at once: `has`
EVENTS = ("accepted", "bounced", "complained", "deferred", "uncertain")
RHYTHMS = ("each", "daily", "weekly", "monthly")
_NAMES = (*TEXTS, "field.NAME", "joined", "hour", *EVENTS)
_DAY_OPS = ("before", "after", "since", "on")
_CHOICES = {
    "status": tuple(state.value for state in SubscriberState if state is not SubscriberState.FORGOTTEN),
    "rhythm": RHYTHMS,
}


class SegmentError(ValueError):
    """`column` counts from 1."""

    def __init__(self, column: int, message: str) -> None:
        self.column = column
        super().__init__(f"column {column}: {message}")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # field, text, mark, word, or end
    text: str
    column: int

    def is_word(self, *words: str) -> bool:
        return self.kind == "word" and self.text.casefold() in words


def parse_segment(text: str) -> Expression:
    """Raises SegmentError."""
    if len(text) > LONGEST:
        raise SegmentError(LONGEST + 1, f"is longer than {LONGEST:,} characters")
    parser = _Parser(_split(text))
    found = parser.read_any()
    if parser.next.kind != "end":
        parser.fail(f"{parser.next.text!r} does not belong here; between two tests stands and, or or")
    return found


def _split(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    place = 0
    while (place := _skip_space(text, place)) < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise SegmentError(place + 1, _explain_character(text[place]))
        kind = match.lastgroup or ""
        tokens.append(_Token(kind, match[0], place + 1))
        place = match.end()
    return [*tokens, _Token("end", "", len(text) + 1)]


def _skip_space(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return match.end() if match else place


def _explain_character(character: str) -> str:
    if character == '"':
        return 'a " that nothing closes'
    return f"{character!r} cannot stand here; texts with such signs stand in quotes"


def _unquote(text: str) -> str:
    return _ESCAPED.sub(r"\1", text[1:-1]) if text.startswith('"') else text


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0

    @property
    def next(self) -> _Token:
        return self._tokens[self._place]

    def fail(self, message: str) -> NoReturn:
        raise SegmentError(self.next.column, message)

    def take(self) -> _Token:
        token = self.next
        self._place += token.kind != "end"
        return token

    def take_word(self, *words: str) -> str:
        """The word, when it is the next; else an empty text, and nothing is taken."""
        return self.take().text.casefold() if self.next.is_word(*words) else ""

    def take_mark(self, *marks: str) -> str:
        return self.take().text if self.next.kind == "mark" and self.next.text in marks else ""

    def read_any(self) -> Expression:
        parts = [self.read_all()]
        while self.take_word("or"):
            parts.append(self.read_all())
        return any_of(parts)

    def read_all(self) -> Expression:
        parts = [self.read_one()]
        while self.take_word("and"):
            parts.append(self.read_one())
        return all_of(parts)

    def read_one(self) -> Expression:
        self._depth += 1
        if self._depth > _DEEPEST:
            self.fail(f"is more than {_DEEPEST} deep")
        try:
            if self.take_word("not"):
                return Not(self.read_one())
            if self.take_mark("("):
                found = self.read_any()
                if not self.take_mark(")"):
                    self.fail("a ) is missing")
                return found
            return self._read_test()
        finally:
            self._depth -= 1

    def _read_test(self) -> Expression:
        if self.next.kind == "field":
            name = _unquote(self.take().text.removeprefix("field."))
            return self._read_text(f"field.{name}")
        word = self.next.text.casefold() if self.next.kind == "word" else ""
        if word == "never":
            self.take()
            return Not(self._read_ledger())
        if word in EVENTS:
            return self._read_ledger()
        if word == "joined":
            self.take()
            return self._read_joined()
        if word == "hour":
            self.take()
            return self._read_hour()
        if word not in TEXTS:
            self._fail_name(word)
        self.take()
        return self._read_text(word)

    def _fail_name(self, word: str) -> NoReturn:
        if self.next.kind == "end":
            self.fail(f"something is missing; write one of {', '.join(_NAMES)}")
        near = get_close_matches(word, [*_NAMES, "never", "not"], n=1)
        if word.startswith(("open", "click")):
            self.fail(f"{word!r} is not known: nobody is tracked; accepted and bounced say what the relay knows")
        hint = f"did you mean {near[0]}?" if near else f"write one of {', '.join(_NAMES)}"
        self.fail(f"{self.next.text!r} is no property; {hint}")

    def _read_text(self, name: str) -> Expression:
        is_listed = name in LISTED
        if self.take_word("is"):
            is_not = self.take_word("not")
            if not self.take_word("empty"):
                self.fail("after is stands empty, or not empty")
            return Not(TextTest(name, "empty")) if is_not else TextTest(name, "empty")
        if mark := self.take_mark("=", "!="):
            test = TextTest(name, "has" if is_listed else "=", (self._read_value(name),))
            return Not(test) if mark == "!=" else test
        if word := self.take_word("has", "contains"):
            may_have = is_listed or name.startswith("field.")
            op = word if word == "contains" or may_have else "="
            values = self._read_values(name) if op != "contains" and self.take_word("in") else (self._read_value(name),)
            return TextTest(name, op, values)
        is_not = self.take_word("not")
        if not self.take_word("in"):
            self.fail(f"after {name} stands =, !=, in (…), contains{', has' if is_listed else ''} or is empty")
        test = TextTest(name, "has" if is_listed else "=", self._read_values(name))
        return Not(test) if is_not else test

    def _read_values(self, name: str) -> tuple[str, ...]:
        if not self.take_mark("("):
            self.fail("after in stands a list in parentheses: in (ja, en)")
        values = [self._read_value(name)]
        while self.take_mark(","):
            values.append(self._read_value(name))
        if not self.take_mark(")"):
            self.fail("a ) is missing")
        return tuple(dict.fromkeys(values))

    def _read_value(self, name: str) -> str:
        token = self.next
        if token.kind not in {"word", "text", "field"} or (token.kind == "word" and token.text.casefold() in KEYWORDS):
            self.fail(f"a value for {name} is missing; words such as and stand in quotes")
        if token.text[0] in CURLY:
            self.fail('quotes are straight: "…"')
        value = _unquote(token.text)
        choices = _CHOICES.get(name)
        if choices and value not in choices:
            near = get_close_matches(value, choices, n=1)
            self.fail(
                f"{name} is never {value!r}; {f'did you mean {near[0]}?' if near else 'write ' + ', '.join(choices)}"
            )
        self.take()
        return value

    def _read_joined(self) -> Expression:
        if self.take_word("last"):
            return RecentTest("joined", self._read_duration())
        op = self.take_word(*_DAY_OPS)
        if not op:
            self.fail("after joined stands before, after, since or on and a day, or last and a duration")
        return DayTest("joined", op, self._read_day())

    def _read_hour(self) -> Expression:
        op = self.take_mark("=", "!=", "<", "<=", ">", ">=")
        if not op:
            self.fail("after hour stands =, !=, <, <=, > or >=")
        number = self._read_number()
        if op in {"=", "!="}:
            test = NumberTest("hour", "=", number)
            return Not(test) if op == "!=" else test
        return NumberTest("hour", "<" if op in {"<", "<="} else ">=", number + (op in {"<=", ">"}))

    def _read_ledger(self) -> Expression:
        event = self.take_word(*EVENTS)
        if not event:
            self.fail(f"after never stands one of {', '.join(EVENTS)}")
        least, is_not = 1, False
        if self.take_word("count"):
            op = self.take_mark(">=", ">", "<", "<=")
            if not op:
                self.fail("after count stands >=, >, < or <=")
            least = self._read_number() + (op in {">", "<="})
            is_not = op in {"<", "<="}
            if least < 1:
                self.fail("count is compared with 1 or more")
        within = self._read_duration() if self.take_word("last") else None
        test = LedgerTest(event, least, within)
        return Not(test) if is_not else test

    def _read_number(self) -> int:
        if not (self.next.kind == "word" and self.next.text.isascii() and self.next.text.isdigit()):
            self.fail("a number is missing")
        if len(self.next.text) > 6:
            self.fail("is too large a number")
        return int(self.take().text)

    def _read_day(self) -> date:
        try:
            found = date.fromisoformat(self.next.text)
        except ValueError:
            self.fail(f"{self.next.text!r} is no day; write one such as 2026-01-31")
        self.take()
        return found

    def _read_duration(self) -> timedelta:
        try:
            found = parse_duration(self.next.text)
        except ValueError as error:
            self.fail(str(error))
        self.take()
        return found
