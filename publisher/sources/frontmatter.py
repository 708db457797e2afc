"""Front matter: the block between `---` lines at the top of a file. The door of python-frontmatter and PyYAML here.

Values come out as text, true/false, nothing, lists and mappings: dates and numbers stay as they were written, so that
`2026-02-30` can be reported where it stands instead of raising somewhere inside YAML, and a slug `007` keeps its zeros.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import yaml
from frontmatter.default_handlers import YAMLHandler

Plain: TypeAlias = "str | bool | list[Plain] | dict[str, Plain] | None"

_HANDLER = YAMLHandler()
_MOST_VALUES = 10_000  # aliases can make a page of text into billions of values
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
