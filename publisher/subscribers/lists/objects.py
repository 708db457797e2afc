"""A JSON text of many objects -> each of them, without ever holding more than one. Pure.

Braces outside of strings are counted, so each letter is looked at once, however long the lines are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

_LONGEST = 1_000_000  # characters of one object
_MARKS = re.compile(r'[{}"\\]')
_BETWEEN = " \t\r\n,[]\ufeff"

Found = dict[str, object] | str


def split_objects(pieces: Iterable[str]) -> Iterator[tuple[int, Found]]:
    """Each object, or what is wrong in its place, with the number of the line in which it ends.

    `pieces` are lines, or parts of long ones: an array of objects, or one object a line.
    """
    splitter, line = _Splitter(), 1
    for piece in pieces:
        for text in splitter.feed(piece):
            yield line, _parse(text)
        if splitter.problem:
            yield line, splitter.problem
            return
        line += piece.endswith("\n")
    if splitter.is_open:
        yield line, "is not JSON: it ends in the middle of an object"


def _parse(text: str) -> Found:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        return f"is not JSON: {error.msg}"
    except (ValueError, RecursionError):  # a number of thousands of digits; thousands of brackets
        return "is not JSON that we read: a number or a nesting without end"
    return found if isinstance(found, dict) else "is not JSON: an array of objects, or one object a line"


class _Splitter:
    def __init__(self) -> None:
        self.problem = ""
        self._kept: list[str] = []  # of the object that is open
        self._size = 0
        self._depth = 0
        self._in_string = False
        self._skips = False  # the next character is behind a backslash

    @property
    def is_open(self) -> bool:
        return self._depth > 0

    def feed(self, piece: str) -> Iterator[str]:
        """The objects that end in this piece."""
        start = behind = 0
        if self._skips and piece:
            behind, self._skips = 1, False
        for match in _MARKS.finditer(piece):
            place = match.start()
            if place < behind:
                continue
            if self._step(match[0]):
                behind = place + 2
                self._skips = behind > len(piece)
            elif match[0] == "{" and self._depth == 1 and not self._in_string:
                self._check_between(piece[start:place])
                start = place
            elif match[0] == "}" and self._depth == 0 and not self._in_string:
                yield "".join((*self._kept, piece[start : place + 1]))
                self._kept, self._size, start = [], 0, place + 1
            if self.problem:
                return
        self._keep(piece[start:])

    def _step(self, mark: str) -> bool:
        """Whether the character behind is to be passed over."""
        if self._in_string:
            self._in_string = mark != '"'
            return mark == "\\"
        if mark == '"' and self._depth:
            self._in_string = True
        elif mark == "{":
            self._depth += 1
        elif mark == "}" and self._depth:
            self._depth -= 1
        else:
            self.problem = "is not JSON: an array of objects, or one object a line"
        return False

    def _keep(self, rest: str) -> None:
        if not self.is_open:
            self._check_between(rest)
            return
        self._kept.append(rest)
        self._size += len(rest)
        if self._size > _LONGEST:
            self.problem = f"has an object of more than {_LONGEST:,} characters, or one that is not closed"

    def _check_between(self, text: str) -> None:
        if text.strip(_BETWEEN):
            self.problem = "is not JSON: an array of objects, or one object a line"
