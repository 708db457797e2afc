"""Markdown tokens in the form that both the HTML and the text renderer want, and the HTML of a few of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, MutableMapping, Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from publisher.markup.highlight import highlight

DONE, OPEN = "☑", "☐"

_TASK = re.compile(r"\[([ xX])\](?=\s)")
_LANGUAGE = re.compile(r"[\w+#.-]+")
_DIAGRAMS = {"mermaid": "Mermaid", "plantuml": "PlantUML", "puml": "PlantUML", "uml": "PlantUML"}
_ALIGN = "text-align:"

_Rule = Callable[[Sequence[Token], int, Any, MutableMapping[str, Any]], str]


def use_our_tokens(md: MarkdownIt) -> None:
    """markdown-it plugin; to be used after the footnote plugin."""
    md.core.ruler.push("task_lists", _mark_tasks)
    md.core.ruler.push("table_cells", _describe_cells)
    rules: dict[str, _Rule] = {
        "fence": _render_fence,
        "image": _render_image,
        "html_block": _render_raw,
        "html_inline": _render_raw,
        "footnote_ref": _render_reference,
        "footnote_block_open": lambda *_: '<section class="footnotes">\n<ol>\n',
        "footnote_block_close": lambda *_: "</ol>\n</section>\n",
        "footnote_open": lambda tokens, index, *_: f'<li id="fn-{tokens[index].meta["id"] + 1}">',
        "footnote_anchor": _render_way_back,
    }
    for name, rule in rules.items():
        md.add_render_rule(name, _as_method(rule))


def plain_alt(tokens: Sequence[Token] | None) -> str:
    """The description of an image without its markup."""
    words: list[str] = []
    for token in tokens or ():
        if token.type in {"text", "code_inline"}:
            words.append(token.content)
        elif token.type == "image":
            words.append(plain_alt(token.children))
        elif token.type in {"softbreak", "hardbreak"}:
            words.append(" ")
    return "".join(words)


def _as_method(rule: _Rule) -> Callable[..., str]:
    def render(_: object, tokens: Sequence[Token], index: int, options: object, env: MutableMapping[str, Any]) -> str:
        return rule(tokens, index, options, env)

    return render


def _mark_tasks(state: StateCore) -> None:
    """Core rule: `[x]` at the start of a list item becomes a character that needs no form."""
    for index, token in enumerate(state.tokens):
        if token.type != "inline" or index < 2 or state.tokens[index - 2].type != "list_item_open":
            continue
        first = token.children[0] if token.children else None
        match = _TASK.match(first.content) if first and first.type == "text" else None
        if first and match:
            first.content = (OPEN if match[1] == " " else DONE) + first.content[match.end() :]
            state.tokens[index - 2].attrSet("class", "task")


def _describe_cells(state: StateCore) -> None:
    """Core rule: alignment as an attribute, because styles are stripped, and what a header cell is the header of."""
    for token in state.tokens:
        if token.type not in {"th_open", "td_open"}:
            continue
        style = str(token.attrs.pop("style", ""))
        if style.startswith(_ALIGN):
            token.attrSet("align", style.removeprefix(_ALIGN))
        if token.type == "th_open":
            token.attrSet("scope", "col")


def diagram_label(fence: Token) -> str:
    """What kind of drawing a block of code stands for, which nobody draws here; empty for other code."""
    name = fence.info.strip().partition(" ")[0] if fence.info else ""
    return _DIAGRAMS.get(name.lower(), "")


def _render_fence(tokens: Sequence[Token], index: int, *_: object) -> str:
    token = tokens[index]
    language = _LANGUAGE.match(token.info.strip())
    attribute = f' class="language-{escape(language[0])}"' if language else ""
    parts = highlight(token.content, language[0]) if language else []
    code = "".join(map(_render_part, parts)) or escape(token.content, quote=False)
    block = f"<pre><code{attribute}>{code}</code></pre>\n"
    label = diagram_label(token)
    return f"<figure><figcaption>{label}</figcaption>\n{block}</figure>\n" if label else block


def _render_part(part: tuple[str, str]) -> str:
    class_name, text = part
    code = escape(text, quote=False)
    return f'<span class="{class_name}">{code}</span>' if class_name else code


def _render_image(tokens: Sequence[Token], index: int, *_: object) -> str:
    token = tokens[index]
    title = token.attrGet("title")
    attribute = f' title="{escape(str(title))}"' if title else ""
    return f'<img src="{escape(str(token.attrs["src"]))}" alt="{escape(plain_alt(token.children))}"{attribute}>'


def _render_raw(tokens: Sequence[Token], index: int, _: object, env: MutableMapping[str, Any]) -> str:
    content = tokens[index].content
    return content if env["raw_html"] else escape(content, quote=False)


def _render_reference(tokens: Sequence[Token], index: int, _: object, env: MutableMapping[str, Any]) -> str:
    number, anchor = _footnote(tokens[index])
    return f'<sup class="footnote-ref"><a href="{escape(env["here"])}fn-{number}" id="{anchor}">{number}</a></sup>'


def _render_way_back(tokens: Sequence[Token], index: int, _: object, env: MutableMapping[str, Any]) -> str:
    _number, anchor = _footnote(tokens[index])
    # U+FE0E keeps the arrow from being drawn as an emoji.
    return f' <a href="{escape(env["here"])}{anchor}" class="footnote-back">↩\ufe0e</a>'


def _footnote(token: Token) -> tuple[int, str]:
    """Its number, and the id of this place of reference."""
    number, repeated = token.meta["id"] + 1, token.meta.get("subId", 0)
    return number, f"fnref-{number}-{repeated + 1}" if repeated else f"fnref-{number}"
