"""Rules about the document: what mail programs take out, and what screen readers need. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from publisher.mail.inline import DOCTYPE
from publisher.mail.lint.finding import Finding
from publisher.mail.lint.proof import Element, Proof, show

_ACTIVE = frozenset({"script", "iframe", "object", "embed", "applet", "frame", "frameset", "base"})
_FORM = frozenset({"form", "input", "select", "textarea", "button", "option"})
_SCRIPT = re.compile(r"[\x00-\x20]*(?:java|vb)script:", re.IGNORECASE)
# What XML forbids, C1 (Gmail cuts a mail off at one), what UTF-8 cannot write.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_ZERO_WIDTH = re.compile("[\u200b\u2060\u180e\ufeff]")
_SMALLEST = 12.0  # pixels; 特定電子メール法 wants what it asks for to be easy to read
_PIXELS = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,4})?)(px|pt)", re.IGNORECASE)


def check_document(proof: Proof) -> Iterator[Finding]:
    if not proof.issue.html.lstrip()[: len(DOCTYPE)].upper().startswith(DOCTYPE.upper()):
        yield Finding("no-doctype", f"does not begin with {DOCTYPE}: put it at the top of body.html", "the HTML")
    if not (proof.root.get("lang") or "").strip():
        yield Finding("no-lang", "does not say its language: write <html lang=…>, for screen readers", "the HTML")
    if not (proof.root.findtext(".//title") or "").strip():
        yield Finding("no-title", "has no title: write <title>{{ subject }}</title> into its head", "the HTML")


def check_active_content(proof: Proof) -> Iterator[Finding]:
    for element in proof.elements:
        reason = _active_reason(element)
        if reason:
            yield Finding("active-content", f"{reason}: take it out of the template", show(element))
        elif element.tag in _FORM:
            message = "is part of a form, which most mail programs disable: link to a page that has it"
            yield Finding("form", message, show(element))


def _active_reason(element: Element) -> str:
    if element.tag in _ACTIVE:
        return "is removed by mail programs, and filters take the mail for an attack"
    if element.tag == "link" or (element.tag == "meta" and (element.get("http-equiv") or "").lower() == "refresh"):
        return "loads something or leads away by itself"
    for name, value in _attributes(element):
        if name.lower().startswith("on"):
            return f"has the script attribute {name}"
        if name in {"href", "src", "action"} and _SCRIPT.match(value):
            return "has a script for an address"
    return ""


def _attributes(element: Element) -> list[tuple[str, str]]:
    return [(str(name), str(value)) for name, value in element.items()]


def check_characters(proof: Proof) -> Iterator[Finding]:
    issue = proof.issue
    for where, text in (("the subject", issue.subject), ("the text part", issue.text), ("the HTML", issue.html)):
        found = _CONTROL.search(text)
        if found:
            message = f"holds the control character U+{ord(found[0]):04X}, which breaks mail programs: take it out"
            yield Finding("control-character", message, where)
    for piece in proof.pieces:
        found = _ZERO_WIDTH.search(piece.text)
        if found:
            message = (
                f"holds the invisible character U+{ord(found[0]):04X}, which filters take for a trick: take it out"
            )
            quote = piece.text.strip()[:200]
            yield Finding("zero-width", message, show(piece.element), quote=quote)


def check_anchors(proof: Proof) -> Iterator[Finding]:
    links = [item for item in proof.elements if item.tag == "a" and len(item.get("href") or "") > 1]
    inside = [item for item in links if (item.get("href") or "").startswith("#")]
    if not inside:
        return
    known = {item.get(name) for item in proof.elements for name in ("id", "name")}
    for link in inside:
        target = (link.get("href") or "")[1:]
        if target not in known and unquote(target) not in known:
            yield Finding(
                "anchor-broken", "leads to nothing in the mail: link to the article's page", show(link), target
            )


def check_small_text(proof: Proof) -> Iterator[Finding]:
    for element, style in proof.styles.items():
        if element in proof.hidden or element.tag in {"sup", "sub"}:
            continue
        for item in style:
            size = _PIXELS.fullmatch(item.value) if item.name == "font-size" else None
            if size and float(size[1]) * (4 / 3 if size[2].lower() == "pt" else 1) < _SMALLEST:
                message = f"is set in {item.value}: make it {_SMALLEST:g}px or more"
                yield Finding("text-small", message, show(element))
