"""Boxes of text that other tools have: notes, tips, warnings, and what folds. Pure.

Docusaurus, VitePress, Zenn and Qiita write them between lines of `:::`, Python-Markdown with `!!! note` and an
indented block, GitHub and Obsidian as a quote that begins with `[!NOTE]`, Hugo and Hexo as paired shortcodes. All
become a quote with a sign before its first words, which can be told without styles and needs no translation.

The lines only leave marks among the blocks; what belongs together is found afterwards in one pass, so that a thousand
boxes which nobody closes cost no more than a thousand lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

MARK = "container_mark"
DETAILS, PLAIN, QUOTE = "details", "plain", "quote"
_SIGNS = {"note": "ℹ️", "tip": "💡", "important": "❗", "warning": "⚠️", "caution": "🛑"}
KINDS = frozenset(_SIGNS)
_SYNONYMS = {
    **dict.fromkeys(("info", "abstract", "summary", "todo", "example", "question", "default", "primary"), "note"),
    **dict.fromkeys(("hint", "success", "check", "done", "help"), "tip"),
    **dict.fromkeys(("alert", "attention", "warn"), "warning"),
    **dict.fromkeys(("danger", "error", "bug", "failure", "fail", "stop"), "caution"),
}
# What boxes are called where the name does not say of which kind they are.
_GENERIC = frozenset({"message", "admonition", "notice", "callout", "alert", "note", "box", "hint"})
_FOLDS = frozenset({"details", "collapse", "expand", "expander", "spoiler", "folding", "fold", "accordion", "toggle"})
_DEEPEST = 8  # all of them together; those further in are shown without a box
_ALERT = re.compile(r"\[!([A-Za-z]{2,20})\][+-]?[ \t]*(.*)", re.DOTALL)


@dataclass(slots=True)
class _Open:
    """A container that is open. `closer` is what closes it: a number of colons, or the name of a shortcode."""

    kind: str
    closer: str


@dataclass(slots=True)
class _Builder:
    """The tokens so far, and the containers that are open in each block around."""

    tokens: list[Token] = field(default_factory=list)
    frames: list[list[_Open]] = field(default_factory=lambda: [[]])
    depth: int = 0


def kind_of(name: str, *words: str) -> str | None:
    """Which box `name` makes; `words` may say it more exactly. None for a name that makes none."""
    lower = name.lower()
    if lower in _FOLDS:
        return DETAILS
    if lower in {"blockquote", "quote"}:
        return QUOTE
    if lower in _GENERIC:
        for word in words:
            if found := _plain_kind(word.lower()):
                return found
        return _plain_kind(lower) or "note"
    return _plain_kind(lower)


def is_kind_word(word: str) -> bool:
    return _plain_kind(word.lower()) is not None


def make_mark(closer: str, *, kind: str = "", title: str = "") -> Token:
    """A place where a container begins, or ends when there is no `kind`."""
    return Token(MARK, "", 0, block=True, meta={"closer": closer, "kind": kind, "title": title})


def make_opening(kind: str, title: str) -> list[Token]:
    if kind == DETAILS:
        opening = [Token("details_open", "details", 1, block=True)]
        return [*opening, *_make_line("summary", title)] if title else opening
    if kind == QUOTE:
        return [Token("blockquote_open", "blockquote", 1, block=True)]
    start = Token("admonition_open", "blockquote", 1, block=True, attrs={"class": f"admonition {kind}"})
    start.meta = {"kind": kind, "title": bool(title)}
    return [start, *_make_line("p", title)] if title else [start]


def make_closing(kind: str) -> list[Token]:
    if kind == DETAILS:
        return [Token("details_close", "details", -1, block=True)]
    name = "blockquote_close" if kind == QUOTE else "admonition_close"
    return [Token(name, "blockquote", -1, block=True)]


def match_containers(state: StateCore) -> None:
    """Core rule, before the words are read: marks become elements, each closed inside the block it was opened in."""
    if not any(token.type == MARK for token in state.tokens):
        return
    builder = _Builder()
    for token in state.tokens:
        if token.type == MARK:
            _settle_mark(builder, token)
            continue
        if token.nesting < 0:
            _close(builder, 0)
            builder.frames.pop()
        if builder.frames[-1] and token.type in {"paragraph_open", "paragraph_close"}:
            token.hidden = False  # of a tight list, where it would stand without the box
        if token.nesting > 0:
            builder.frames.append([])
        builder.tokens.append(token)
    _close(builder, 0)
    state.tokens = builder.tokens


def put_signs(state: StateCore) -> None:
    """Core rule, after the words are read: the sign of its kind before the first words of a box."""
    tokens: list[Token] = []
    for index, token in enumerate(state.tokens):
        if token.type == "blockquote_open":
            _read_alert(state.tokens, index)
        tokens.append(token)
        if token.type != "admonition_open":
            continue
        sign = _SIGNS[token.meta["kind"]]
        first = state.tokens[index + 2] if index + 2 < len(state.tokens) else None
        if state.tokens[index + 1].type != "paragraph_open" or first is None:
            tokens += _make_line("p", sign)
            tokens[-2].children = [Token("text", "", 0, content=sign)]
            continue
        words = [Token("text", "", 0, content=f"{sign} "), *(first.children or [])]
        if token.meta["title"]:
            words = [Token("strong_open", "strong", 1), *words, Token("strong_close", "strong", -1)]
        first.children = words
    state.tokens = tokens


def _plain_kind(word: str) -> str | None:
    return word if word in KINDS else _SYNONYMS.get(word)


def _make_line(tag: str, text: str) -> list[Token]:
    name = {"p": "paragraph"}.get(tag, tag)
    inline = Token("inline", "", 0, content=text, children=[], block=True)
    return [Token(f"{name}_open", tag, 1, block=True), inline, Token(f"{name}_close", tag, -1, block=True)]


def _settle_mark(builder: _Builder, mark: Token) -> None:
    kind, closer, frame = mark.meta["kind"], mark.meta["closer"], builder.frames[-1]
    if not kind:
        position = _find_open(frame, closer)
        if position is not None:
            _close(builder, position)
        return
    is_shown = kind != PLAIN and builder.depth < _DEEPEST
    frame.append(_Open(kind if is_shown else PLAIN, closer))
    if is_shown:
        builder.depth += 1
        builder.tokens += make_opening(kind, mark.meta["title"])
    elif mark.meta["title"]:
        builder.tokens += _make_line("p", mark.meta["title"])


def _find_open(frame: list[_Open], closer: str) -> int | None:
    """The innermost that is closed so; colons also close what was opened with fewer of them."""
    nearest = range(len(frame) - 1, max(-1, len(frame) - 65), -1)
    for position in nearest:
        if frame[position].closer == closer:
            return position
    if not closer.startswith(":"):
        return None
    return next((at for at in nearest if frame[at].closer[:1] == ":" and len(frame[at].closer) < len(closer)), None)


def _close(builder: _Builder, position: int) -> None:
    frame = builder.frames[-1]
    while len(frame) > position:
        container = frame.pop()
        if container.kind != PLAIN:
            builder.depth -= 1
            builder.tokens += make_closing(container.kind)


def _read_alert(tokens: list[Token], index: int) -> None:
    """`> [!NOTE]` is a box with what stands behind it as the title."""
    inline = tokens[index + 2] if index + 2 < len(tokens) else None
    first = inline.children[0] if inline and inline.type == "inline" and inline.children else None
    match = _ALERT.fullmatch(first.content) if first and first.type == "text" else None
    kind = _plain_kind(match[1].lower()) if match else None
    if not (inline and inline.children and first and match and kind):
        return
    end = _find_end(tokens, index)
    tokens[index].type, tokens[end].type = "admonition_open", "admonition_close"
    tokens[index].attrSet("class", f"admonition {kind}")
    first.content = match[2]
    children = inline.children if match[2] else inline.children[1:]
    stop = next((at for at, child in enumerate(children) if child.type in {"softbreak", "hardbreak"}), len(children))
    title, rest = children[:stop], children[stop + 1 :]
    tokens[index].meta = {"kind": kind, "title": bool(title) and bool(rest or end > index + 4)}
    if title and rest:
        paragraph = [Token("paragraph_open", "p", 1, block=True), inline, Token("paragraph_close", "p", -1, block=True)]
        tokens[index + 1 : index + 1] = [*paragraph[:1], *_title_of(title), *paragraph[2:]]
        inline.children = rest
    else:
        inline.children = title or rest


def _title_of(children: list[Token]) -> list[Token]:
    return [Token("inline", "", 0, content="", children=children, block=True)]


def _find_end(tokens: list[Token], index: int) -> int:
    depth = 0
    for position in range(index, len(tokens)):
        depth += tokens[position].nesting
        if depth == 0:
            return position
    return len(tokens) - 1
