"""Rules about CSS and HTML that a mail program does not know. Pure, but for the table that it reads once.

What stands in `style` attributes and elements has to work everywhere, so it is a warning where one of the programs in
the table does not know it. What only makes a mail nicer is a note: everything in a style block (a program that does not
know it shows the mail without), and the properties whose absence nobody misses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from publisher.mail.lint.css import Declaration
from publisher.mail.lint.finding import Finding
from publisher.mail.lint.proof import Element, Proof, show
from publisher.mail.lint.support import clients_without

_UNIT = re.compile(r"(?<![\w#.-])[+-]?[0-9.]{1,12}(%|[a-z]{2,4})(?![\w%-])")
_FUNCTION = re.compile(r"([a-z-]{2,30})\(")
_QUOTED = re.compile(r""""[^"]*"|'[^']*'|url\([^()]*\)""")
_DEFAULTS = frozenset({"auto", "normal"})  # what a program does that knows nothing of the property
_FEATURE = re.compile(r"\(\s*([a-z-]{2,40})")
# Without them the mail has square corners, breaks lines elsewhere or is as wide as the window.
_NICE_PROPERTIES = """
    border-radius box-shadow color-scheme cursor hyphens line-break max-height max-width min-width outline overflow
    overflow-wrap table-layout tab-size text-shadow text-wrap text-underline-offset text-decoration-color
    text-decoration-thickness transition word-break
"""
_NICETIES = frozenset(f"property:{name}" for name in re.findall(r"\S+", _NICE_PROPERTIES)) | frozenset(
    # Readings, soft places to break, names for screen readers: a program that does not know them shows their text.
    {"element:ruby", "element:rt", "element:rp", "element:wbr", "element:abbr", "element:time", "element:mark"}
    | {"element:bdi", "element:dfn", "attribute:role", "attribute:lang", "attribute:aria-hidden", "element:body"}
    | {"attribute:aria-label", "attribute:aria-labelledby", "attribute:aria-describedby", "attribute:loading"}
    | {"attribute:srcset", "attribute:sizes", "attribute:target", "attribute:hidden"}
)
# Rules of their own: active-content, form.
_ELSEWHERE = frozenset(
    "element:" + name for name in ("base", "button", "embed", "form", "input", "link", "object", "select", "textarea")
)


def check_features(proof: Proof) -> Iterator[Finding]:
    """Each feature once, at its first place, and all niceties together."""
    told: set[str] = set()
    niceties: list[str] = []
    for key, element in _used_everywhere(proof):
        missing = clients_without(key)
        if key in told or not missing or key in _ELSEWHERE:
            continue
        told.add(key)
        kind, _, name = key.partition(":")
        if key in _NICETIES:
            niceties.append(f"{name} ({', '.join(missing)})")
            continue
        message = f"uses the {kind} {name}, which is not known by {', '.join(missing)}: do it in another way"
        yield Finding("feature-missing", message, show(element), name)
    for key in _used_in_blocks(proof):
        missing = clients_without(key)
        if key not in told and missing:
            told.add(key)
            niceties.append(f"{key.partition(':')[2]} ({', '.join(missing)})")
    if niceties:
        yield Finding("feature-extra", f"does without in some programs: {'; '.join(niceties)}", "the mail")


def _used_everywhere(proof: Proof) -> Iterator[tuple[str, Element]]:
    for element in proof.elements:
        if element in proof.hidden:
            continue
        yield f"element:{element.tag}", element
        yield from ((f"attribute:{name!s}", element) for name in element.attrib)
        for key in _keys_of(proof.styles.get(element, ())):
            yield key, element


def _used_in_blocks(proof: Proof) -> Iterator[str]:
    for sheet in proof.sheets:
        for name, condition in sheet.at_rules:
            yield f"at:{name}"
            if name == "media":
                yield from (f"media:{feature}" for feature in _FEATURE.findall(condition))
        for rule in sheet.rules:
            yield from _keys_of(rule.declarations)


def _keys_of(declarations: Iterable[Declaration]) -> Iterator[str]:
    for item in declarations:
        value = _QUOTED.sub("", item.value.lower())
        if value not in _DEFAULTS:
            yield f"property:{item.name}"
        yield f"value:{item.name}:{value}"
        yield from (f"unit:{unit}" for unit in _UNIT.findall(value))
        yield from (f"function:{name}" for name in _FUNCTION.findall(value))
        if value == "initial":
            yield "keyword:initial"
