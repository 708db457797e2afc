"""Tags of other tools inside of raw HTML: replaced in its text, made well-formed in its attributes. Pure."""

from __future__ import annotations

import re
from html import escape

from markdown_it.rules_core import StateCore

from publisher.markup.place import Place
from publisher.markup.syntax.foreign_tokens import write_html
from publisher.markup.syntax.shortcodes import describe, match_tag

_TEMPLATE = r"\{\{[^{}\n]{0,500}\}\}|\{%[^{}\n]{0,500}%\}"
_TEMPLATE_IN_TAG = re.compile(_TEMPLATE)
# A tag whose attributes may hold templates, with `"` and `>` of their own.
TEMPLATE_TAG = re.compile(rf"<(/?)([A-Za-z][\w.-]*)((?:{_TEMPLATE}|[^<>{{]|\{{)*+)>")
_PIECE = re.compile(rf"{TEMPLATE_TAG.pattern}|\{{[{{%#]")
_KEPT = frozenset({"pre", "code", "kbd", "samp", "script", "style", "textarea"})


def settle_raw_html(state: StateCore) -> None:
    """Core rule: blocks of raw HTML, which no other rule looks into."""
    for token in state.tokens:
        if token.type == "html_block" and ("{{" in token.content or "{%" in token.content):
            token.content = _rewrite(token.content, state.env.get("place"))


def escape_templates(tag: str) -> str:
    """A tag as HTML takes it: the quotes of a template inside a value do not end that value."""
    return _TEMPLATE_IN_TAG.sub(lambda match: escape(match[0].replace("&quot;", '"')), tag)


def _rewrite(html: str, place: Place | None) -> str:
    parts, position, depth = list[str](), 0, 0
    for match in _PIECE.finditer(html):
        if match.start() < position:
            continue
        if match[2]:
            if match[2].lower() in _KEPT:
                depth = max(0, depth + (-1 if match[1] else 1))
            written, after = escape_templates(match[0]), match.end()
        else:
            found = None if depth else match_tag(html, match.start(), len(html))
            if not found:
                continue
            tag, after = found
            written = escape(tag.rest, quote=False) if tag.family == "literal" else write_html(describe(tag), place)
        parts += [html[position : match.start()], written]
        position = after
    return "".join([*parts, html[position:]])
