"""The one door to markdown-it-py: GFM, footnotes and Japanese emphasis, parsed once for HTML and for text. Pure.

Raw HTML passes through and is sanitised afterwards; addresses stay as they were written, because only the sanitiser
knows what becomes of them. Parsers are made once and hold no state between two texts, so threads may share them.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from publisher.markup.characters import clean
from publisher.markup.place import Place
from publisher.markup.syntax.bare_links import link_bare_addresses
from publisher.markup.syntax.block_state import BlockParser
from publisher.markup.syntax.cjk import settle_line_ends, use_cjk
from publisher.markup.syntax.definitions import use_definition_lists
from publisher.markup.syntax.destinations import HELPERS
from publisher.markup.syntax.foreign import use_foreign_syntax
from publisher.markup.syntax.inline_state import InlineParser
from publisher.markup.syntax.linear import use_linear_rules
from publisher.markup.syntax.mdx import use_mdx
from publisher.markup.syntax.rules import use_our_tokens
from publisher.model.article import BodyFormat

# Quotes and lists inside each other. Python's own limit is a thousand calls, and a level takes a dozen.
_DEEPEST = 40


def parse_markdown(markdown: str, place: Place) -> list[Token]:
    """The tokens of a body in Markdown or MDX."""
    is_mdx = place.format is BodyFormat.MDX
    return _make_parser(is_mdx=is_mdx).parse(clean(markdown), {"breaks": place.breaks, "place": place})


def parse_line(text: str) -> list[Token]:
    """The inline tokens of a title or another single line: no footnotes, no addresses made into links."""
    block = _make_line_parser().parseInline(clean(text), {})
    return block[0].children or [] if block else []


def render_tokens(tokens: list[Token], place: Place, *, raw_html: bool = True) -> str:
    """HTML that is not yet safe to show. Without `raw_html` the author's own tags are shown as text."""
    parser = _make_parser(is_mdx=False)
    env = {"raw_html": raw_html, "here": f"{place.article_url}#{place.prefix}"}
    return str(parser.renderer.render(tokens, parser.options, env))


def has_raw_html(tokens: list[Token]) -> bool:
    """Whether the author wrote tags that no parser of Markdown looks into."""
    return any(
        token.type == "html_block" or (token.children and any(child.type == "html_inline" for child in token.children))
        for token in tokens
    )


class _Parser(MarkdownIt):
    """Leaves every address as it is: publisher.markup.links decides, for raw HTML and Markdown alike."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        # Rules are switched on by name, so the presets' choice has to be made again.
        block, inline = self.block, self.inline
        self.block, self.inline = BlockParser(), InlineParser()
        self.block.ruler.enableOnly(block.ruler.get_active_rules())
        self.inline.ruler.enableOnly(inline.ruler.get_active_rules())
        self.inline.ruler2.enableOnly(inline.ruler2.get_active_rules())
        self.helpers = HELPERS  # type: ignore[assignment]  # a module there, three functions here

    def validateLink(self, url: str) -> bool:  # noqa: N802, ARG002 - markdown-it's name
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - markdown-it's name
        return url

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802 - markdown-it's name
        return link


@cache
def _make_parser(*, is_mdx: bool) -> _Parser:
    parser = _Parser("commonmark", {"html": True, "xhtmlOut": False, "maxNesting": _DEEPEST})
    parser.enable(["table", "strikethrough"])
    parser.use(footnote_plugin).use(use_cjk).use(use_linear_rules)
    parser.use(use_definition_lists).use(use_foreign_syntax)
    if is_mdx:
        parser.use(use_mdx)
    parser.core.ruler.push("bare_addresses", link_bare_addresses)
    parser.core.ruler.push("line_ends", settle_line_ends)
    parser.use(use_our_tokens)
    # Compiles the chains of rules now: two threads doing it at once would see half of them.
    parser.render("|a|\n|-|\n> - *a*")
    return parser


@cache
def _make_line_parser() -> _Parser:
    parser = _Parser("commonmark", {"html": True, "maxNesting": _DEEPEST})
    parser.enable("strikethrough")
    parser.use(use_cjk).use(use_linear_rules)
    parser.renderInline("*a*")
    return parser
