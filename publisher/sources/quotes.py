"""Double quotes that a generator put round a value without looking into it: made into the YAML that was meant. Pure.

A program that joins strings escapes the quotes in a title and forgets those in tags, or a backslash. Such a line is no
YAML; what it was to say is plain all the same, as long as it begins and ends with a quote.
"""

from __future__ import annotations

import re

_SCALAR = re.compile(r'(\s*(?:-\s+)?(?:[\w.-]+:\s+)?)"(.*)"[ \t]*')
_LIST = re.compile(r'(\s*[\w.-]+:\s+\[\s*)"(.*)"(\s*\])[ \t]*')
_BETWEEN = re.compile(r'"\s*,\s*"')
# YAML 1.2, section 5.7; the rest of them needs digits behind it.
_ESCAPES = frozenset('0abtnvfre"/\\N_LP ')
_NUMBERED = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})")


def repair_quotes(block: str) -> tuple[str, list[tuple[int, str]]]:
    """The block with its quoted values escaped, and number (from 0) and name of each line that this has changed."""
    changed: list[tuple[int, str]] = []
    lines = block.split("\n")
    for number, line in enumerate(lines):
        fixed = _repair_line(line) if '"' in line else line
        if fixed != line:
            lines[number] = fixed
            changed.append((number, line.partition(":")[0].strip()))
    return "\n".join(lines), changed


def _repair_line(line: str) -> str:
    if match := _LIST.fullmatch(line):
        items = (f'"{_escape(item)}"' for item in _BETWEEN.split(match[2]))
        return match[1] + ", ".join(items) + match[3]
    if match := _SCALAR.fullmatch(line):
        return f'{match[1]}"{_escape(match[2])}"'
    return line


def _escape(text: str) -> str:
    """What is escaped already stays; every other quote and backslash gets a backslash of its own."""
    out: list[str] = []
    position = 0
    while position < len(text):
        character = text[position]
        if character == "\\":
            numbered = _NUMBERED.match(text, position)
            if numbered:
                out.append(numbered[0])
                position = numbered.end()
                continue
            following = text[position + 1 : position + 2]
            out.append("\\" + following if following and following in _ESCAPES else "\\\\" + following)
            position += 2
            continue
        out.append('\\"' if character == '"' else character)
        position += 1
    return "".join(out)
