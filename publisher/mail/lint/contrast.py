"""Whether every text can be read on what is behind it, in light and in dark. Pure.

The ratio is that of WCAG 2.2 (1.4.3): 4.5, and 3 for text of 24 pixels or of 18.66 in bold. Programs that darken a mail
by themselves, as Gmail does on phones, choose colours of their own and cannot be judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from publisher.colours import Colour, contrast, write_colour
from publisher.mail.lint.cascade import Cascade, Scheme, make_cascade
from publisher.mail.lint.colours import parse_colour
from publisher.mail.lint.css import Declaration
from publisher.mail.lint.finding import Finding
from publisher.mail.lint.proof import Element, Proof, show
from publisher.markup.width import shorten

_ENOUGH, _ENOUGH_LARGE = 4.5, 3.0
_LARGE, _LARGE_BOLD = 24.0, 18.66
# What browsers paint where nobody says anything; in dark only for a document that says it can be dark.
_PAPER: Mapping[bool, tuple[Colour, Colour, Colour]] = {
    False: ((255, 255, 255), (0, 0, 0), (0, 0, 238)),
    True: ((18, 18, 18), (255, 255, 255), (158, 158, 255)),
}
_PIXELS = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,4})?)px")
_PASSED_ON = frozenset({"inherit", "currentcolor", "unset"})
_TOKEN = re.compile(r"[a-z-]+\([^()]*\)|[^\s()]+")


@dataclass(frozen=True, slots=True)
class _Look:
    colour: Colour | None
    behind: Colour | None
    size: float = 16.0
    is_bold: bool = False


def check_contrast(proof: Proof) -> Iterator[Finding]:
    """One finding for each pair of colours that is too weak, at the first text that has it."""
    for scheme in Scheme:
        cascade = make_cascade(proof.sheets, scheme)
        yield from _check_scheme(proof, cascade)


def _check_scheme(proof: Proof, cascade: Cascade) -> Iterator[Finding]:
    looks = _looks(proof, cascade)
    told: set[tuple[Colour, Colour]] = set()
    unknown: list[str] = list(cascade.unknown)
    for element, text in _texts(proof):
        look = looks[element]
        if look.colour is None or look.behind is None:
            unknown.append(show(element))
            continue
        ratio = contrast(look.colour, look.behind)
        pair = (look.colour, look.behind)
        is_large = look.size >= _LARGE or (look.is_bold and look.size >= _LARGE_BOLD)
        if ratio >= (_ENOUGH_LARGE if is_large else _ENOUGH) or pair in told:
            continue
        told.add(pair)
        ratio_text = f"{write_colour(pair[0])} on {write_colour(pair[1])} is {ratio:.1f} ({cascade.scheme.value})"
        message = f"is hard to read: {shorten(text.strip(), 30)!r}, {ratio_text}; make it {_ENOUGH:g} or more"
        rule = "contrast" if cascade.scheme is Scheme.LIGHT else "contrast-dark"
        yield Finding(rule, message, show(element))
    if unknown:
        message = f"has colours that cannot be told here ({cascade.scheme.value}), such as those of {unknown[0]}"
        yield Finding("contrast-unknown", f"{message}: look at it", "the mail")


def _texts(proof: Proof) -> Iterator[tuple[Element, str]]:
    for piece in proof.pieces:
        yield piece.element, piece.text
    for image in proof.body.iter("img"):
        alt = image.get("alt") or ""
        if alt.strip() and image not in proof.hidden:  # shown while pictures are off
            yield image, alt


def _looks(proof: Proof, cascade: Cascade) -> dict[Element, _Look]:
    is_dark = cascade.scheme is not Scheme.LIGHT and _can_be_dark(proof)
    paper, ink, link = _PAPER[is_dark]
    looks: dict[Element, _Look] = {}
    path: list[Element] = []
    for element in proof.elements:
        parent = element.getparent()
        while path and path[-1] is not parent:
            path.pop()
        look = looks[parent] if parent is not None and parent in looks else _Look(ink, paper)
        if element.tag == "a" and element.get("href") is not None:
            look = replace(look, colour=link)
        style = proof.styles.get(element, ())
        looks[element] = _change(look, element, style, cascade.declared(element, path, style))
        path.append(element)
    return looks


def _change(look: _Look, element: Element, style: tuple[Declaration, ...], declared: Mapping[str, str]) -> _Look:
    behind = _behind(look.behind, element.get("bgcolor"), declared)
    value = declared.get("color") or (element.get("color") if element.tag == "font" else None)
    colour = look.colour
    if value and value.lower() not in _PASSED_ON:
        colour = parse_colour(value, behind or (255, 255, 255))
    size, is_bold = look.size, look.is_bold or element.tag in {"b", "strong", "th"}
    for item in style:
        if item.name == "font-size" and (pixels := _PIXELS.fullmatch(item.value.lower())):
            size = float(pixels[1])
        elif item.name == "font-weight":
            is_bold = item.value.lower() in {"bold", "bolder", "600", "700", "800", "900"}
    return _Look(colour, behind, size, is_bold)


def _behind(behind: Colour | None, attribute: str | None, declared: Mapping[str, str]) -> Colour | None:
    """The background of an element; None when a picture or something unknown is painted."""
    under = behind or (255, 255, 255)
    if attribute and "background-color" not in declared and "background" not in declared:
        return parse_colour(attribute, under)
    value = declared.get("background-color", "").lower()
    if value and value not in _PASSED_ON:
        behind = parse_colour(value, under) if value != "transparent" else behind
    if "background" in declared and not value:
        behind = _of_shorthand(declared["background"].lower(), behind)
    image = declared.get("background-image", "none").lower()
    return behind if image in {"none", "inherit", "initial"} else None


def _of_shorthand(value: str, behind: Colour | None) -> Colour | None:
    if "url(" in value or "gradient(" in value:
        return None
    colours = [parse_colour(token, behind or (255, 255, 255)) for token in _TOKEN.findall(value)]
    return next((colour for colour in colours if colour is not None), behind)


def _can_be_dark(proof: Proof) -> bool:
    metas = (meta.get("content") or "" for meta in proof.root.iter("meta") if meta.get("name") == "color-scheme")
    return any("dark" in content for content in metas)
