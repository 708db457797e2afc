"""CSS as far as the rules need it: which rules and declarations there are. Pure.

cssutils stands behind the door of premailer and leaves out what it does not know, which is just what is looked for.
Every character is looked at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_PIECE = re.compile(r""""[^"]*"?|'[^']*'?|[(){};]|[^"'(){};]+""")
_NAME = re.compile(r"@([\w-]+)")


@dataclass(frozen=True, slots=True)
class Declaration:
    """`name` in lower case, `value` without `!important`."""

    name: str
    value: str
    important: bool = False


@dataclass(frozen=True, slots=True)
class StyleRule:
    """`media` is the condition of the `@media` block around it, "" outside of any."""

    selectors: tuple[str, ...]
    declarations: tuple[Declaration, ...]
    media: str = ""


@dataclass(slots=True)
class Sheet:
    """`at_rules` are the names and conditions of all `@` rules; `is_nested`: one of them stands inside another."""

    rules: list[StyleRule] = field(default_factory=list)
    at_rules: list[tuple[str, str]] = field(default_factory=list)
    is_nested: bool = False


def parse_declarations(text: str) -> tuple[Declaration, ...]:
    """Of a `style` attribute or a rule. Raises nothing; what has no colon is left out."""
    return tuple(_declarations(_COMMENT.sub(" ", text)))


def parse_sheet(text: str) -> Sheet:
    """Of a `<style>` block. Raises nothing."""
    sheet = Sheet()
    heads: list[str] = []
    buffer: list[str] = []
    for piece in _PIECE.findall(_COMMENT.sub(" ", text)):
        if piece == "{":
            heads.append(_open(sheet, heads, "".join(buffer).strip()))
        elif piece == "}":
            _close(sheet, heads, "".join(buffer))
        elif piece == ";" and not (heads and not heads[-1].startswith("@")):
            _note_at_rule(sheet, "".join(buffer).strip())
        else:
            buffer.append(piece)
            continue
        buffer.clear()
    return sheet


def _open(sheet: Sheet, heads: list[str], head: str) -> str:
    if head.startswith("@"):
        sheet.is_nested = sheet.is_nested or any(outer.startswith("@") for outer in heads)
        _note_at_rule(sheet, head)
    return head


def _close(sheet: Sheet, heads: list[str], body: str) -> None:
    head = heads.pop() if heads else ""
    if not head or head.startswith("@"):
        return
    media = next((outer[6:].strip() for outer in reversed(heads) if outer[:6].lower() == "@media"), "")
    selectors = tuple(" ".join(selector.split()) for selector in head.split(","))
    sheet.rules.append(StyleRule(selectors, tuple(_declarations(body)), media.lower()))


def _note_at_rule(sheet: Sheet, head: str) -> None:
    name = _NAME.match(head)
    if name:
        sheet.at_rules.append((name[1].lower(), head[name.end() :].strip().lower()))


def _declarations(text: str) -> Iterator[Declaration]:
    for part in _split(text):
        name, colon, value = part.partition(":")
        if not colon:
            continue
        value, mark, word = value.strip().rpartition("!")
        if mark and word.strip().lower() == "important":
            yield Declaration(name.strip().lower(), value.strip(), important=True)
        else:
            yield Declaration(name.strip().lower(), f"{value}{mark}{word}".strip())


def _split(text: str) -> Iterator[str]:
    """At semicolons that stand in no quotes and no brackets."""
    depth = 0
    buffer: list[str] = []
    for piece in _PIECE.findall(text):
        if piece == ";" and not depth:
            yield "".join(buffer)
            buffer.clear()
            continue
        depth = max(0, depth + (piece == "(") - (piece == ")"))
        buffer.append(piece)
    yield "".join(buffer)
