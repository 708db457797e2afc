"""Markup of other tools that a Markdown file may bring along: shown in a readable form, or not at all. Pure.

Hugo shortcodes, Liquid and Hexo tags, `:::` containers, `{#id}` after a heading, Zenn's `@[…](…)`, GitHub's `> [!NOTE]`
and imports of MDX mean nothing outside the tool they were written for. Only what is unmistakable is taken; inside code
nothing is. Here they are found; what is shown of them is decided in shortcodes.py, containers.py and mdx.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.admon.index import admonition as parse_admonition

from publisher.markup.syntax import containers
from publisher.markup.syntax.arguments import Arguments
from publisher.markup.syntax.embed_links import find_page
from publisher.markup.syntax.foreign_html import settle_raw_html
from publisher.markup.syntax.foreign_tags import read_inline_tag, read_tag_block
from publisher.markup.syntax.foreign_tokens import push_shown
from publisher.markup.syntax.mathematics import read_formula, read_formula_block
from publisher.markup.syntax.ruby import read_ruby
from publisher.markup.syntax.shortcodes import Show, Shown

# Kramdown's attribute lists.
_ATTRIBUTES = re.compile(r"\{:[ \t]*(?:[.#]|toc\b|[\w-]+=)[^}\n]{0,300}\}")
_HEADING_ID = re.compile(r"\{[ \t]*(?:#([\w:.-]{1,100})|\.[A-Za-z])[^{}]{0,100}\}\s*")
_CONTENTS = frozenset({"[toc]", "[[toc]]", "[[_toc_]]", "${toc}"})
_ZENN = re.compile(
    r"@\[(card|tweet|youtube|gist|github|codepen|codesandbox|stackblitz|jsfiddle|slideshare|speakerdeck|docswell"
    r"|figma|blueprintue)\]\(([^)\s]{1,1000}+)\)"
)
_CONTAINER = re.compile(
    r"(?P<colons>:{3,})[ \t]*(?:(?P<name>[A-Za-z][\w-]*)[ \t]*(?:\[(?P<label>[^\]]*)\])?[ \t]*(?P<title>[^{]*))?"
    r"(?:\{[^}]*\})?"
)
_ADMONITION = re.compile(
    r"(?P<sign>!!!|\?\?\?)\+?[ \t]+(?P<names>[A-Za-z][\w-]*(?:[ \t]+[\w-]+)*)(?:[ \t]+\"(?P<title>.*)\")?[ \t]*"
)
_IMPORT = re.compile(r"import\s+(?:[\w*{][^\n]*\sfrom\s+)?(?:\"[^\"\n]+\"|'[^'\n]+');?\s*|export\s+const\s+\w+\s*=.*")
_INTERRUPTING: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}


def use_foreign_syntax(md: MarkdownIt) -> None:
    """markdown-it plugin."""
    md.block.ruler.before("fence", "foreign", _read_block, _INTERRUPTING)
    md.block.ruler.before("fence", "import", _skip_import)
    md.inline.ruler.before("escape", "formula", read_formula)
    md.inline.ruler.before("newline", "foreign_tags", _read_braces)
    md.inline.ruler.before("newline", "embed", _read_embed)
    md.core.ruler.before("inline", "containers", containers.match_containers)
    md.core.ruler.push("ready_words", _take_ready_words)
    md.core.ruler.push("heading_ids", _take_heading_ids)
    md.core.ruler.push("signs", containers.put_signs)
    md.core.ruler.push("raw_html", settle_raw_html)
    md.core.ruler.push("empty_paragraphs", _drop_empty_paragraphs)


def _read_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - a rule
    """One rule for all, because every line of a text asks each of them."""
    read = _BLOCKS.get(state.src[state.bMarks[start] + state.tShift[start]])
    return read is not None and not state.is_code_block(start) and read(state, start, end, silent)


def _read_container(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: ARG001, FBT001 - a rule
    match = _CONTAINER.fullmatch(_line(state, start).rstrip())
    if match and not silent:
        state.line = start + 1
        name, title = match["name"] or "", (match["label"] or match["title"] or "").strip()
        kind, title = _read_name(name, title)
        state.tokens.append(containers.make_mark(match["colons"], kind=kind, title=title))
    return match is not None


def _read_name(name: str, title: str) -> tuple[str, str]:
    """Zenn and Qiita write the kind as if it were the title: `:::message alert`, `:::note warn`."""
    if not name:
        return ("", "") if not title else (containers.PLAIN, title)
    kind = containers.kind_of(name, title)
    if kind is None:
        return containers.PLAIN, ""
    return kind, "" if kind != containers.DETAILS and containers.is_kind_word(title) else title


def _read_admonition(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - a rule
    """mdit-py-plugins' rule, which takes `!!!` before any text for a box, with boxes of ours."""
    match = _ADMONITION.fullmatch(_line(state, start))
    first = len(state.tokens)
    if not match or not parse_admonition(state, start, end, silent):
        return False
    if not silent:
        names = match["names"].split()
        kind = containers.kind_of(names[0]) or "note"
        title = match["title"] or ""
        if match["sign"] == "???":
            kind, title = containers.DETAILS, title or names[0].capitalize()
        taken = 4 if len(state.tokens) > first + 1 and state.tokens[first + 1].type == "admonition_title_open" else 1
        state.tokens[first : first + taken] = containers.make_opening(kind, title)
        state.tokens[-1:] = containers.make_closing(kind)
    return True


def _skip_import(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: ARG001, FBT001 - a rule
    if state.level or state.src[state.bMarks[start] + state.tShift[start]] not in "ie":
        return False
    line = _line(state, start)
    if not line.startswith(("import ", "export ")) or not _IMPORT.fullmatch(line):
        return False
    if not silent:
        state.line = start + 1
    return True


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


_BLOCKS: dict[str, Callable[[StateBlock, int, int, bool], bool]] = {
    ":": _read_container,
    "!": _read_admonition,
    "?": _read_admonition,
    "{": read_tag_block,
    "$": read_formula_block,
    "\\": read_formula_block,
}


def _read_braces(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the signature of a markdown-it rule
    if state.src[state.pos] != "{":
        return False
    if read_ruby(state, silent=silent):
        return True
    if match := _ATTRIBUTES.match(state.src, state.pos, state.posMax):
        state.pos = match.end()
        return True
    return read_inline_tag(state, silent=silent)


def _read_embed(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the signature of a markdown-it rule
    match = _ZENN.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "@" else None
    if not match:
        return False
    if not silent:
        kind, target = match.groups()
        is_key = re.fullmatch(r"[\w-]+", target)
        if is_key or target.startswith(("https://", "http://")):
            page = find_page(kind, Arguments((target,)))
            push_shown(state, Shown(Show.LINK, page) if page else Shown())
    state.pos = match.end()
    return True


def _take_ready_words(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "inline" and "ready" in token.meta:
            token.children = token.meta.pop("ready")


def _take_heading_ids(state: StateCore) -> None:
    for heading, inline in pairwise(state.tokens):
        last = inline.children[-1] if heading.type == "heading_open" and inline.children else None
        start = last.content.rfind("{") if last and last.type == "text" else -1
        match = _HEADING_ID.fullmatch(last.content, start) if last and start >= 0 else None
        if last and match:
            last.content = last.content[:start].rstrip()
            if match[1]:
                heading.attrSet("id", match[1])


def _drop_empty_paragraphs(state: StateCore) -> None:
    """What is left of a paragraph that held nothing but a shortcode."""
    kept: list[Token] = []
    for token in state.tokens:
        if token.type == "paragraph_close" and _is_empty(kept[-1]):
            del kept[-2:]
            continue
        kept.append(token)
    state.tokens = kept


def _is_empty(inline: Token) -> bool:
    if inline.type != "inline":
        return False
    return inline.content.strip().lower() in _CONTENTS or not any(
        child.content.strip() or child.type in {"image", "footnote_ref"} for child in inline.children or ()
    )
