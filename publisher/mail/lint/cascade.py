"""Which colours an element has: style attributes, old attributes and the rules of style blocks. Pure.

Only what can be told for certain is told: selectors of types, classes, ids and `[data-ogsc]`, with descendants and
children. A rule with another selector that sets a colour is counted in `unknown`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from publisher.mail.lint.css import Declaration, Sheet, StyleRule
from publisher.mail.lint.proof import Element

_COMPOUND = re.compile(r"(?P<tag>[a-z][a-z0-9]*|\*)?(?P<rest>(?:[.#][\w-]+|\[data-ogs[cb]\])*)", re.IGNORECASE)
_PART = re.compile(r"[.#][\w-]+|\[[\w-]+\]")
_SPACED_CHILD = re.compile(r"\s*>\s*")
_COLOURS = frozenset({"color", "background-color", "background", "background-image"})
_READ = 16_384  # characters of style blocks: more than that Gmail does not read either
_MOST_RULES = 500  # of those that set a colour


class Scheme(StrEnum):
    """Who asks for which colours."""

    LIGHT = "light"
    DARK = "dark"  # @media (prefers-color-scheme: dark)
    OUTLOOK = "dark in Outlook on the web and on phones"  # [data-ogsc], [data-ogsb]


@dataclass(frozen=True, slots=True)
class _Compound:
    """`a.plain`: what one element has to be; `is_child`: and its parent has to match what stands before it."""

    tag: str
    parts: frozenset[str]
    is_child: bool


@dataclass(frozen=True, slots=True)
class _Candidate:
    chain: tuple[_Compound, ...]
    weight: tuple[int, int, int]
    order: int
    declarations: tuple[Declaration, ...]


@dataclass(slots=True)
class Cascade:
    """The rules of one scheme that set colours, by a name their last compound asks for.

    `unknown` are selectors that are not understood.
    """

    scheme: Scheme
    unknown: list[str] = field(default_factory=list)
    by_key: dict[str, list[_Candidate]] = field(default_factory=dict)

    def declared(self, element: Element, path: list[Element], style: Iterable[Declaration]) -> dict[str, str]:
        """The winning value of each colour property; `path` are the ancestors, the root first."""
        best: dict[str, tuple[tuple[object, ...], str]] = {}
        for key, item in self._ranked(element, path, style):
            if item.name in _COLOURS and (item.name not in best or key >= best[item.name][0]):
                best[item.name] = key, item.value
        return {name: value for name, (_, value) in best.items()}

    def _ranked(
        self, element: Element, path: list[Element], style: Iterable[Declaration]
    ) -> Iterator[tuple[tuple[object, ...], Declaration]]:
        for item in style:
            yield (item.important, True, (0, 0, 0), 0), item
        names = _names_of(element)
        for key in ("*", *names):
            for candidate in self.by_key.get(key, ()):
                if _matches(candidate.chain, names, path, self.scheme):
                    for item in candidate.declarations:
                        yield (item.important, False, candidate.weight, candidate.order), item


def make_cascade(sheets: Iterable[Sheet], scheme: Scheme) -> Cascade:
    cascade = Cascade(scheme)
    order = 0
    for rule in _rules_of(sheets, scheme):
        declarations = tuple(item for item in rule.declarations if item.name in _COLOURS)
        for selector in rule.selectors if declarations else ():
            order += 1
            chain = _parse_selector(selector)
            if order > _MOST_RULES or chain is None:
                cascade.unknown.append(selector)
                continue
            if scheme is not Scheme.OUTLOOK and "[data-ogs" in selector:
                continue
            last = chain[-1]
            key = min(last.parts, default=last.tag or "*")
            cascade.by_key.setdefault(key, []).append(_Candidate(chain, _weigh(chain), order, declarations))
    return cascade


def _rules_of(sheets: Iterable[Sheet], scheme: Scheme) -> Iterator[StyleRule]:
    for sheet in sheets:
        for rule in sheet.rules:
            if not rule.media or (scheme is not Scheme.OUTLOOK and _asks_for(rule.media, scheme)):
                yield rule


def _asks_for(media: str, scheme: Scheme) -> bool:
    return "prefers-color-scheme" in media and media.replace(" ", "").endswith(f"color-scheme:{scheme.value})")


def _parse_selector(selector: str) -> tuple[_Compound, ...] | None:
    chain: list[_Compound] = []
    for word in _SPACED_CHILD.sub(" >", selector).split():
        bare = word.removeprefix(">")
        found = _COMPOUND.fullmatch(bare)
        if not found or not bare:
            return None
        tag = (found["tag"] or "").lower()
        chain.append(_Compound("" if tag == "*" else tag, frozenset(_PART.findall(found["rest"])), word != bare))
    return tuple(chain) or None


def _weigh(chain: tuple[_Compound, ...]) -> tuple[int, int, int]:
    parts = [part for compound in chain for part in compound.parts]
    ids = sum(part.startswith("#") for part in parts)
    return ids, len(parts) - ids, sum(bool(compound.tag) for compound in chain)


def _names_of(element: Element) -> frozenset[str]:
    classes = (element.get("class") or "").split()
    identity = element.get("id")
    return frozenset([str(element.tag), *(f".{name}" for name in classes), *([f"#{identity}"] if identity else [])])


def _fits(compound: _Compound, names: frozenset[str], *, is_root: bool) -> bool:
    """Outlook marks what it changed; here that is the root, and with it everything."""
    parts = {part for part in compound.parts if part[0] != "["} if is_root else compound.parts
    return (not compound.tag or compound.tag in names) and parts <= names


def _matches(chain: tuple[_Compound, ...], names: frozenset[str], path: list[Element], scheme: Scheme) -> bool:
    """From the last compound up. The nearest ancestor that fits is taken, which is enough without children."""
    if not _fits(chain[-1], names, is_root=not path and scheme is Scheme.OUTLOOK):
        return False
    at = len(path)
    for before, compound in zip(reversed(chain[:-1]), reversed(chain[1:]), strict=True):
        while at > 0:
            at -= 1
            if _fits(before, _names_of(path[at]), is_root=at == 0 and scheme is Scheme.OUTLOOK):
                break
            if compound.is_child:
                return False
        else:
            return False
    return True
