"""HTML for mail taken apart into its blocks, so that it can end after any of them. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.markup.tags import INLINE
from publisher.markup.tree import Element, parse_fragment, write_fragment

_WITHIN_LINES = INLINE | {"br", "img", "picture"}
_LEADING = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "hr"})


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a whole list, a whole table, or text outside of any. `leads`: it makes no sense as the last one."""

    html: str
    leads: bool


@dataclass(frozen=True, slots=True)
class Blocks:
    """`before` and `after` are the tags of a `<div>` that holds all of them, mostly nothing."""

    before: str
    blocks: tuple[Block, ...]
    after: str


def split_blocks(html: str, word: str) -> Blocks:
    """The output of `to_mail_html` in pieces. `word` (letters and digits) must not occur in it."""
    body = parse_fragment(html)
    leads = _mark_starts(_find_holder(body), word)
    before, *pieces, after = write_fragment(body).replace("\N{NO-BREAK SPACE}", "&nbsp;").split(word)
    return Blocks(
        before, tuple(Block(piece, is_leading) for piece, is_leading in zip(pieces, leads, strict=True)), after
    )


def _find_holder(body: Element) -> Element:
    """Feeds of others put a whole article into one `<div>`, which is no block of it."""
    holder = body
    while len(holder) == 1 and holder[0].tag == "div" and not holder[0].attrib:
        if (holder.text or "").strip() or (holder[0].tail or "").strip():
            break
        holder = holder[0]
    return holder


def _mark_starts(holder: Element, word: str) -> list[bool]:
    """Put `word` before each block and after the last; for each block, whether it leads to the next."""
    leads: list[bool] = []
    is_in_lines = False
    for position in range(len(holder) + 1):
        text = _text_before(holder, position)
        if text.strip() and not is_in_lines:
            text = word + text
            leads.append(False)
            is_in_lines = True
        if position == len(holder):
            text += word
        else:
            is_block = holder[position].tag not in _WITHIN_LINES
            if is_block or not is_in_lines:
                text += word
                leads.append(holder[position].tag in _LEADING)
            is_in_lines = not is_block
        _set_text_before(holder, position, text)
    return leads


def _text_before(holder: Element, position: int) -> str:
    return (holder[position - 1].tail if position else holder.text) or ""


def _set_text_before(holder: Element, position: int, text: str) -> None:
    if position:
        holder[position - 1].tail = text
    else:
        holder.text = text
