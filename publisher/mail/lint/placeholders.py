"""Rules about what a template or a program forgot to fill in. Pure.

Articles write about templates too, so what stands in code is left alone, and what an article says in its text is
another rule than what only a template can have written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from publisher.errors import TemplateError
from publisher.mail.lint.finding import Finding
from publisher.mail.lint.proof import Proof, show
from publisher.mail.slots import split

_PLACEHOLDER = re.compile(
    r"\{\{[^{}\n]{0,80}\}?\}?"  # Jinja, Liquid, Handlebars, Ghost
    r"|\{[%#][^{}\n]{0,80}"
    r"|\$\{\w[^{}\n]{0,80}\}"
    r"|%%?(?:recipient|unsubscribe|subscriber|name|email)[\w.]{0,40}%%?"
    r"|\*\|[A-Z_:]{1,40}\|\*"  # Mailchimp
    r"|\[\[[a-z_.]{1,40}\]\]",
    re.IGNORECASE,
)
_VALUE = re.compile(r"None|undefined|null|NaN|\[object Object\]")
_IN_ADDRESS = re.compile(r"(?:^|[/=])(?:None|undefined|null|NaN|%5Bobject%20Object%5D)(?:$|[/?&#])")
_ATTRIBUTES = ("href", "src", "alt", "title", "lang", "width", "height", "aria-label")
_ADDRESSES = frozenset({"href", "src"})


def check_placeholders(proof: Proof) -> Iterator[Finding]:
    yield from _check_slots(proof)
    for where, text, quote in _places(proof):
        for found in _PLACEHOLDER.findall(text):
            if found in proof.facts.own_words:
                message = f"says {found!r}; if a reader should not see it, take it out, else put it into code"
                yield Finding("placeholder-in-article", message, where, found)
            else:
                message = f"says {found!r}, which nothing filled in: see to the template that prints it"
                yield Finding("placeholder-left", message, where, quote)


def check_values(proof: Proof) -> Iterator[Finding]:
    """`None` and its likes, where a program printed what was not there."""
    for element in proof.elements:
        for name in _ATTRIBUTES:
            value = element.get(name) or ""
            found = _IN_ADDRESS.search(value) if name in _ADDRESSES else _VALUE.fullmatch(value.strip())
            if found and value not in proof.facts.own_words:
                message = f"has {name}={value[:80]!r}: print it only where there is a value"
                yield Finding("value-missing", message, show(element), value)
    for piece in proof.pieces:
        value = piece.text.strip()
        if not piece.is_code and _VALUE.fullmatch(value) and value not in proof.facts.own_words:
            yield Finding("value-missing", f"says {value!r}: print it only where there is a value", show(piece.element))


def _check_slots(proof: Proof) -> Iterator[Finding]:
    parts = (("the HTML", proof.issue.html), ("the text part", proof.issue.text), ("the subject", proof.issue.subject))
    for where, text in parts:
        try:
            split(text, proof.issue.marker)
        except (TemplateError, ValueError):
            message = "holds a damaged placeholder of a personal value: print it as it is, without filters"
            yield Finding("placeholder-left", message, where)


def _places(proof: Proof) -> Iterator[tuple[str, str, str]]:
    yield "the subject", proof.issue.subject, proof.issue.subject
    for piece in proof.pieces:
        if not piece.is_code:
            yield show(piece.element), piece.text, piece.text.strip()[:200]
    for element in proof.elements:
        for name in _ATTRIBUTES:
            value = element.get(name)
            if value:
                yield f"{show(element)} {name}", value, value
