"""The one premailer door: the CSS of a finished document becomes style attributes, once per variant.

premailer 3.10 (2021) is the last there will be, so its faults are walked round here and pinned in
tests/mail/test_inline.py. A document brings its CSS in two blocks: a plain `<style>` of type, class and descendant
selectors to inline, and `<style data-premailer="ignore">` with what has to stay (media queries, dark mode).
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

import cssutils
from lxml import etree
from premailer import Premailer

from publisher.errors import TemplateError

DOCTYPE = "<!DOCTYPE html>"
STYLE_LIMIT = 16_384  # Gmail drops every rule beyond (caniemail, html-style, note 6)

_OPTIONS = {
    "strip_important": False,  # True also strips the kept block, and dark mode loses to the inline colours
    "disable_basic_attributes": ["width", "height", "align", "valign", "bgcolor"],  # the templates set real ones
    "disable_validation": True,  # knows nothing of mso-*
    "allow_network": False,
    "align_floating_images": False,
}
_FORBIDDEN = re.compile(r"@import|url\(|expression\(", re.IGNORECASE)
_CLASS_NAME = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
_BRACES = ("{{", "%7B", "%7b")
_UNFILLED = re.compile(r"\{[{%]")
_LOCK = threading.Lock()  # cssutils keeps its parser state in module globals


def inline(html: str, *, keep: Sequence[str] = ()) -> str:
    """`html` with its CSS inlined; the words in `keep` are certain to stand in it as often as before.

    Raises TemplateError when the CSS is wrong or reaches for something outside the document.
    """
    root = etree.fromstring(html.encode("utf-8"), etree.HTMLParser(encoding="utf-8"))
    _check_css(root)
    _check_addresses(root)
    _end_style_attributes(root)
    with _LOCK, _listening():
        Premailer(**_OPTIONS).transform(root)
    _drop_unused_classes(root)
    # Given text, premailer loses a lower-case doctype, and on macOS garbles emoji; hence the tree (its #162, #249).
    inlined: str = etree.tostring(root.getroottree(), method="html", encoding="unicode", doctype=DOCTYPE)
    _check_result(html, inlined, keep)
    return inlined


def css_blocks(html: str) -> list[str]:
    """The `<style>` blocks of a document, those in conditional comments left out."""
    return _css_blocks(etree.fromstring(html.encode("utf-8"), etree.HTMLParser(encoding="utf-8")))


def _css_blocks(root: etree._Element) -> list[str]:
    return [style.text or "" for style in root.iter("style")]


def _check_css(root: etree._Element) -> None:
    for css in _css_blocks(root):
        forbidden = _FORBIDDEN.search(css)
        if forbidden:
            message = (
                "the style block of the mail template has {!r}: nothing outside the mail may be loaded; take it out"
            )
            raise TemplateError(message.format(forbidden[0]))
    for style in root.iter("style"):
        if style.get("data-premailer") != "ignore":
            _check_syntax(style.text or "")


@lru_cache(maxsize=8)  # a document's check takes as long as its inlining, and the sheet is the same in every issue
def _check_syntax(css: str) -> None:
    """cssutils, and so premailer, skips silently what it cannot read."""
    with _LOCK, _listening() as complaints:
        cssutils.parseString(css, validate=False)
    if complaints:
        raise TemplateError(f"the style block of the mail template is not readable CSS: {complaints[-1]}")


def _check_addresses(root: etree._Element) -> None:
    """Addresses from articles have their braces escaped; what is left is a template's own."""
    for element in root.iter(etree.Element):
        for address in (element.get("href"), element.get("src")):
            if address and _UNFILLED.search(address):
                raise TemplateError(
                    f"the address {address} in the mail template was not filled in; take out {{% raw %}}"
                )


def _end_style_attributes(root: etree._Element) -> None:
    """premailer keeps selectors, sheets and style attributes in one cache: `style="head"` would be taken for the
    selector `head` and end in a TypeError. No selector ends with a semicolon.
    """
    for element in root.iter(etree.Element):
        style = element.get("style")
        if style is not None:
            element.set("style", style.strip().rstrip(";") + ";")


def _drop_unused_classes(root: etree._Element) -> None:
    """A class that only served the inlining is dead weight: Gmail clips at 102 KB."""
    used = {name for css in _css_blocks(root) for name in _CLASS_NAME.findall(css)}
    for element in root.iter(etree.Element):
        names = str(element.attrib.pop("class", "")).split()
        kept = [name for name in names if name in used]
        if kept:
            element.set("class", " ".join(kept))


def _check_result(before: str, after: str, keep: Sequence[str]) -> None:
    """What would otherwise be seen by subscribers only."""
    if not after.startswith(DOCTYPE):
        raise AssertionError("the doctype is no longer first")
    for word in (*keep, *_BRACES):
        if before.count(word) != after.count(word):
            message = (
                f"inlining the mail template changed {word!r} ({before.count(word)} before, {after.count(word)} after)"
            )
            raise TemplateError(f"{message}; in the templates it may stand in text and in addresses only")
    size = sum(len(css.encode("utf-8")) for css in css_blocks(after))
    if size > STYLE_LIMIT:
        message = f"the style block that stays in the mail has {size} bytes; Gmail drops what is beyond {STYLE_LIMIT}"
        raise TemplateError(f"{message}: shorten templates/email/kept.css")


class _Listener(logging.Filter):
    """Takes what cssutils says in this thread; the logger, its level and everybody else's messages stay as they are."""

    def __init__(self) -> None:
        super().__init__()
        self.complaints: list[str] = []
        self._thread = threading.get_ident()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.thread != self._thread:
            return True
        if record.levelno >= logging.ERROR:
            self.complaints.append(record.getMessage())
        return False


@contextmanager
def _listening() -> Iterator[list[str]]:
    logger, listener = logging.getLogger("CSSUTILS"), _Listener()
    logger.addFilter(listener)
    try:
        yield listener.complaints
    finally:
        logger.removeFilter(listener)


def _refuse_to_fetch(url: str) -> None:
    """In place of the fetcher that opens `file:` and `http:` addresses, whatever the options of premailer say."""
    raise TemplateError(f"the style block of the mail template wants to load {url}; take it out")


cssutils.util._defaultFetcher = _refuse_to_fetch  # noqa: SLF001 - there is no public way to set it for premailer
