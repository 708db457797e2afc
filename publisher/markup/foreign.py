"""Markup of other tools that a Markdown file may bring along: shown in a readable form, or not at all. Pure.

Hugo shortcodes, Liquid and Hexo tags, `:::` containers, `{#id}` after a heading, Zenn's `@[…](…)`, GitHub's `> [!NOTE]`
and MDX imports mean nothing outside the tool they were written for. Only what is unmistakable is taken; inside code
nothing is.
"""

from __future__ import annotations

import re
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_SHORTCODES = (("{{<", ">}}"), ("{{%", "%}}"))
_LONGEST = 1_000
_FIGURE = re.compile(r"\s*(?:figure|img|image)\s")
_YOUTUBE = re.compile(r"\s*youtube\s+(?:id=)?[\"']?([\w-]{6,20})")
_ATTRIBUTE = re.compile(r"(\w+)\s*=\s*\"([^\"]*)\"")
# No `if`, `for` or `block`: those stand in articles about templates.
_LIQUID = re.compile(
    r"\{%-?\s*/?(?:end)?(?:raw|include|include_relative|highlight|link|post_url|post_link|post_path|assign|capture"
    r"|comment|youtube|vimeo|gist|jsfiddle|iframe|asset_img|asset_link|asset_path|img|codeblock|quote|pullquote)"
    r"\b[^%\n]{0,500}%\}"
)
# Kramdown's attribute lists.
_ATTRIBUTES = re.compile(r"\{:[ \t]*(?:[.#]|toc\b|[\w-]+=)[^}\n]{0,300}\}")
_HEADING_ID = re.compile(r"\{[ \t]*(?:#([\w:.-]{1,100})|\.[A-Za-z])[^{}]{0,100}\}\s*")
_CONTENTS = frozenset({"[toc]", "[[toc]]", "[[_toc_]]", "${toc}"})
_ALERT = re.compile(r"\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\s*$")
_ALERT_SIGNS = {"NOTE": "ℹ️", "TIP": "💡", "IMPORTANT": "❗", "WARNING": "⚠️", "CAUTION": "🛑"}
_ZENN = re.compile(
    r"@\[(card|tweet|youtube|gist|github|codepen|codesandbox|stackblitz|jsfiddle|slideshare|speakerdeck|docswell"
    r"|figma|blueprintue)\]\(([^)\s]{1,1000})\)"
)
_CONTAINER = re.compile(r":{3,}[ \t]*(?:(details)[ \t]+(.*)|[A-Za-z{].*)?")
_IMPORT = re.compile(r"import\s+(?:[\w*{][^\n]*\sfrom\s+)?(?:\"[^\"\n]+\"|'[^'\n]+');?\s*|export\s+const\s+\w+\s*=.*")


def use_foreign_syntax(md: MarkdownIt) -> None:
    """markdown-it plugin."""
    md.block.ruler.before(
        "fence", "container", _skip_container, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    md.block.ruler.before("fence", "import", _skip_import)
    md.inline.ruler.before("newline", "shortcode", _read_shortcode)
    md.inline.ruler.before("newline", "embed", _read_embed)
    md.core.ruler.push("heading_ids", _take_heading_ids)
    md.core.ruler.push("alerts", _show_alerts)
    md.core.ruler.push("empty_paragraphs", _drop_empty_paragraphs)


def _skip_container(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: ARG001, FBT001 - a rule
    if not _line(state, start).startswith(":::") or state.is_code_block(start):
        return False
    match = _CONTAINER.fullmatch(_line(state, start).rstrip())
    if match and not silent:
        state.line = start + 1
        if match[2]:
            _push_title(state, match[2])
    return match is not None


def _skip_import(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: ARG001, FBT001 - a rule
    line = _line(state, start)
    if state.level or not line.startswith(("import ", "export ")) or not _IMPORT.fullmatch(line):
        return False
    if not silent:
        state.line = start + 1
    return True


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _push_title(state: StateBlock, title: str) -> None:
    state.push("paragraph_open", "p", 1)
    inline = state.push("inline", "", 0)
    inline.content, inline.children = title, []
    state.push("paragraph_close", "p", -1)


def _read_shortcode(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the signature of a markdown-it rule
    if state.src[state.pos] != "{":
        return False
    for pattern in (_LIQUID, _ATTRIBUTES):
        if match := pattern.match(state.src, state.pos, state.posMax):
            state.pos = match.end()
            return True
    for opener, closer in _SHORTCODES:
        if not state.src.startswith(opener, state.pos):
            continue
        end = state.src.find(closer, state.pos, min(state.posMax, state.pos + _LONGEST))
        if end > 0:
            if not silent:
                _push_shortcode(state, state.src[state.pos + len(opener) : end])
            state.pos = end + len(closer)
            return True
    return False


def _push_shortcode(state: StateInline, content: str) -> None:
    if match := _YOUTUBE.match(content):
        _push_link(state, _watch_url(match[1]))
    elif _FIGURE.match(content):
        attributes = dict(_ATTRIBUTE.findall(content))
        image = state.push("image", "img", 0)
        alt = attributes.get("alt") or attributes.get("caption") or ""
        image.attrs = {"src": attributes.get("src", ""), "alt": ""}
        image.children = [Token("text", "", 0, content=alt)]


def _read_embed(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the signature of a markdown-it rule
    match = _ZENN.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "@" else None
    if not match:
        return False
    if not silent:
        kind, target = match.groups()
        if target.startswith(("https://", "http://")):
            _push_link(state, target)
        elif kind == "youtube":
            _push_link(state, _watch_url(target))
    state.pos = match.end()
    return True


def _watch_url(video: str) -> str:
    return f"https://www.youtube.com/watch?v={video}"


def _push_link(state: StateInline, url: str) -> None:
    state.push("link_open", "a", 1).attrs = {"href": url}
    state.push("text", "", 0).content = url
    state.push("link_close", "a", -1)


def _take_heading_ids(state: StateCore) -> None:
    for heading, inline in pairwise(state.tokens):
        last = inline.children[-1] if heading.type == "heading_open" and inline.children else None
        start = last.content.rfind("{") if last and last.type == "text" else -1
        match = _HEADING_ID.fullmatch(last.content, start) if last and start >= 0 else None
        if last and match:
            last.content = last.content[:start].rstrip()
            if match[1]:
                heading.attrSet("id", match[1])


def _show_alerts(state: StateCore) -> None:
    """A sign that needs no translation, in the place of GitHub's English word."""
    for quote, _paragraph, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        first = inline.children[0] if quote.type == "blockquote_open" and inline.children else None
        match = _ALERT.match(first.content) if first and first.type == "text" else None
        if first and match:
            first.content = _ALERT_SIGNS[match[1]]


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
