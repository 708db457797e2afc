"""Definition lists: a term on one line, `: meaning` on the next. Pure.

mdit-py-plugins' rule, kept to the colon: it takes `~` too, and `~ 副題 ~` under a title is Japanese.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from mdit_py_plugins.deflist import deflist_plugin

from publisher.markup.syntax.foreign_tokens import find_line, search_once

_TILDE = re.compile(r"^[ \t]*~[ \t]", re.MULTILINE)


def use_definition_lists(md: MarkdownIt) -> None:
    """markdown-it plugin."""
    md.use(deflist_plugin)
    read = next(rule.fn for rule in md.block.ruler.__rules__ if rule.name == "deflist")

    def read_definitions(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - a rule
        if silent:
            return bool(state.ddIndent >= 0 and _is_meaning(state, start, end) and read(state, start, end, silent))
        following = start + 1
        if following < end and state.isEmpty(following):
            following += 1
        if not _is_meaning(state, following, end):
            return False
        tilde = search_once(state, _TILDE, state.eMarks[following], state.eMarks[end - 1])
        return bool(read(state, start, find_line(state, following, tilde.start()) if tilde else end, silent))

    md.block.ruler.at("deflist", read_definitions, {"alt": ["paragraph", "reference", "blockquote"]})


def _is_meaning(state: StateBlock, line: int, end: int) -> bool:
    begin = state.bMarks[line] + state.tShift[line] if line < end else -1
    return begin >= 0 and state.src[begin : begin + 2] in {": ", ":\t"}
