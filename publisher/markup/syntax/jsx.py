"""Program text in MDX: where braces end, what a tag of JSX says. Pure.

Nothing is run. Braces are paired once for a whole text, so that a thousand that nobody closes cost no more than reading
them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

_OUTSIDE = re.compile(r"[{}]")
# Inside, a brace in a string or a comment is none.
_INSIDE = re.compile(
    r"[{}]|/\*.{0,1000}?\*/|'(?:[^'\\\n]|\\.){0,300}'|\"(?:[^\"\\\n]|\\.){0,300}\"|`(?:[^`\\]|\\.){0,1000}`", re.DOTALL
)
_NAME = re.compile(r"<(/?)(?:([A-Za-z][\w.:-]*)(?=[\s/>{])|(?=>))")
_SPACE = re.compile(r"\s*")
_ATTRIBUTE = re.compile(r"([A-Za-z_][\w:.-]*)(\s*=\s*)?")
_STRING = re.compile(r"\"([^\"]{0,5000})\"|'([^']{0,5000})'")
_LITERAL = re.compile(r"""\{\s*(?:"([^"{}]*)"|'([^'{}]*)'|`([^`{}$]*)`|(\d+))\s*\}""")
_MOST_ATTRIBUTES = 50


@dataclass(frozen=True, slots=True)
class JsxTag:
    """`name` is empty for a fragment (`<>`). Attributes whose value is no plain text are left out."""

    name: str
    attributes: Mapping[str, str]
    is_end: bool
    is_alone: bool  # `<X />`
    end: int

    @property
    def is_component(self) -> bool:
        return not self.name[:1].islower() or "." in self.name


@lru_cache(maxsize=16)
def pair_braces(source: str) -> Mapping[int, int]:
    """Where the `}` of each `{` stands."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    position = 0
    while match := (_INSIDE if opened else _OUTSIDE).search(source, position):
        position = match.end()
        if match[0] == "{":
            opened.append(match.start())
        elif match[0] == "}" and opened:
            pairs[opened.pop()] = match.start()
    return pairs


def match_jsx(source: str, start: int) -> JsxTag | None:
    """The tag that begins at `start`, or None for what is no tag of JSX."""
    opening = _NAME.match(source, start)
    if not opening:
        return None
    attributes: dict[str, str] = {}
    position = opening.end()
    for _ in range(_MOST_ATTRIBUTES):
        position = _skip_space(source, position)
        for end in (">", "/>"):
            if source.startswith(end, position):
                return JsxTag(opening[2] or "", attributes, bool(opening[1]), end == "/>", position + len(end))
        after = _read_attribute(source, position, attributes)
        if after is None:
            return None
        position = after
    return None


def read_literal(expression: str) -> str:
    """The text that an expression in braces is, or an empty text for a program."""
    match = _LITERAL.fullmatch(expression)
    return next((found for found in match.groups() if found is not None), "") if match else ""


def _skip_space(source: str, position: int) -> int:
    match = _SPACE.match(source, position)
    return match.end() if match else position


def _read_attribute(source: str, position: int, attributes: dict[str, str]) -> int | None:
    """Where it ends, or None when there is none."""
    if source.startswith("{", position):  # {...rest}
        return _after_brace(source, position)
    name = _ATTRIBUTE.match(source, position)
    if not name:
        return None
    if not name[2]:
        attributes[name[1]] = ""
        return name.end()
    if string := _STRING.match(source, name.end()):
        attributes[name[1]] = string[1] if string[1] is not None else string[2]
        return string.end()
    end = _after_brace(source, name.end())
    if end is not None and (value := read_literal(source[name.end() : end])):
        attributes[name[1]] = value
    return end


def _after_brace(source: str, position: int) -> int | None:
    end = pair_braces(source).get(position)
    return None if end is None else end + 1
