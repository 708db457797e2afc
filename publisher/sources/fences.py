"""Where front matter begins and ends, in all the ways people fence it. Pure; the door of python-frontmatter.

`---` and `+++` of any length, a language behind it or not, `...` at the end, a JSON object, a code block at the very
top, a closing line without an opening one (Hexo), and plain `Title: x` lines up to the first blank one (Pelican).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from frontmatter.default_handlers import YAMLHandler

from publisher.sources.lookup import FrontMatterError


class Syntax(StrEnum):
    YAML = "YAML"
    TOML = "TOML"
    JSON = "JSON"
    LINES = "lines"  # Pelican's `Title: x`, where everything behind the colon is the value


@dataclass(frozen=True, slots=True)
class Block:
    """The front matter as text, the line of the file that it begins on, and the rest of the file."""

    syntax: Syntax
    text: str
    first_line: int
    body: str


class _Handler(YAMLHandler):
    # The library's own pattern takes blank lines behind `---` into the boundary, and knows no `...`.
    FM_BOUNDARY = re.compile(r"^(?:-{3,}|\.{3})[ \t]*(?:\n|\Z)", re.MULTILINE)


_HANDLER = _Handler()
_IGNORED = " \t\n\ufeff\x00\x0b\x0c"
_LANGUAGES = {"": Syntax.YAML, "yaml": Syntax.YAML, "yml": Syntax.YAML, "toml": Syntax.TOML, "json": Syntax.JSON}
_PROGRAMS = frozenset({"javascript", "js", "coffee", "coffeescript", "cson", "typescript", "ts", "jsx", "tsx", "lua"})
_DASHES = re.compile(r"-{3,}[ \t]*([A-Za-z]*)[ \t]*(?:\n|\Z)")
_PLUSES = re.compile(r"\+{3,}[ \t]*(?:\n|\Z)")
_PLUSES_END = re.compile(r"^\+{3,}[ \t]*(?:\n|\Z)", re.MULTILINE)
_CODE = re.compile(r"(`{3,}|~{3,})[ \t]*([A-Za-z]*)[ \t]*\n")
_JSON_START = re.compile(r"\{\s*(?:\"|\}\s*$)", re.MULTILINE)
_KEY = re.compile(r"([A-Za-z][\w-]{0,40}):(?:[ \t]|$)")
# What a block without an opening line must hold to be taken for one: a text may begin with `Note: ...` too.
_TELLING = frozenset({"title", "date"})
_KNOWN_LINES = frozenset(
    {
        "title",
        "date",
        "modified",
        "category",
        "tags",
        "slug",
        "author",
        "authors",
        "summary",
        "status",
        "lang",
        "keywords",
    }
)
_MOST_LINES = 200


def find_block(text: str) -> Block | None:
    """None when the text has no front matter at all; line ends are `\\n`.

    Raises FrontMatterError for one that is not closed, and for a program.
    """
    stripped = text.lstrip(_IGNORED)
    line = text.count("\n", 0, len(text) - len(stripped)) + 1
    start = stripped[:3]
    if start == "---":
        return _between_dashes(stripped, line)
    if start == "+++":
        return _between(stripped, line, _PLUSES, _PLUSES_END, Syntax.TOML)
    if start[:1] == "{":
        return Block(Syntax.JSON, stripped, line, "") if _JSON_START.match(stripped) else None
    if start in {"```", "~~~"}:
        return _in_code_block(stripped, line)
    return _unfenced(stripped, line)


def _between_dashes(text: str, line: int) -> Block | None:
    opening = _DASHES.match(text)
    if opening is None:
        return None
    language = opening[1].lower()
    if language in _PROGRAMS:
        message = f"the front matter is a program ({opening[1]}), which is never run; write it as YAML"
        raise FrontMatterError(message, line)
    if language not in _LANGUAGES:
        return None
    if language:
        text = "---\n" + text[opening.end() :]
    try:
        block, body = _HANDLER.split(text)
    except ValueError:
        raise FrontMatterError("the front matter is not closed; end it with a line of ---", line) from None
    return Block(_LANGUAGES[language], block, line + 1, body)


def _between(text: str, line: int, opening: re.Pattern[str], closing: re.Pattern[str], syntax: Syntax) -> Block | None:
    start = opening.match(text)
    if start is None:
        return None
    end = closing.search(text, start.end())
    if end is None:
        raise FrontMatterError("the front matter is not closed; end it with a line of +++", line)
    return Block(syntax, text[start.end() : end.start()], line + 1, text[end.end() :])


def _in_code_block(text: str, line: int) -> Block | None:
    """Text generators put front matter into a code block now and then."""
    opening = _CODE.match(text)
    if opening is None or opening[2].lower() not in _LANGUAGES:
        return None
    closing = re.compile(rf"^{opening[1]}[ \t]*(?:\n|\Z)", re.MULTILINE).search(text, opening.end())
    if closing is None:
        return None
    inner, body = text[opening.end() : closing.start()], text[closing.end() :]
    if _DASHES.match(inner) or _PLUSES.match(inner):
        block = find_block(inner)
        return block and Block(block.syntax, block.text, line + block.first_line, body)
    syntax = _LANGUAGES[opening[2].lower()]
    if syntax is Syntax.YAML and not _has_telling_key(inner.split("\n", _MOST_LINES)):
        return None
    return Block(syntax, inner, line + 1, body)


def _unfenced(text: str, line: int) -> Block | None:
    if not _KEY.match(text):
        return None
    lines = text.split("\n", _MOST_LINES)[:_MOST_LINES]
    for number, content in enumerate(lines):
        if re.fullmatch(r"-{3,}[ \t]*", content):
            return _take(Syntax.YAML, lines, number, text, line) if _has_telling_key(lines[:number]) else None
        if not content.strip():
            break
        if not (_KEY.match(content) or content[0] in " \t-#"):
            return None
    else:
        number = len(lines)
    # Up to the first blank line; a `---` may still come behind it.
    first = _KEY.match(text)
    if first and first[1].lower() in _KNOWN_LINES and _has_telling_key(lines[:number]):
        return _closed_later(lines, text, line) or _take(Syntax.LINES, lines, number, text, line)
    return None


def _closed_later(lines: list[str], text: str, line: int) -> Block | None:
    """A block with blank lines in it that ends with `---` all the same."""
    for number, content in enumerate(lines):
        if re.fullmatch(r"-{3,}[ \t]*", content):
            return _take(Syntax.YAML, lines, number, text, line)
        if content.strip() and not (_KEY.match(content) or content[0] in " \t-#"):
            return None
    return None


def _take(syntax: Syntax, lines: list[str], number: int, text: str, line: int) -> Block:
    """The first `number` lines are the block; the one after them is its end."""
    block = "\n".join(lines[:number])
    end = len(block) + 1 + (len(lines[number]) + 1 if number < len(lines) else 0)
    return Block(syntax, block + "\n", line, text[end:])


def _has_telling_key(lines: list[str]) -> bool:
    return any(match[1].lower() in _TELLING for line in lines if (match := _KEY.match(line)))
