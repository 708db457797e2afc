"""A YAML file as plain data that remembers the line of every key; the environment filled in.

`${NAME}` and `${NAME:-default}` work in every value; `$${` stands for a literal `${`. No message repeats a value, which
may be a password.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.reader import ReaderError

from publisher.errors import Problem

_VARIABLE = re.compile(
    r"(?P<escape>\$\$\{)"
    r"|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<fallback>:-(?P<default>(?:(?!\$\{)[^}])*))?\}"
    r"|(?P<broken>\$\{)"
)
_NAME_IN_MESSAGE = re.compile(r" '[\w!-]{2,}'")  # of an alias, an anchor or a tag: perhaps a password without quotes

Location = tuple[str | int, ...]


@dataclass(slots=True)
class YamlFile:
    """`data` is the top mapping; `lines` has a line (from 1) for each key's path; `problems` what was wrong so far."""

    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[Location, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line_of(self, location: Location) -> int | None:
        """The line of this key, or of the nearest key around it."""
        while location:
            if location in self.lines:
                return self.lines[location]
            location = location[:-1]
        return None


def read_yaml(text: str, name: str, environment: Mapping[str, str], *, may_be_unset: frozenset[Location]) -> YamlFile:
    """Parse `text`; `name` is what problems call the file. A location in `may_be_unset` becomes None without a word."""
    result = YamlFile()
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        result.problems.append(Problem(name, f"is not valid YAML: {_explain(error)}", line))
        return result
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        result.problems.append(Problem(name, f"has a character that YAML forbids (U+{_code_of(error):04X})", line))
        return result
    except (yaml.YAMLError, ValueError, OverflowError):  # "\U00110000" in quotes
        result.problems.append(Problem(name, "is not valid YAML: it names a character that does not exist"))
        return result
    except RecursionError:
        result.problems.append(Problem(name, "is not valid YAML: it is nested too deeply"))
        return result
    if root is None:
        result.problems.append(Problem(name, "is empty; `publisher init` writes a file to start from"))
        return result
    if not isinstance(root, yaml.MappingNode):
        result.problems.append(Problem(name, "must be a list of keys and values such as `site:`", 1))
        return result
    reader = _Reader(name, environment, may_be_unset, result)
    result.data = reader.mapping(root, ())
    return result


class _Reader:
    def __init__(
        self, name: str, environment: Mapping[str, str], may_be_unset: frozenset[Location], out: YamlFile
    ) -> None:
        self._name = name
        self._environment = environment
        self._may_be_unset = may_be_unset
        self._out = out
        self._scalars = yaml.SafeLoader("")
        self._open: set[int] = set()

    def mapping(self, node: yaml.MappingNode, location: Location) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in _pairs(node):
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._report(location, line, "has a key that is not a plain word")
                continue
            key = str(key_node.value)
            here = (*location, key)
            if key in data:
                self._report(here, line, f"stands twice; the first is on line {self._out.lines[here]}")
                continue
            self._out.lines[here] = line
            data[key] = self.value(value_node, here)
        return data

    def value(self, node: yaml.Node, location: Location) -> Any:
        if id(node) in self._open:
            self._report(location, node.start_mark.line + 1, "refers to itself")
            return None
        if node.tag not in yaml.SafeLoader.yaml_constructors:
            self._report(
                location, node.start_mark.line + 1, "begins with !, which YAML reads as a type; put it in quotes"
            )
            return None
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self.mapping(node, location)
            if isinstance(node, yaml.SequenceNode):
                return [self._item(item, (*location, index)) for index, item in enumerate(node.value)]
            return self._scalar(node, location)
        finally:
            self._open.discard(id(node))

    def _item(self, node: yaml.Node, location: Location) -> Any:
        self._out.lines[location] = node.start_mark.line + 1
        return self.value(node, location)

    def _scalar(self, node: yaml.Node, location: Location) -> Any:
        if isinstance(node.value, str) and "${" in node.value:
            return self._expand(node.value, location, node.start_mark.line + 1)
        try:
            return self._scalars.construct_object(node)
        except (ValueError, yaml.YAMLError):  # an impossible date such as 2026-02-30
            return node.value

    def _expand(self, text: str, location: Location, line: int) -> str | None:
        missing: list[str] = []
        broken = False

        def fill(match: re.Match[str]) -> str:
            nonlocal broken
            if match["escape"]:
                return "${"
            if match["broken"]:
                broken = True
                return ""
            # As in a shell's `:-`, an empty variable counts as unset when there is a default.
            value = self._environment.get(match["name"])
            if match["fallback"] is not None:
                return value or match["default"]
            if value is None:
                missing.append(match["name"])
            return value or ""

        filled = _VARIABLE.sub(fill, text)
        if broken:
            self._report(location, line, "has a ${ that names no variable; write ${NAME}, or $${ for a literal ${")
            return None
        if not missing:
            return filled
        if location not in self._may_be_unset:
            names = list(dict.fromkeys(missing))
            what, it = f"variable {names[0]} is", "it"
            if len(names) > 1:
                what, it = f"variables {' and '.join(names)} are", "them"
            self._report(location, line, f"the environment {what} not set; set {it}, or write ${{{names[0]}:-default}}")
        return None

    def _report(self, location: Location, line: int, message: str) -> None:
        self._out.problems.append(Problem(self._name, message, line, ".".join(str(part) for part in location)))


def _pairs(node: yaml.MappingNode) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    yield from node.value


def _code_of(error: ReaderError) -> int:
    return ord(error.character) if isinstance(error.character, str) else error.character


def _explain(error: yaml.MarkedYAMLError) -> str:
    if error.problem and "undefined alias" in error.problem:
        return "a value that begins with * must be in quotes"
    parts = [_NAME_IN_MESSAGE.sub("", part) for part in (error.context, error.problem) if part]
    return ", ".join(parts) or "it cannot be read"
