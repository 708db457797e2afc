"""What markdown-it's rules for links and images ask for, with addresses that templates and Zenn write. Pure."""

from __future__ import annotations

import re
from types import SimpleNamespace

from markdown_it import helpers

from publisher.markup.syntax.template_links import match_destination

# Zenn's `![…](a.png =250x)`; only a width, which no mail program would keep anyway.
_SIZE = re.compile(r"[ \t]+=\d{0,5}x\d{0,5}(?=[ \t]*\))")


def _parse_destination(source: str, position: int, maximum: int) -> object:
    end = match_destination(source, position, maximum)
    if end < 0:
        result = helpers.parseLinkDestination(source, position, maximum)
    else:
        result = helpers.parseLinkDestination("", 0, 0)
        result.ok, result.pos, result.str = True, end, source[position:end]
    size = _SIZE.match(source, result.pos, maximum) if result.ok and result.pos < maximum else None
    if size:
        result.pos = size.end()
    return result


HELPERS = SimpleNamespace(
    parseLinkLabel=helpers.parseLinkLabel,
    parseLinkTitle=helpers.parseLinkTitle,
    parseLinkDestination=_parse_destination,
)
