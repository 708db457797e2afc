"""The elements of HTML by what becomes of them here. Pure."""

from __future__ import annotations

# fmt: off
INLINE = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q", "rp",
    "rt", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
})
BLOCKS = frozenset({
    "blockquote", "caption", "col", "colgroup", "dd", "details", "div", "dl", "dt", "figcaption", "figure", "h1", "h2",
    "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "ul",
})
ALLOWED = INLINE | BLOCKS | {"br", "img", "picture", "source"}

# Blocks without a meaning in a feed or a mail: each becomes a `div`.
PLAIN_BLOCKS = frozenset({
    "address", "article", "aside", "center", "fieldset", "footer", "form", "header", "hgroup", "main", "nav",
})

# These become a link to what they play.
PLAYERS = frozenset({"iframe", "embed", "object", "video", "audio"})

# Not for reading, and neither is what they hold.
DROPPED = frozenset({
    "annotation", "annotation-xml", "applet", "button", "canvas", "datalist", "frameset", "head", "noembed", "noframes",
    "script", "select", "style", "svg", "template", "textarea", "title",
})

VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
})

# Closed by what follows them, so that leaving out the end tag does not nest.
SELF_CLOSING = frozenset({
    "colgroup", "dd", "dt", "li", "option", "p", "rp", "rt", "tbody", "td", "tfoot", "th", "thead", "tr",
})
# fmt: on
