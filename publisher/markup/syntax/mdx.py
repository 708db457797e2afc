"""MDX: imports and exports go, components show what they hold, expressions are left out. Pure."""

from __future__ import annotations

import re
from html import escape

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock, html_block
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from publisher.markup.syntax.arguments import Arguments
from publisher.markup.syntax.containers import kind_of, make_mark
from publisher.markup.syntax.foreign_tokens import find_line, is_rest_blank, push_shown, push_shown_paragraph
from publisher.markup.syntax.jsx import JsxTag, match_jsx, pair_braces, read_literal
from publisher.markup.syntax.ruby import is_ruby
from publisher.markup.syntax.shortcodes import Show, describe_named

_MODULE = re.compile(
    r"import\s*[\"']|import[\s{*][\w\s{},*$]{0,1000}?[\s}]from\s*[\"']"
    r"|export\s*(?:[{*]|(?:default|const|let|var|async|function|class|type|interface)\b)",
    re.ASCII,
)
_CUT = re.compile(r"\{\s*/\*\s*(?:more|truncate)\b", re.IGNORECASE)
_MORE = "<!-- more -->"
_LINKS = frozenset({"a", "link", "nextlink", "navlink", "externallink"})
_HTML_NAMES = {"className": "class", "htmlFor": "for", "srcSet": "srcset", "dateTime": "datetime", "colSpan": "colspan"}
_LONGEST_MODULE = 500  # lines


def use_mdx(md: MarkdownIt) -> None:
    """markdown-it plugin; to be used before other rules that start with `{`."""
    alt: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    md.block.ruler.before("import", "module", _skip_module)
    md.block.ruler.before("fence", "expression", _skip_expression, alt)
    md.block.ruler.before("html_block", "component", _read_component, alt)
    md.block.ruler.at("html_block", _read_html_block, {"alt": ["paragraph", "reference", "blockquote"]})
    md.inline.ruler.before("html_inline", "component", _read_inline_component)
    md.inline.ruler.after("foreign_tags", "expression", _read_inline_expression)
    md.core.ruler.push("html_of_mdx", _settle_html)


def _skip_module(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - a rule
    """To the next blank line that does not stand inside of braces."""
    begin = state.bMarks[start] + state.tShift[start]
    if state.level or state.src[begin] not in "ie" or not _MODULE.match(state.src, begin):
        return False
    if silent:
        return True
    pairs, line, inside = pair_braces(state.src), start, -1
    while line < min(end, start + _LONGEST_MODULE) and (not state.isEmpty(line) or state.eMarks[line] < inside):
        at = state.src.find("{", state.bMarks[line], state.eMarks[line])
        while at >= 0:
            inside = max(inside, pairs.get(at, -1))
            at = state.src.find("{", max(at + 1, pairs.get(at, -1)), state.eMarks[line])
        line += 1
    state.line = line
    return True


def _skip_expression(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - a rule
    begin = state.bMarks[start] + state.tShift[start]
    if state.src[begin] != "{" or state.is_code_block(start) or is_ruby(state.src, begin):
        return False
    closing = pair_braces(state.src).get(begin)
    if closing is None or closing >= state.eMarks[end - 1] + 1 or not is_rest_blank(state, closing + 1):
        return False
    if not silent:
        state.line = find_line(state, start, closing) + 1
        if _CUT.match(state.src, begin):
            state.push("html_block", "", 0).content = _MORE
    return True


def _read_component(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - a rule
    """A tag that has its lines for itself; what stands between two of them is Markdown."""
    begin = state.bMarks[start] + state.tShift[start]
    if state.src[begin] != "<" or state.is_code_block(start):
        return False
    tag = match_jsx(state.src, begin)
    if tag is None or tag.end > state.eMarks[end - 1] or not is_rest_blank(state, tag.end):
        return False
    if not tag.is_component and "{" not in state.src[begin : tag.end]:
        return False  # HTML like in any other Markdown
    if not silent:
        state.line = find_line(state, start, tag.end) + 1
        if tag.is_component:
            _push_component(state, tag)
        else:
            state.push("html_block", "", 0).content = _write_html(tag) + "\n"
    return True


def _read_html_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - a rule
    """`<Link>` and `<Summary>` are components, though HTML has elements of these names."""
    begin = state.bMarks[start] + state.tShift[start]
    return not state.src[begin + 1 : begin + 2].isupper() and html_block(state, start, end, silent)


def _push_component(state: StateBlock, tag: JsxTag) -> None:
    name, arguments = tag.name.rpartition(".")[2], _to_arguments(tag)
    kind = kind_of(name or "-", arguments.get("type", "kind", "variant"))
    if kind and not tag.is_alone:
        title = "" if tag.is_end else arguments.get("title", "summary", "label")
        state.tokens.append(make_mark(f"jsx {name}", kind="" if tag.is_end else kind, title=title))
    elif not tag.is_end:
        push_shown_paragraph(state, describe_named(name.lower(), arguments))


def _read_inline_component(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - a rule
    if state.src[state.pos] != "<":
        return False
    tag = match_jsx(state.src, state.pos)
    if tag is None or tag.end > state.posMax:
        return False
    if not tag.is_component and "{" not in state.src[state.pos : tag.end]:
        return False
    if not silent:
        if not tag.is_component or tag.name.lower() in _LINKS:
            state.push("html_inline", "", 0).content = _write_html(tag)
        elif not tag.is_end:
            shown = describe_named(tag.name.rpartition(".")[2].lower(), _to_arguments(tag))
            is_empty = tag.is_alone or state.src.startswith(f"</{tag.name}>", tag.end)
            if is_empty or shown.show is not Show.LINK:
                push_shown(state, shown)
    state.pos = tag.end
    return True


def _read_inline_expression(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - a rule
    if state.src[state.pos] != "{" or state.src.startswith("{#", state.pos):  # Docusaurus' id of a heading
        return False
    closing = pair_braces(state.src).get(state.pos)
    if closing is None or closing >= state.posMax:
        return False
    if not silent:
        if _CUT.match(state.src, state.pos):
            state.push("html_inline", "", 0).content = _MORE
        state.pending += read_literal(state.src[state.pos : closing + 1])
    state.pos = closing + 1
    return True


def _settle_html(state: StateCore) -> None:
    """Core rule: blocks of HTML with JSX in them become HTML."""
    for token in state.tokens:
        if token.type == "html_block" and ("{" in token.content or "<>" in token.content):
            token.content = _rewrite(token)


def _rewrite(token: Token) -> str:
    source, parts, position = token.content, list[str](), 0
    pairs = pair_braces(source)
    for match in re.finditer(r"[<{]", source):
        if match.start() < position:
            continue
        tag = match_jsx(source, match.start()) if match[0] == "<" else None
        closing = pairs.get(match.start()) if match[0] == "{" else None
        if tag is None and closing is None:
            continue
        parts.append(source[position : match.start()])
        if tag:
            parts.append("" if tag.is_component and tag.name.lower() not in _LINKS else _write_html(tag))
            position = tag.end
        elif closing is not None:
            parts.append(escape(read_literal(source[match.start() : closing + 1]), quote=False))
            position = closing + 1
    return "".join([*parts, source[position:]])


def _write_html(tag: JsxTag) -> str:
    name = "a" if tag.name.lower() in _LINKS else tag.name
    if tag.is_end:
        return f"</{name}>"
    values = dict(tag.attributes)
    if name == "a" and "to" in values:
        values["href"] = values.pop("to")
    written = "".join(f' {_HTML_NAMES.get(key, key)}="{escape(value)}"' for key, value in values.items())
    return f"<{name}{written}>" + (f"</{name}>" if tag.is_alone and name in {"a", "div", "span", "iframe", "p"} else "")


def _to_arguments(tag: JsxTag) -> Arguments:
    return Arguments((), {key.lower(): value for key, value in tag.attributes.items() if value})
