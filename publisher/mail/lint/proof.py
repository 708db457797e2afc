"""An issue as the rules see it: parsed once, with what it ought to say beside it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from lxml import etree

from publisher.errors import TemplateError
from publisher.mail.lint.css import Declaration, Sheet, parse_declarations, parse_sheet
from publisher.mail.personal import show_subject
from publisher.mail.slots import Slot, word
from publisher.markup.width import shorten
from publisher.model.rendered import RenderedIssue

Element: TypeAlias = etree._Element  # noqa: SLF001 - the name that lxml's own stubs give it

_UNSEEN = frozenset({"head", "style", "script", "title", "noscript", "template"})
_CODE = frozenset({"code", "pre", "kbd", "samp", "tt", "textarea"})
_LONGEST = 90  # characters of an element that are shown


@dataclass(frozen=True, slots=True)
class Facts:
    """What an issue has to say. `own_words` is everything its articles say: none of that is a template's mistake.

    `has_list_unsubscribe`: the header stands in the message.
    """

    name: str
    address: str
    contact: str
    has_list_unsubscribe: bool = True
    own_words: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A text that readers see, in its element. `is_code` where it stands in code, where anything may be written."""

    element: Element
    text: str
    is_code: bool


@dataclass(frozen=True)
class Proof:
    """The trial print of an issue."""

    issue: RenderedIssue
    facts: Facts
    root: Element = field(repr=False)

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        return tuple(self.root.iter(etree.Element))

    @cached_property
    def body(self) -> Element:
        found = self.root.find("body")
        return self.root if found is None else found

    @cached_property
    def styles(self) -> dict[Element, tuple[Declaration, ...]]:
        """The declarations of each element that has a `style` attribute."""
        return {item: parse_declarations(style) for item in self.elements if (style := item.get("style")) is not None}

    @cached_property
    def sheets(self) -> tuple[Sheet, ...]:
        """The `<style>` blocks that are left."""
        return tuple(parse_sheet(css) for css in self.css_blocks)

    @cached_property
    def css_blocks(self) -> tuple[str, ...]:
        return tuple(style.text or "" for style in self.root.iter("style"))

    @cached_property
    def hidden(self) -> frozenset[Element]:
        """Elements that are not shown, those inside of them included."""
        return frozenset(self._find_hidden())

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """What readers see, in order, empty texts left out."""
        return tuple(self._find_pieces())

    @cached_property
    def text(self) -> str:
        """The same as one string."""
        return " ".join(piece.text.strip() for piece in self.pieces)

    @cached_property
    def subject(self) -> str:
        """As a reader gets it of whom nothing but the address is known."""
        try:
            return show_subject(self.issue)
        except (TemplateError, ValueError, IndexError):  # another rule's fault
            return self.issue.subject

    def unsubscribe_word(self) -> str:
        return word(self.issue.marker, Slot.UNSUBSCRIBE)

    def _find_hidden(self) -> Iterator[Element]:
        hidden: set[Element] = set()
        for element in self.elements:
            parent = element.getparent()
            unseen = element.tag in _UNSEEN or any(
                item.name == "display" and item.value.lower() == "none" for item in self.styles.get(element, ())
            )
            if unseen or (parent is not None and parent in hidden):
                hidden.add(element)
                yield element

    def _find_pieces(self) -> Iterator[Piece]:
        code: set[Element] = set()
        for event, element in etree.iterwalk(self.body, events=("start", "end", "comment", "pi")):
            parent = element.getparent()
            if event == "start":
                if element.tag in _CODE or "code" in (element.get("class") or "").split() or parent in code:
                    code.add(element)
                if element.text and element.text.strip() and element not in self.hidden:
                    yield Piece(element, element.text, element in code)
            elif parent is None or element is self.body or parent in self.hidden:
                continue
            elif element.tail and element.tail.strip():
                yield Piece(parent, element.tail, parent in code)


def make_proof(issue: RenderedIssue, facts: Facts) -> Proof:
    """Takes any HTML and raises nothing."""
    content = issue.html.encode("utf-8", "replace")
    parser = etree.HTMLParser(encoding="utf-8")
    root: Element | None = None
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:  # nothing in it at all
        root = None
    if root is None or not isinstance(root.tag, str):
        root = etree.fromstring(b"<html><body></body></html>", parser)
    return Proof(issue, facts, root)


def show(element: Element) -> str:
    """The element as a person would look for it: `<a href="https://…">`."""
    wanted = ("href", "src", "id", "class")
    shown = [f' {name}="{value}"' for name in wanted if (value := element.get(name))]
    return shorten(f"<{element.tag}{shown[0] if shown else ''}>", _LONGEST)
