"""Bare addresses in a text become links (GFM autolinks), with a rule for where one ends in Japanese. Pure.

GitHub reads on to the next space, which Japanese does not have: 「https://example.com/をご覧ください」. So an address
ends where ASCII does, except that a part of its path may be written in kanji or katakana (`/wiki/日本語`); hiragana is
how the sentence goes on.
"""

from __future__ import annotations

import re
from functools import cache

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_PATH_LETTER = r"[一-鿿㐀-䶿々ァ-ヺー]"
_HOST = r"(?:[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+|[^\W_](?:[\w-]*[^\W_])?(?:\.[\w-]+)+)"
_REST = rf"(?:[/?#](?:[!#-;=?-~]|{_PATH_LETTER})*)?"
_URL = (
    rf"(?<![A-Za-z0-9_.@/-])(?:(?P<web>https?://{_HOST}(?::\d+)?{_REST}|www\.{_HOST}{_REST})"
    r"|(?P<mail>[A-Za-z0-9][A-Za-z0-9._+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}))"
)
_TRAILING = "?!.,:*_~'\"();"
_LINK_OPEN = re.compile(r"<a[\s>]", re.IGNORECASE)
_LINK_CLOSE = re.compile(r"</a\s*>", re.IGNORECASE)


def link_bare_addresses(state: StateCore) -> None:
    """Core rule."""
    for block in state.tokens:
        if block.type == "inline" and block.children and _may_hold_address(block.content):
            block.children = _link(block.children)


def _may_hold_address(text: str) -> bool:
    return "://" in text or "@" in text or "www." in text.lower()


def _link(children: list[Token]) -> list[Token]:
    linked: list[Token] = []
    depth = 0
    for token in children:
        if token.type == "text" and depth <= 0:
            linked += _split(token)
            continue
        if token.type == "html_inline":
            depth += bool(_LINK_OPEN.match(token.content)) - bool(_LINK_CLOSE.match(token.content))
        elif token.tag == "a":
            depth += token.nesting
        linked.append(token)
    return linked


def _split(token: Token) -> list[Token]:
    if not _may_hold_address(token.content):  # most links are written with their text, and are not in it
        return [token]
    pieces: list[Token] = []
    done = 0
    for match in _compile_url().finditer(token.content):
        address = _trim(match[0])
        if match.lastgroup == "mail":
            href = "mailto:" + address
        else:
            href = address if "://" in address else "http://" + address
        pieces += [_text(token, token.content[done : match.start()]), *_make_link(token, href, address)]
        done = match.start() + len(address)
    return [token] if not pieces else [*pieces, _text(token, token.content[done:])]


@cache
def _compile_url() -> re.Pattern[str]:
    return re.compile(_URL, re.IGNORECASE)  # at first need: it takes as long as a dozen modules do to load


def _trim(address: str) -> str:
    """GFM 6.9: no punctuation at the end, but a closing bracket that has its opening one inside."""
    end = len(address)
    unopened = address.count(")") - address.count("(")
    while address[end - 1] in _TRAILING:
        if address[end - 1] == ")":
            if unopened <= 0:
                break
            unopened -= 1
        end -= 1
    return address[:end]


def _make_link(token: Token, href: str, text: str) -> list[Token]:
    start = Token("link_open", "a", 1, attrs={"href": href}, level=token.level, markup="bare")
    end = Token("link_close", "a", -1, level=token.level, markup="bare")
    return [start, _text(token, text, level=token.level + 1), end]


def _text(token: Token, text: str, *, level: int | None = None) -> Token:
    return Token("text", "", 0, content=text, level=token.level if level is None else level)
