"""The text of an RSS, RDF or Atom feed -> well-formed XML of a bounded shape. Pure.

feedparser reads what comes out. By itself it would read a document that broke off as a shorter one, and take a very
long time over shapes that no feed has (an author of a megabyte, a hundred thousand categories): neither comes to it.
"""

from __future__ import annotations

import copy
import html
import re
from collections.abc import Iterator
from html.entities import html5

from lxml import etree

from publisher.markup.characters import drop_forbidden
from publisher.markup.tree import Element, write_fragment
from publisher.sources.feed.document import MOST_ITEMS, FeedUnreadable

_ATOM = "http://www.w3.org/2005/Atom"
_ATOM_03 = "http://purl.org/atom/ns#"
_XML = "http://www.w3.org/XML/1998/namespace"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
# What feedparser has a meaning for, by the prefixes that feeds use, some of them without saying what they mean.
_PREFIXES = {
    "atom": _ATOM,
    "content": _CONTENT,
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
}
_NAMESPACES = {*_PREFIXES.values(), _ATOM_03, "http://search.yahoo.com/mrss"}
_NAMESPACES |= {
    "http://purl.org/rss/1.0/",
    "http://my.netscape.com/rdf/simple/0.9/",
    "http://channel.netscape.com/rdf/simple/0.9/",
}
_ROOTS = frozenset({"rss", "rdf", "feed", "channel"})
_HOLD_HTML = frozenset(
    {"title", "description", "encoded", "content", "summary", "subtitle", "body", "div", "tagline", "info"}
)
_LONGEST = 2_000  # characters of anything else
_LONGEST_NAME = 200  # of people: feedparser looks for an address in them, in quadratic time
_MEDIA = "{http://search.yahoo.com/mrss"  # whose `content` holds no text
_NAMES = frozenset({"author", "creator", "contributor", "publisher", "managingeditor", "webmaster", "name"})
_LONGEST_ATTRIBUTE, _MOST_ATTRIBUTES = 4_000, 50
_MOST_PARTS = 300  # of one item: feedparser compares each category with all before it

_HEAD = re.compile(r"\s*(?:<\?|<!--|<!DOCTYPE|<([A-Za-z_][\w.:-]*))", re.IGNORECASE)
_AMPERSAND = re.compile(r"&(?:#(\d{1,7}|[xX][0-9A-Fa-f]{1,6})|([A-Za-z][A-Za-z0-9]{1,31}));")
_BARE_AMPERSAND = re.compile(r"&(?!(?:#(?:\d{1,7}|[xX][0-9A-Fa-f]{1,6})|[A-Za-z][A-Za-z0-9]{1,31});)")
_ADDRESS = re.compile(r"[^\s()<>]*@[^\s()<>]*")
_PREDEFINED = frozenset({"amp", "lt", "gt", "quot", "apos"})


def mend_xml(text: str) -> bytes:
    """Raises FeedUnreadable for what is no feed, for one that broke off, and for one that is nested too deeply."""
    start, name = _find_root(text)
    local = name.rpartition(":")[2].lower()
    if local not in _ROOTS:
        raise FeedUnreadable(
            "is a web page and no feed" if local == "html" else f"is no feed (it begins with <{name}>)"
        )
    root = _parse(_settle_ampersands(drop_forbidden(text[start:])), name)
    _prune(root)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _find_root(text: str) -> tuple[int, str]:
    """Where the first element begins, and its name. A DOCTYPE is passed over, so no entity of its own exists."""
    ends = {"<?": "?>", "<!-": "-->", "<!D": ">"}
    position = 0
    while match := _HEAD.match(text, position):
        if match[1]:
            return match.start(1) - 1, match[1]
        begin = match.group().lstrip()[:3].upper()
        end = ends[begin[:2] if begin.startswith("<?") else begin]
        if begin == "<!D" and 0 <= text.find("[", match.end()) < text.find(">", match.end()):
            end = "]>"
        position = text.find(end, match.end())
        if position < 0:
            break
        position += len(end)
    raise FeedUnreadable("is empty" if not text.strip() else "is no feed")


def _settle_ampersands(text: str) -> str:
    """Names of characters that only HTML knows as numbers, and every other `&` as what it is."""
    pieces: list[str] = []
    position = 0
    while position < len(text):
        start = text.find("<![CDATA[", position)
        end = text.find("]]>", start) if start >= 0 else -1
        if start < 0 or end < 0:
            break
        pieces += (_settle_piece(text[position:start]), text[start : end + 3])
        position = end + 3
    return "".join([*pieces, _settle_piece(text[position:])])


def _settle_piece(text: str) -> str:
    return _AMPERSAND.sub(_settle_ampersand, _BARE_AMPERSAND.sub("&amp;", text))


def _settle_ampersand(match: re.Match[str]) -> str:
    number, name = match[1], match[2]
    if number:
        code = int(number[1:], 16) if number[0] in "xX" else int(number)
        # In the range that is control characters, windows-1252 is meant (HTML 13.2.5.80).
        character = html.unescape(match.group()) if 0x80 <= code < 0xA0 else chr(code) if code < 0x110000 else ""
        return f"&#{ord(character)};" if drop_forbidden(character) else ""
    if name in _PREDEFINED:
        return match.group()
    known = html5.get(f"{name};") if name else None
    return "".join(f"&#{ord(character)};" for character in known) if known else "&amp;" + match.group()[1:]


def _parse(text: str, root_name: str) -> Element:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        recover=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        raise FeedUnreadable(f"is not well-formed XML: {error}") from None
    log = list(parser.error_log)
    if root is None:
        raise FeedUnreadable("is not well-formed XML")
    if any("depth" in error.message.lower() for error in log):
        raise FeedUnreadable("is nested too deeply")
    if log and not _is_complete(text, root_name):
        raise FeedUnreadable(f"broke off: its </{root_name}> is missing")
    return root


def _is_complete(text: str, root_name: str) -> bool:
    """Behind the last end tag of the root there is at most more markup, such as the comment of a cache."""
    tag = f"</{root_name}"
    position = text.rfind(tag)
    rest = text[position + len(tag) :].lstrip()
    return position >= 0 and rest.startswith(">") and rest[1:].lstrip()[:1] in {"", "<"}


# ---------------------------------------------------------------------------------------------------- the shape


def _prune(root: Element) -> None:
    for element in list(root.iter()):
        _settle_name(element)
        _bound_attributes(element)
    # Text first: what stands in it as markup must not be taken for parts of the feed.
    _flatten_text(root)
    counts = {"item": 0, "other": 0}
    for element in _top_parts(root):
        kind, most = ("item", MOST_ITEMS) if _local(element) in {"item", "entry"} else ("other", _MOST_PARTS)
        counts[kind] += 1
        if counts[kind] > most:
            _remove(element)
            continue
        for number, part in enumerate(list(element.iter())):
            # Nobody's address is published for standing in a feed; and feedparser would give it to the next author.
            if number > _MOST_PARTS or not _is_known(part) or _local(part) == "email":
                _remove(part)
            else:
                _cut(part)
    etree.cleanup_namespaces(root)


def _flatten_text(root: Element) -> None:
    pending = [root]
    while pending:
        element = pending.pop()
        if len(element) and _local(element) in _HOLD_HTML and not str(element.tag).startswith(_MEDIA):
            _flatten(element)
        pending.extend(element)


def _top_parts(root: Element) -> Iterator[Element]:
    for child in list(root):
        if _local(child) == "channel":
            yield from list(child)
        else:
            yield child


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def _settle_name(element: Element) -> None:
    """A prefix that nobody declared means what it means elsewhere; a default namespace that nobody knows means none."""
    tag = str(element.tag)
    if tag.startswith("{"):
        if element.prefix is None and tag[1:].partition("}")[0] not in _NAMESPACES:
            element.tag = tag.rpartition("}")[2]
    elif ":" in tag:
        prefix, _, local = tag.partition(":")
        element.tag = f"{{{_PREFIXES.get(prefix.lower(), 'unknown')}}}{local or 'none'}"


def _bound_attributes(element: Element) -> None:
    if len(element.attrib) > _MOST_ATTRIBUTES:
        element.attrib.clear()
    for attribute, value in list(element.attrib.items()):
        if len(value) > _LONGEST_ATTRIBUTE:
            del element.attrib[attribute]


def _is_known(element: Element) -> bool:
    tag = str(element.tag)
    return not tag.startswith("{") or tag[1:].partition("}")[0] in _NAMESPACES


def _flatten(element: Element) -> None:
    """Markup that stands in an element as it is, XHTML by Atom's rules or a mistake, becomes escaped HTML."""
    inner = copy.deepcopy(element)
    base = next((part.get(f"{{{_XML}}}base") for part in inner.iter() if part.get(f"{{{_XML}}}base")), None)
    inner.attrib.clear()
    inner.tail = None
    for part in inner.iter():
        part.tag = _local(part)
        for name in [name for name in part.attrib if str(name).startswith("{")]:
            del part.attrib[name]
    etree.cleanup_namespaces(inner)
    element[:] = []
    element.text = write_fragment(inner)
    if base and f"{{{_XML}}}base" not in element.attrib:
        element.set(f"{{{_XML}}}base", base)
    if str(element.tag).startswith(f"{{{_ATOM_03}}}"):
        element.set("type", "text/html")
        element.set("mode", "escaped")
    elif "type" in element.attrib:
        element.set("type", "html")
    if _local(element) in {"body", "div"}:
        element.tag = f"{{{_CONTENT}}}encoded"


def _cut(element: Element) -> None:
    name = _local(element)
    if name not in _HOLD_HTML:
        limit = _LONGEST_NAME if name in _NAMES else _LONGEST
        element.text = element.text[:limit] if element.text else None
        if name in _NAMES and element.text and "@" in element.text:
            element.text = _name_only(element.text)
        for child in element:
            child.tail = None
    elif element.text and "]]>" not in element.text:
        # Ten times faster to read than entities, each of which the parser hands over by itself.
        element.text = etree.CDATA(element.text)


def _name_only(text: str) -> str:
    """Of `a@b.example (Name)` and `Name <a@b.example>` the name; feedparser cuts addresses whose ending is too long."""
    return " ".join(_ADDRESS.sub(" ", text).split()).strip("()<>[] ")


def _remove(element: Element) -> None:
    parent = element.getparent()
    if parent is not None:
        element.tail = None
        parent.remove(element)
