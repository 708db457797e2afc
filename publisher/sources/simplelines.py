"""Front matter that is nothing but lines of `key: value`, as most of it is: read without a YAML parser. Pure.

A value is one line: text in quotes, plain text, nothing, or a list of such in brackets; or a list of such on lines of
their own, each behind a dash. Whatever could mean something else to YAML is left to YAML, so that the result is the
same (a property test holds the two against each other); it comes in a third of the time.
"""

from __future__ import annotations

import re

from publisher.sources.lookup import Field, Plain

_LONGEST = 20_000  # characters
_QUOTED = r"\"[^\"\\]*+\"|'[^']*+'"
# Plain text that begins with a letter or a digit; a colon before a space, and a # behind one, are signs to YAML.
_TEXT = r"[^\W_](?:[^:#]|:(?=[^ ]))*+"
_ITEM = re.compile(rf"{_QUOTED}|[^\W_][^:#,\[\]{{}}?\"'&*!|>%@`\\]*+")
_LIST = rf"\[ *+(?:(?:{_ITEM.pattern}) *+(?:, *+(?:{_ITEM.pattern}) *+)*+)?\]"
_LINE = re.compile(rf"([A-Za-z][A-Za-z0-9_-]{{0,40}}):(?: ++({_QUOTED}|{_TEXT}|{_LIST}))? *+")
_ENTRY = re.compile(rf"( *+)- ++({_QUOTED}|{_TEXT}) *+")
_WORDS: dict[str, Plain] = {"null": None}
_WORDS |= dict.fromkeys(("true", "yes", "on"), True)
_WORDS |= dict.fromkeys(("false", "no", "off"), False)
_SPELLINGS = {spell(word): value for word, value in _WORDS.items() for spell in (str.lower, str.title, str.upper)}


def read_simple_lines(content: str, first_line: int) -> dict[str, Field] | None:
    """The fields by their names in lower case; None for what only YAML can tell. Line ends are `\\n`."""
    # What cannot be printed may be an end of line to YAML, or white space.
    if len(content) > _LONGEST or not content.replace("\n", "").replace("\u3000", "").isprintable():
        return None
    fields: dict[str, Field] = {}
    name, indent = "", ""  # of the field that entries may follow, and how far the first of them stands to the right
    entries: list[Plain] = []
    for number, line in enumerate(content.split("\n"), start=first_line):
        if match := _LINE.fullmatch(line):
            fields[match[1].lower()] = Field(_read_value(match[2] or "null"), number)
            name, entries = "" if match[2] else match[1].lower(), []
        elif name and (entry := _ENTRY.fullmatch(line)) and (not entries or entry[1] == indent):
            if not entries:
                indent, fields[name] = entry[1], Field(entries, fields[name].line)
            entries.append(_read_text(entry[2]))
        elif line:
            return None
    return fields


def _read_value(text: str) -> Plain:
    if text[0] == "[":
        return [_read_text(item) for item in _ITEM.findall(text)]
    return _read_text(text)


def _read_text(text: str) -> Plain:
    if text[0] in "\"'":
        return text[1:-1]
    text = text.rstrip(" ")
    return _SPELLINGS.get(text, text)
