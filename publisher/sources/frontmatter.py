"""A block of front matter -> its fields, whether YAML, TOML, JSON or plain lines. Pure; the door of PyYAML here.

Values come out as text, true/false, nothing, lists and mappings: dates and numbers stay as they were written, so that
`2026-02-30` can be reported where it stands instead of raising somewhere inside YAML, and a slug `007` keeps its zeros.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, time
from typing import Any

import yaml

from publisher.markup.characters import clean
from publisher.sources.fences import Block, Syntax, find_block
from publisher.sources.lookup import Field, FrontMatterError, Plain
from publisher.sources.quotes import repair_quotes
from publisher.sources.simplelines import read_simple_lines

_MOST_VALUES = 10_000  # aliases can make a page of text into billions of values
_DEEPEST = 20
_LARGEST = 256_000  # characters
_MOST_BRACKETS = 2_000
_TOO_MUCH = "the front matter holds more than anyone can mean"
_TOML_PLACE = re.compile(r" \(at line (\d+), column \d+\)")
_LINE = re.compile(r"([A-Za-z][\w-]*):[ \t]*(.*)")
_MOST_LEVELS = 100
_LEVELS = re.compile(rf"(?:[-?:][ \t]+){{{_MOST_LEVELS}}}")
_TRUE = {"true", "yes", "on"}


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """Keys in lower case. `body` is the text after the block, untouched. `notes` are lines that had to be repaired."""

    fields: Mapping[str, Field]
    body: str
    syntax: Syntax = Syntax.YAML
    notes: tuple[FrontMatterError, ...] = ()


def split_front_matter(text: str) -> FrontMatter | None:
    """None when the text has no front matter at all; line ends are `\\n`.

    Raises FrontMatterError.
    """
    block = find_block(text)
    if block is None:
        return None
    if block.syntax is Syntax.JSON:
        return _read_json(block)
    # YAML refuses a control character anywhere; one pasted by accident must not cost the article.
    content = clean(block.text)
    if block.syntax is Syntax.TOML:
        return FrontMatter(_read_toml(content, block.first_line), block.body, block.syntax)
    if block.syntax is Syntax.LINES:
        return FrontMatter(_read_lines(content, block.first_line), block.body, block.syntax)
    fields, notes = _read_yaml(content, block.first_line)
    return FrontMatter(fields, block.body, block.syntax, notes)


def _read_toml(content: str, first_line: int) -> dict[str, Field]:
    _refuse_depth(content, first_line)
    try:
        values = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        place = _TOML_PLACE.search(str(error))
        line = first_line + (int(place[1]) - 1 if place else 0)
        raise FrontMatterError(f"the front matter is not valid TOML: {_TOML_PLACE.sub('', str(error))}", line) from None
    except (ValueError, RecursionError) as error:
        raise FrontMatterError(f"the front matter is not valid TOML: {error}", first_line) from None
    return _to_fields(values, content, first_line, "=")


def _read_json(block: Block) -> FrontMatter:
    """The object ends where its last brace is; what follows is the body."""
    try:
        decoder = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False)
        values, end = decoder.raw_decode(block.text.lstrip())
    except json.JSONDecodeError as error:
        line = block.first_line + error.lineno - 1
        raise FrontMatterError(f"the front matter is not valid JSON: {error.msg}", line) from None
    except RecursionError:
        raise FrontMatterError(_TOO_MUCH, block.first_line) from None
    text = block.text.lstrip()
    if not isinstance(values, dict):
        raise FrontMatterError("the front matter must be an object of names and values", block.first_line)
    rest = text[end:] if not block.body else block.body
    return FrontMatter(_to_fields(values, text[:end], block.first_line, ":"), rest, block.syntax)


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
        if self._count > _MOST_VALUES or depth > _DEEPEST:
            raise FrontMatterError(_TOO_MUCH, self._first_line)
        if isinstance(value, dict):
            return {str(key): self.value(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item, depth + 1) for item in value]
        if value is None or isinstance(value, bool):
            return value
        return value.isoformat() if isinstance(value, date | time) else str(value)


def _read_lines(content: str, first_line: int) -> dict[str, Field]:
    """Python-Markdown's metadata: a name, a colon and all that follows; an indented line goes on with the last one."""
    fields: dict[str, Field] = {}
    name = ""
    for number, line in enumerate(content.split("\n"), start=first_line):
        match = _LINE.fullmatch(line)
        if match:
            name = match[1].lower()
            fields.setdefault(name, Field(_to_plain(match[2].strip()), number))
        elif name and line.strip():
            before = fields[name]
            fields[name] = Field(f"{plain_or_empty(before.value)} {line.strip()}".strip(), before.line)
    return fields


def _to_plain(text: str) -> Plain:
    return {"true": True, "false": False}.get(text.lower(), text)


def plain_or_empty(value: Plain) -> str:
    return value if isinstance(value, str) else ""


def _read_yaml(content: str, first_line: int) -> tuple[dict[str, Field], tuple[FrontMatterError, ...]]:
    _refuse_depth(content, first_line)
    simple = read_simple_lines(content, first_line)
    if simple is not None:
        return simple, ()
    try:
        return compose_fields(content, first_line), ()
    except yaml.MarkedYAMLError as error:
        repaired, lines = repair_quotes(content)
        if not lines:
            raise _explain(error, content, first_line) from None
        try:
            fields = compose_fields(repaired, first_line)
        except yaml.MarkedYAMLError:
            raise _explain(error, content, first_line) from None
    message = 'has a " or a \\ inside quotes and was read as it was meant; write \\" and \\\\ there'
    return fields, tuple(FrontMatterError(message, first_line + line, name) for line, name in lines)


def _refuse_depth(content: str, first_line: int) -> None:
    """The parsers call themselves for each level, and libyaml ends the process when that is too deep."""
    brackets = content.count("[") + content.count("{")
    blanks = content.count(" ") + content.count("\t")  # most have fewer than so many levels need
    if len(content) > _LARGEST or brackets > _MOST_BRACKETS or (blanks >= _MOST_LEVELS and _LEVELS.search(content)):
        raise FrontMatterError(_TOO_MUCH, first_line)


def _compose(content: str, first_line: int) -> yaml.Node | None:
    # libyaml takes tabs where the pure loader refuses them, and has other words for what is wrong; the result must not
    # depend on how PyYAML was built.
    try:
        if "\t" not in content and yaml.__with_libyaml__:
            with suppress(yaml.YAMLError):
                return yaml.compose(content, Loader=yaml.CSafeLoader)
        return yaml.compose(content, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError:
        raise
    except (yaml.YAMLError, ValueError) as error:
        raise FrontMatterError(f"the front matter is not valid YAML: {error}", first_line) from None
    except RecursionError:
        raise FrontMatterError(_TOO_MUCH, first_line) from None


def compose_fields(content: str, first_line: int) -> dict[str, Field]:
    """Fields by what YAML says of the text. Raises FrontMatterError and what PyYAML does for text that is none."""
    root = _compose(content, first_line)
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
        if self._count > _MOST_VALUES or depth > _DEEPEST:
            raise FrontMatterError(_TOO_MUCH, self._first_line)
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
