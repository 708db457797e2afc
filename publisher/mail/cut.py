"""How mail programs cut a mail: subject and first words in the list of mails, HTML and styles by size. Pure.

Programs cut by width on the screen, which nobody publishes; the figures are what others counted in letters of English
text. A letter is taken as one column and a Japanese character as two, so that 70 letters are 35 kanji.

Sources: [E] the table of @emailens/engine 0.9.6 (npm, 2026); [T] counted on telephones by emailtooltester.com
(email-subject-lines-character-limit). Where both have one, the smaller. Nobody has counted Yahoo! JAPAN, au or docomo.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from lxml import etree

from publisher.mail.inline import STYLE_LIMIT
from publisher.markup.graphemes import split_graphemes
from publisher.markup.width import display_width

GMAIL_CLIP = 102_000  # bytes of HTML, decoded; Gmail hides the rest (spamresource 2022-01, hteumeuleu/email-bugs 41)
HEADER_LIMIT = 12_000  # bytes; SoftBank has had trouble with more (its page for senders, 2008)

_LONGEST_SNIPPET = 400  # characters that are read; no program shows half as many
_UNSEEN = frozenset({"head", "style", "script", "title", "noscript", "template"})
_GAP = re.compile(r"[ \t\r\n\f]+")
_FILLER = "\u00a0\u034f\u200b\u200c\u200d\u200e\u200f\u2007\u2060\ufeff "


@dataclass(frozen=True, slots=True)
class Program:
    """How much its list of mails shows, in columns. On one line the snippet gets what the subject leaves."""

    name: str
    subject: int
    snippet: int
    is_one_line: bool = False


PROGRAMS = (
    Program("Gmail", 70, 90, is_one_line=True),  # E
    Program("Gmail (iPhone)", 37, 45),  # T; snippet E
    Program("Gmail (Android)", 33, 45),  # T; snippet E
    Program("iPhone", 41, 90),  # E; T has 48 and 99
    Program("Mac", 78, 140),  # E
    Program("Outlook", 55, 35),  # E
    Program("Outlook.com", 60, 90),  # E
    Program("Yahoo Mail", 46, 100),  # E
    Program("Samsung", 40, 70),  # E
)


@dataclass(frozen=True, slots=True)
class InboxLine:
    """What one program shows of a mail before it is opened. `is_cut`: the subject is not shown whole."""

    program: str
    subject: str
    snippet: str
    is_cut: bool


class Measure(StrEnum):
    """What is measured of a mail."""

    HTML = "html"  # decoded, against Gmail's clip
    STYLES = "styles"  # style blocks, against what Gmail reads of them
    HEADERS = "headers"  # against what SoftBank takes
    MESSAGE = "message"  # as it is sent; no limit worth a word


@dataclass(frozen=True, slots=True)
class Size:
    """In bytes; `limit` is 0 for what has none."""

    measure: Measure
    bytes: int
    limit: int

    @property
    def is_over(self) -> bool:
        return 0 < self.limit < self.bytes


def cut(text: str, columns: int) -> str:
    """At most so many columns; what is cut ends in `…`, and no character that a person sees is cut in two."""
    if display_width(text[: 8 * columns]) <= columns and len(text) <= 8 * columns:
        return text
    shown, width = [], 1  # the ellipsis
    for grapheme in split_graphemes(text[: 8 * columns]):
        width += display_width(grapheme)
        if width > columns:
            break
        shown.append(grapheme)
    return "".join(shown).rstrip() + "…"


def show_in_inboxes(subject: str, snippet: str) -> tuple[InboxLine, ...]:
    """What each of PROGRAMS shows."""
    return tuple(_show(program, subject, snippet) for program in PROGRAMS)


def read_snippet(html: str, text: str) -> str:
    """The first words of a mail, hidden ones included, as programs show them beside the subject.

    Of a mail of text alone they are those of its text. What fills the place behind a preheader ends them.
    """
    pieces = _find_texts(html) if html else iter((text[: 4 * _LONGEST_SNIPPET],))
    found = ""
    for piece in pieces:
        found = _GAP.sub(" ", f"{found} {piece}") if found else _GAP.sub(" ", piece).lstrip()
        if len(found) > _LONGEST_SNIPPET:
            break
    return found[:_LONGEST_SNIPPET].rstrip(_FILLER)


def measure(html: str, message: bytes) -> tuple[Size, ...]:
    """The sizes of a mail that mail programs have limits for, and that of all of it."""
    root = _parse(html)
    blocks = () if root is None else root.iter("style")
    styles = sum(len((block.text or "").encode("utf-8", "replace")) for block in blocks)
    sizes = [
        Size(Measure.HTML, len(html.encode("utf-8", "replace")), GMAIL_CLIP),
        Size(Measure.STYLES, styles, STYLE_LIMIT),
    ]
    headers = message.find(b"\r\n\r\n")
    return (
        *(sizes if html else ()),
        Size(Measure.HEADERS, headers + 2 if headers >= 0 else len(message), HEADER_LIMIT),
        Size(Measure.MESSAGE, len(message), 0),
    )


def _show(program: Program, subject: str, snippet: str) -> InboxLine:
    shown = cut(subject, program.subject)
    room = program.snippet
    if program.is_one_line:
        room += program.subject - display_width(shown)
    first = cut(snippet, room)
    if first.removesuffix("…").endswith(tuple(_FILLER)):  # cut in what fills the place: nobody sees that
        first = first.removesuffix("…").rstrip(_FILLER)
    return InboxLine(program.name, shown, first, shown != subject)


def _find_texts(html: str) -> Iterator[str]:
    """All texts of the body in their order."""
    root = _parse(html)
    body = None if root is None else root.find("body")
    if body is None:
        return
    hidden = 0
    for event, element in etree.iterwalk(body, events=("start", "end", "comment", "pi")):
        is_unseen = event in {"start", "end"} and element.tag in _UNSEEN
        if event == "start":
            hidden += is_unseen
            if element.text and not hidden:
                yield element.text
            continue
        hidden -= is_unseen
        if element.tail and not hidden and element is not body:
            yield element.tail


def _parse(html: str) -> etree._Element | None:  # the name that lxml's own stubs give it
    try:
        return etree.fromstring(html.encode("utf-8", "replace"), etree.HTMLParser(encoding="utf-8"))
    except etree.XMLSyntaxError:  # nothing in it at all
        return None
