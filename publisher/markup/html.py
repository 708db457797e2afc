"""A body -> HTML that any web page or feed may show: sanitised, every address complete. Pure.

Order: Markdown (or the HTML of a feed as it is), then nh3 (well-formed, no scripts), then lxml (addresses, embeds,
ids), then nh3 again, so that nothing which rewriting might bring in goes out. Nesting and the number of attributes are
bounded first, because every HTML parser is slow at the depths that no article has.
"""

from __future__ import annotations

import re
import unicodedata
from html import escape

from publisher.markup.characters import clean
from publisher.markup.embeds import settle_embeds
from publisher.markup.links import resolve_srcset, resolve_url
from publisher.markup.parser import has_raw_html, parse_markdown, render_tokens
from publisher.markup.place import Place
from publisher.markup.sanitise import is_bearable, sanitise, tidy
from publisher.markup.tree import Element, parse_fragment, replace_with_text, unwrap, write_fragment
from publisher.model.article import BodyFormat

_BLANK = re.compile(r"\s")


def render_html(markdown: str, place: Place) -> str:
    """HTML of a body in any format. Takes any text and raises nothing."""
    html = _render_html_body(markdown) if place.format is BodyFormat.HTML else _render_markdown(markdown, place)
    body = parse_fragment(html)
    settle_embeds(body, place)
    _settle_addresses(body, place)
    return unicodedata.normalize("NFC", sanitise(write_fragment(body)))


def _render_markdown(markdown: str, place: Place) -> str:
    """Well-formed HTML. What Markdown makes is so by itself and no deeper than its parser allows."""
    tokens = parse_markdown(markdown, place)
    html = render_tokens(tokens, place)
    if not has_raw_html(tokens):
        return html
    return tidy(html if is_bearable(html) else render_tokens(tokens, place, raw_html=False))


def _render_html_body(html: str) -> str:
    cleaned = clean(html)
    return tidy(cleaned if is_bearable(cleaned) else f"<p>{escape(cleaned)}</p>")


def _settle_addresses(body: Element, place: Place) -> None:
    for element in list(body.iter()):
        if element.tag == "img":
            _settle_image(element, place)
        for name, resolve in (("href", resolve_url), ("cite", resolve_url), ("srcset", resolve_srcset)):
            if name in element.attrib:
                _set(element, name, resolve(element.get(name, ""), place))
        if "id" in element.attrib:
            name = element.get("id", "")
            _set(element, "id", None if not name or _BLANK.search(name) else place.prefix + name)
        if element.tag == "a" and not set(element.keys()) & {"href", "id"}:
            unwrap(element)


def _settle_image(element: Element, place: Place) -> None:
    url = resolve_url(element.get("src", ""), place) if element.get("src", "").strip() else None
    if url is None:
        replace_with_text(element, element.get("alt", ""))
    else:
        element.set("src", url)
        element.set("alt", element.get("alt", ""))


def _set(element: Element, name: str, value: str | None) -> None:
    if value is None:
        del element.attrib[name]
    else:
        element.set(name, value)
