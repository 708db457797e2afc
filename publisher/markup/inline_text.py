"""Inline tokens and raw HTML -> words, with the addresses collected beside them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias

from lxml import etree
from markdown_it.token import Token

from publisher.markup.embeds import settle_embeds
from publisher.markup.links import resolve_url
from publisher.markup.place import Place
from publisher.markup.sanitise import is_bearable, tidy
from publisher.markup.syntax.foreign_tokens import EMBED
from publisher.markup.syntax.rules import plain_alt
from publisher.markup.tags import BLOCKS, DROPPED, PLAIN_BLOCKS, PLAYERS
from publisher.markup.tree import Element, parse_fragment

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)")
_NOT_TEXT = DROPPED | (PLAYERS - {"embed"}) | {"rp"}
_SHOWN_BY_HTML = PLAYERS | {"img"}
_BREAKING = (BLOCKS | PLAIN_BLOCKS | {"br"}) - {"td", "th"}
_SPACES = re.compile(r"[ \t\n]+")

_Open: TypeAlias = list[tuple[int, str]]


@dataclass
class LinkList:
    """The addresses that a text refers to by number, in the order of their first mention."""

    place: Place
    urls: dict[str, int] = field(default_factory=dict)

    def mention(self, url: str, text: str) -> str:
        """What to write after the text of a link: nothing when the text says the address itself."""
        absolute = resolve_url(url, self.place)
        if absolute is None or text in {url, absolute, absolute.removeprefix("mailto:"), url.partition("://")[2]}:
            return ""
        number = self.urls.setdefault(absolute, len(self.urls) + 1)
        return f"[{number}]" if not text or text[-1].isspace() else f" [{number}]"


def read_inline(tokens: list[Token] | None, links: LinkList | None = None) -> str:
    """The words of a paragraph; a newline is a line break. Without `links` no addresses, images and notes."""
    parts: list[str] = []
    opened: _Open = []
    hidden = ""
    for token in tokens or ():
        if token.type == "html_inline":
            hidden = _read_tag(token.content, hidden, parts, opened, links)
        elif not hidden:
            _read_token(token, parts, opened, links)
    return "".join(parts)


def read_html(html: str, links: LinkList | None = None) -> str:
    """The words of raw HTML, with a newline where a block begins or ends."""
    if not is_bearable(html):
        return ""
    body = parse_fragment(tidy(html))
    if links:
        settle_embeds(body, links.place)
    parts: list[str] = []
    opened: _Open = []
    for event, element in etree.iterwalk(body, events=("start", "end")):
        if event == "start":
            _enter(element, parts, opened, links)
        else:
            _leave(element, parts, opened, links)
    lines = [line.rstrip() for line in "".join(parts).split("\n")]
    # One space is what was left between two blocks; more is the shape of a `<pre>`.
    return "\n".join(line[1:] if line[:1] == " " != line[1:2] else line for line in lines if line)


def _read_token(token: Token, parts: list[str], opened: _Open, links: LinkList | None) -> None:
    if token.type in {"text", "code_inline"}:
        if links or token.markup != EMBED:
            parts.append(token.content)
    elif token.type == "softbreak":
        parts.append(" ")
    elif token.type == "hardbreak":
        parts.append("\n")
    elif token.type == "link_open":
        opened.append((len(parts), str(token.attrs["href"])))
    elif token.type == "link_close":
        _close_link(parts, opened, links)
    elif links and token.type == "image":
        parts.append(_describe(plain_alt(token.children)))
    elif links and token.type == "footnote_ref":
        parts.append(f"[*{token.meta['id'] + 1}]")


def _read_tag(content: str, hidden: str, parts: list[str], opened: _Open, links: LinkList | None) -> str:
    """Take in one raw tag; returns the name of the tag whose content is being skipped."""
    match = _TAG.match(content)
    if not match:
        return hidden
    is_end, name = bool(match[1]), match[2].lower()
    if hidden:
        return "" if is_end and name == hidden else hidden
    if name == "a" and not is_end:
        anchor = parse_fragment(content).find("a")
        opened.append((len(parts), anchor.get("href", "") if anchor is not None else ""))
    elif name == "a":
        _close_link(parts, opened, links)
    elif name == "rt":
        parts.append(")" if is_end else "(")
    elif name == "br":
        parts.append("\n")
    elif links and not is_end and name in _SHOWN_BY_HTML:
        parts.append(read_html(content, links))
    return name if name in _NOT_TEXT and not is_end and not content.endswith("/>") else ""


def _close_link(parts: list[str], opened: _Open, links: LinkList | None) -> None:
    if not opened:
        return
    start, url = opened.pop()
    if links and url:
        parts.append(links.mention(url, "".join(parts[start:])))


def _describe(alt: str) -> str:
    alt = " ".join(alt.split())
    return f"[{alt}]" if alt else ""


def _enter(element: Element, parts: list[str], opened: _Open, links: LinkList | None) -> None:
    tag = element.tag
    if tag in _BREAKING:
        parts.append("\n- " if tag == "li" else "\n")
    elif tag == "img" and links:
        parts.append(_describe(element.get("alt", "")))
    elif tag == "a":
        opened.append((len(parts), element.get("href", "")))
    elif tag == "rt":
        parts.append("(")
    if tag not in _NOT_TEXT:
        parts.append(_collapse(element.text, element))


def _leave(element: Element, parts: list[str], opened: _Open, links: LinkList | None) -> None:
    tag = element.tag
    if tag == "a":
        _close_link(parts, opened, links)
    elif tag == "rt":
        parts.append(")")
    elif tag in {"td", "th"}:
        parts.append(" ")
    elif tag in _BREAKING:
        parts.append("\n")
    if tag != "body":
        parts.append(_collapse(element.tail, element.getparent()))


def _collapse(text: str | None, holder: Element | None) -> str:
    if not text:
        return ""
    while holder is not None:
        if holder.tag == "pre":
            return text
        holder = holder.getparent()
    return _SPACES.sub(" ", text)
