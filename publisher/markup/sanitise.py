"""What HTML may go out. Pure; the one door to nh3, which parses as browsers do."""

from __future__ import annotations

import re
from collections import Counter

import nh3

from publisher.markup import tags
from publisher.markup.characters import drop_forbidden
from publisher.markup.embeds import LAZY_SOURCES, LAZY_SRCSET
from publisher.markup.highlight import CLASSES as CODE_CLASSES
from publisher.markup.links import KEPT_SCHEMES, is_absolute
from publisher.markup.syntax.containers import KINDS
from publisher.markup.tree import protect_text

_ATTRIBUTES = {
    "*": {"class", "dir", "id", "lang", "title"},
    "a": {"href", "hreflang"},
    "blockquote": {"cite"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"cite", "datetime"},
    "details": {"open"},
    "img": {"alt", "height", "sizes", "src", "srcset", "width"},
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "ol": {"reversed", "start", "type"},
    "p": {"align"},
    "q": {"cite"},
    "source": {"media", "sizes", "srcset", "type"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"abbr", "align", "colspan", "rowspan", "scope"},
    "time": {"datetime"},
}
_FOR_EMBEDS = {"src", "data", "poster", "type", "checked", *LAZY_SOURCES, LAZY_SRCSET}
_CLASSES = frozenset({"admonition", "embed", "footnote-back", "footnote-ref", "footnotes", "math", "task", *KINDS})
_LANGUAGE_CLASS = re.compile(r"language-[\w+#.-]+")
_SIZE = re.compile(r"\d{1,5}")
_TAG = re.compile(r"""<(/?)([a-zA-Z][^\s/>]*)((?:[^"'>]++|"[^"]*"|'[^']*')*+)""")
_DEEPEST = 200
_MOST_ATTRIBUTES = 100
_SHORT = 400  # characters, too few for so many
_QUOTED = re.compile(r"""\"[^"]*"|'[^']*'""")


def tidy(html: str) -> str:
    """Well-formed as a browser would understand it, without scripts; players and form controls are still there."""
    return _finish(_TIDIER.clean(html))


def sanitise(html: str) -> str:
    """Only what is allowed, with complete addresses only.

    Taking out an element can leave a link inside a link or a paragraph inside a paragraph, which the next parser
    would part again: the second pass is that parser.
    """
    once = _finish(_SANITISER.clean(html))
    if once.replace("&nbsp;", "\N{NO-BREAK SPACE}") != html:
        once = _finish(_SANITISER.clean(once))
    return once.replace("&nbsp;", "\N{NO-BREAK SPACE}")


def is_bearable(html: str) -> bool:
    """Whether it nests, and tags have attributes, in a measure that HTML parsers take without growing slow."""
    depth: Counter[str] = Counter()
    total = 0
    for closing, name, attributes in _TAG.findall(html):
        if len(attributes) > _SHORT and len(_QUOTED.sub("", attributes).split()) > _MOST_ATTRIBUTES:
            return False
        tag = name.lower()
        if tag in tags.VOID or tag in tags.SELF_CLOSING or (closing and not depth[tag]):
            continue
        step = -1 if closing else 1
        depth[tag] += step
        total += step
        if total > _DEEPEST:
            return False
    return True


def _finish(html: str) -> str:
    """Without the characters that numeric entities brought in after the text was cleaned."""
    return protect_text(drop_forbidden(html))


def _check_attribute(tag: str, name: str, value: str) -> str | None:
    if name in {"href", "src", "cite"}:
        return value if is_absolute(value) else None
    if name == "srcset":
        return value if all(is_absolute(candidate.partition(" ")[0]) for candidate in value.split(", ")) else None
    if name in {"width", "height"}:
        return value if _SIZE.fullmatch(value) else None
    if name == "class":
        known = CODE_CLASSES if tag == "span" else _CLASSES
        kept = [word for word in value.split() if word in known or _LANGUAGE_CLASS.fullmatch(word)]
        return " ".join(kept) or None
    return value


_TIDIER = nh3.Cleaner(
    tags=tags.ALLOWED | tags.PLAIN_BLOCKS | tags.PLAYERS | {"input", "noscript"},
    clean_content_tags=tags.DROPPED,
    attributes={**_ATTRIBUTES, "*": _ATTRIBUTES["*"] | _FOR_EMBEDS},
    url_schemes=KEPT_SCHEMES | {"data"},
    link_rel=None,
)
_SANITISER = nh3.Cleaner(
    tags=tags.ALLOWED,
    clean_content_tags=tags.DROPPED | {"iframe", "noscript"},
    attributes=_ATTRIBUTES,
    attribute_filter=_check_attribute,
    url_schemes=KEPT_SCHEMES,
    link_rel=None,
)
