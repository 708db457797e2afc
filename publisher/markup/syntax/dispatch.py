"""Which rules of markdown-it may begin with a character. Pure.

The original asks every rule at every place. Most look at the character that stands there and say no, and that was an
eighth of the time which a body takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from markdown_it.ruler import Ruler

_Rule = TypeVar("_Rule")

# By the name of a rule, the characters of which one must stand where it begins, in a line behind its blanks; whoever
# puts another rule under the name keeps to them. A rule that is not here is asked everywhere.
BLOCK_BEGINNINGS: Mapping[str, str] = {
    "foreign": ":!?{$\\",
    "import": "ie",
    "fence": "`~",
    "blockquote": ">",
    "hr": "*-_",
    "list": "*-+0123456789",
    "footnote_def": "[",
    "reference": "[",
    "html_block": "<",
    "heading": "#",
}
INLINE_BEGINNINGS: Mapping[str, str] = {
    "foreign_tags": "{",
    "embed": "@",
    "newline": "\n",
    "formula": "$\\",
    "escape": "\\",
    "backticks": "`",
    "strikethrough": "~",
    "emphasis": "*_",
    "link": "[",
    "image": "!",
    "footnote_inline": "^",
    "footnote_ref": "[",
    "autolink": "<",
    "html_inline": "<",
    "entity": "&",
}


class Table(dict[str, list[_Rule]]):
    """The rules to be asked at a character, in their order; `others` at one that begins none of its own."""

    def __init__(self, others: list[_Rule]) -> None:
        super().__init__()
        self._others = others

    def __missing__(self, character: str) -> list[_Rule]:  # and it stays missing: there are many characters
        return self._others


class Dispatch(Generic[_Rule]):
    """The rules of a parser by the character that they may begin with."""

    def __init__(self, ruler: Ruler[_Rule], beginnings: Mapping[str, str]) -> None:
        self._ruler = ruler
        self._beginnings = beginnings
        self._made_of: list[_Rule] | None = None
        self._table: Table[_Rule] = Table([])

    def table(self) -> Table[_Rule]:
        rules = self._ruler.getRules("")
        if rules is not self._made_of:  # it makes another list when a rule comes or goes
            named = list(zip(self._ruler.get_active_rules(), rules, strict=True))
            table = Table([rule for name, rule in named if name not in self._beginnings])
            for character in set("".join(self._beginnings.values())):
                table[character] = [rule for name, rule in named if character in self._beginnings.get(name, character)]
            self._table, self._made_of = table, rules
        return self._table
