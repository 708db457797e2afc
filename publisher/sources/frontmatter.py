"""Front matter: the block at the top of a file, YAML between `---`, TOML between `+++`, or JSON in braces.

The door of python-frontmatter and PyYAML here.

Values come out as text, true/false, nothing, lists and mappings: dates and numbers stay as they were written, so that
`2026-02-30` can be reported where it stands instead of raising somewhere inside YAML, and a slug `007` keeps its zeros.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from datetime import date, time
from typing import Any, TypeAlias

import yaml
from frontmatter.default_handlers import YAMLHandler

Plain: TypeAlias = "str | bool | list[Plain] | dict[str, Plain] | None"

_HANDLER = YAMLHandler()
_MOST_VALUES = 10_000  # aliases can make a page of text into billions of values
_PROGRAM = re.compile(r"---[ \t]*(javascript|js|coffee|coffeescript|cson|typescript|ts)[ \t]*\n", re.IGNORECASE)
_TOML_FENCE = re.compile(r"\+{3,}[ \t]*\n")
_TOML_BLOCK = re.compile(r"\+{3,}[ \t]*\n(?P<block>(?:(?!\+{3,}[ \t]*$).*\n)*?)\+{3,}[ \t]*(?:\n|\Z)", re.MULTILINE)
_TOML_PLACE = re.compile(r" \(at line (\d+), column \d+\)")
_JSON_START = re.compile(r"\{\s*(?:\"|\}\s*$)", re.MULTILINE)
_TRUE = {"true", "yes", "on"}


class FrontMatterError(Exception):
    """The block is there but cannot be read; `line` counts from 1 in the file."""

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
class FrontMatter:
    """Keys in lower case. `body` is the text after the block, untouched."""

    fields: dict[str, Field]
    body: str


def split_front_matter(text: str) -> FrontMatter | None:
    """None when the file has no front matter at all.

    Raises FrontMatterError.
    """
    stripped = text.lstrip()
    first_line = text.count("\n", 0, len(text) - len(stripped)) + 1
    if stripped.startswith("+++"):
        return _split_toml(stripped, first_line)
    if stripped.startswith("{"):
        return _split_json(stripped, first_line)
    if program := _PROGRAM.match(stripped):
        message = f"the front matter is a program ({program[1]}), which is never run; write it as YAML"
        raise FrontMatterError(message, first_line)
    if not _HANDLER.detect(stripped):
        return None
    try:
        block, body = _HANDLER.split(stripped)
    except ValueError:
        raise FrontMatterError("the front matter is not closed; end it with a line of ---", 1) from None
    # The library's pattern also takes blank lines after `---` into the boundary, so lines are counted from its end.
    boundary = _HANDLER.FM_BOUNDARY.match(stripped)
    before = text[: len(text) - len(stripped)] + stripped[: boundary.end() if boundary else 0]
    return FrontMatter(_read_block(block, before.count("\n") + 1), body)


def _split_toml(text: str, first_line: int) -> FrontMatter | None:
    match = _TOML_BLOCK.match(text)
    if match is None:
        if _TOML_FENCE.match(text):
            raise FrontMatterError("the front matter is not closed; end it with a line of +++", first_line)
        return None
    block = match["block"]
    try:
        values = tomllib.loads(block)
    except tomllib.TOMLDecodeError as error:
        place = _TOML_PLACE.search(str(error))
        line = first_line + (int(place[1]) if place else 0)
        raise FrontMatterError(f"the front matter is not valid TOML: {_TOML_PLACE.sub('', str(error))}", line) from None
    except (ValueError, RecursionError) as error:
        raise FrontMatterError(f"the front matter is not valid TOML: {error}", first_line) from None
    return FrontMatter(_to_fields(values, block, first_line + 1, "="), text[match.end() :])


def _split_json(text: str, first_line: int) -> FrontMatter | None:
    """None for a brace that begins no object of names and values: a shortcode, an attribute list, a sentence."""
    if not _JSON_START.match(text):
        return None
    try:
        values, end = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str).raw_decode(text)
    except json.JSONDecodeError as error:
        line = first_line + error.lineno - 1
        raise FrontMatterError(f"the front matter is not valid JSON: {error.msg}", line) from None
    except RecursionError:
        raise FrontMatterError("the front matter holds more than anyone can mean", first_line) from None
    return FrontMatter(_to_fields(values, text[:end], first_line, ":"), text[end:])


def _to_fields(values: dict[str, Any], block: str, first_line: int, sign: str) -> dict[str, Field]:
    """Each value with the first line that its name stands on at the left."""
    lines: dict[str, int] = {}
    for number, line in enumerate(block.split("\n"), start=first_line):
        name = line.partition(sign)[0].strip(" \t{[]},\"'").lower()
        lines.setdefault(name, number)
    reader = _ValueReader(first_line)
    return {
        key.strip().lower(): Field(reader.value(value, depth=0), lines.get(key.strip().lower(), first_line))
        for key, value in values.items()
    }


class _ValueReader:
    """Values of TOML and JSON in the shapes that YAML's come in: dates and numbers are text."""

    def __init__(self, first_line: int) -> None:
        self._first_line = first_line
        self._count = 0

    def value(self, value: Any, depth: int) -> Plain:
        self._count += 1
        if self._count > _MOST_VALUES or depth > 20:
            raise FrontMatterError("the front matter holds more than anyone can mean", self._first_line)
        if isinstance(value, dict):
            return {str(key): self.value(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item, depth + 1) for item in value]
        if value is None or isinstance(value, bool):
            return value
        return value.isoformat() if isinstance(value, date | time) else str(value)


def _read_block(block: str, first_line: int) -> dict[str, Field]:
    # libyaml takes tabs where the pure loader refuses them; the result must not depend on how PyYAML was built.
    loader = yaml.SafeLoader if "\t" in block else getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        root = yaml.compose(block, Loader=loader)
    except yaml.MarkedYAMLError as error:
        raise _explain(error, block, first_line) from None
    except (yaml.YAMLError, ValueError) as error:
        raise FrontMatterError(f"the front matter is not valid YAML: {error}", first_line) from None
    if root is None:
        return {}
    if not isinstance(root, yaml.MappingNode):
        line = root.start_mark.line + first_line
        raise FrontMatterError("the front matter must be lines of `key: value`", line)
    reader = _NodeReader(first_line)
    fields: dict[str, Field] = {}
    for key, value in root.value:
        line = key.start_mark.line + first_line
        fields[str(key.value).strip().lower()] = Field(reader.value(value, depth=0), line)
    return fields


class _NodeReader:
    def __init__(self, first_line: int) -> None:
        self._first_line = first_line
        self._count = 0

    def value(self, node: yaml.Node, depth: int) -> Plain:
        self._count += 1
        if self._count > _MOST_VALUES or depth > 20:
            raise FrontMatterError("the front matter holds more than anyone can mean", self._first_line)
        if isinstance(node, yaml.MappingNode):
            return {str(key.value): self.value(item, depth + 1) for key, item in node.value}
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, depth + 1) for item in node.value]
        if node.tag == "tag:yaml.org,2002:null":
            return None
        if node.tag == "tag:yaml.org,2002:bool":
            return str(node.value).lower() in _TRUE
        return str(node.value)


def _explain(error: yaml.MarkedYAMLError, block: str, first_line: int) -> FrontMatterError:
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return FrontMatterError(f"the front matter is not valid YAML: {error.problem}", first_line)
    lines = block.split("\n")
    text = lines[mark.line] if mark.line < len(lines) else ""
    # An unquoted colon or an unescaped quote is noticed on the line itself or on the one after.
    key = text.partition(":")[0].strip() if ":" in text else None
    hint = '; put the value in quotes and write \\" for a quote inside it' if key else ""
    return FrontMatterError(
        f"the front matter is not valid YAML: {error.problem}{hint}", mark.line + first_line, key or None
    )
