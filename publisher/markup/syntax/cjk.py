"""Japanese, Chinese and Korean text in Markdown: emphasis beside punctuation, and line ends without a gap. Pure.

Emphasis is mdit-py-cjk-friendly's work, with two of its faults mended: it takes `_` between Japanese letters for
emphasis (`売上_2026_確定.xlsx` is a file name), and it does not know Korean and half-width letters. Its line ends are
not used at all, because it loses line breaks that were asked for and leaves a gap after `**…**`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.parser_inline import RuleFuncInlineType
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.emphasis import tokenize as tokenize_emphasis
from markdown_it.rules_inline.strikethrough import tokenize as tokenize_strikethrough
from markdown_it.token import Token
from mdit_py_cjk_friendly import cjk_friendly, is_cjk

from publisher.markup.width import is_wide

_HANGUL = "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff\uffa0-\uffdc"
_UNKNOWN_TO_PLUGIN = re.compile(f"[{_HANGUL}\uff61-\uff9f\U0002a6e0-\U0003ffff]")
_IS_HANGUL = re.compile(f"[{_HANGUL}]")
# Of no width of their own in East Asia, but no stranger to a Japanese line end.
_SHARED_PUNCTUATION = frozenset("…‥―—“”‘’")
_BREAK_TAG = re.compile(r"</?(?:br|hr|img)\b", re.IGNORECASE)


def use_cjk(md: MarkdownIt) -> None:
    """markdown-it plugin; to be used before any other that adds a rule for soft breaks."""
    md.use(cjk_friendly)
    md.inline.ruler.at("emphasis", _emphasise)
    md.inline.ruler.at("strikethrough", _strike)
    md.add_render_rule("softbreak", lambda *_: "\n")


def settle_line_ends(state: StateCore) -> None:
    """Core rule: what a newline inside a paragraph means. Afterwards a `softbreak` is a space and nothing else.

    `breaks` wins; between two CJK characters there is no gap (CSS Text 3, 4.1.3); else it stays.
    """
    breaks = bool(state.env.get("breaks"))
    for block in state.tokens:
        children = block.children
        if block.type != "inline" or not children:
            continue
        for index, token in enumerate(children):
            if token.type != "softbreak":
                continue
            if breaks:
                token.type = "hardbreak"
            elif joins(_last_character(children, index), _first_character(children, index)):
                token.type, token.tag = "text", ""


def joins(before: str, after: str) -> bool:
    """Whether a line that ends in `before` and one that begins with `after` join without a space."""
    if not before or not after:
        return False
    kinds = {_kind(before), _kind(after)}
    return "cjk" in kinds and "other" not in kinds


@lru_cache(maxsize=4096)
def _kind(character: str) -> str:
    if character.isascii():
        return "other"
    if character in _SHARED_PUNCTUATION or unicodedata.category(character) in {"So", "Sk", "Mn"}:
        return "shared"  # emoji among them: they join Japanese, but not each other
    if _IS_HANGUL.match(character):
        return "other"
    return "cjk" if is_wide(character) or unicodedata.east_asian_width(character) == "H" else "other"


def _last_character(children: list[Token], index: int) -> str:
    for token in reversed(children[max(0, index - 32) : index]):
        if found := _visible(token):
            return found[-1]
    return ""


def _first_character(children: list[Token], index: int) -> str:
    for token in children[index + 1 : index + 33]:
        if found := _visible(token):
            return found[0]
    return ""


def _visible(token: Token) -> str:
    """What stands at the line end; empty for marks that leave no trace. A space stands for what joins with nothing."""
    if token.type in {"text", "code_inline"}:
        return token.content
    if token.type == "html_inline":
        return " " if _BREAK_TAG.match(token.content) else ""
    return "" if token.nesting or token.type == "footnote_ref" else " "


def _emphasise(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the signature of a markdown-it rule
    marker = state.src[state.pos]
    if marker not in "*_":
        return False
    seen = _as_western(state.src) if marker == "_" else _as_japanese(state.src)
    return _tokenize_as(state, seen, tokenize_emphasis, silent=silent)


def _strike(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the signature of a markdown-it rule
    if state.src[state.pos] != "~":
        return False
    return _tokenize_as(state, _as_japanese(state.src), tokenize_strikethrough, silent=silent)


def _tokenize_as(state: StateInline, seen: str, tokenize: RuleFuncInlineType, *, silent: bool) -> bool:
    """Run a rule that looks at the neighbours of a marker and keeps only the marker, with other neighbours to see."""
    source, state.src = state.src, seen
    try:
        return tokenize(state, silent)
    finally:
        state.src = source


@lru_cache(maxsize=16)
def _as_japanese(source: str) -> str:
    """For `*` and `~`: CJK letters that the plugin does not know look like one that it does."""
    return _UNKNOWN_TO_PLUGIN.sub("あ", source)


@lru_cache(maxsize=16)
def _as_western(source: str) -> str:
    """For `_`: as CommonMark sees it, where it never works inside a word."""
    return "".join(_western(character) if is_cjk(character) else character for character in source)


def _western(character: str) -> str:
    if character.isspace():
        return " "
    return "." if unicodedata.category(character).startswith("P") else "a"
