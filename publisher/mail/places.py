"""Where in a part a personal value stands, which says how it is written there. Pure.

Within a URL a value is percent-encoded (RFC 3986 2.1), so that it can neither end the URL nor be one of its own.
"""

from __future__ import annotations

import re

from publisher.mail.slots import AnySlot, is_personal, mark_as_url, split

# Attributes are quoted in what the inliner writes. Without an end that must be there, so that nothing is read twice.
_TAG = re.compile(r"""<[A-Za-z][^<>"']*+(?:"[^"]*+"[^<>"']*+|'[^']*+'[^<>"']*+)*+>?""")
_ADDRESS = re.compile(r"""\s(?:href|src|srcset|action|background|cite|poster)=(?:"[^"]*"|'[^']*')""", re.IGNORECASE)
_URL = re.compile(r"(?:https?://|mailto:)\S*")


def split_html(html: str, marker: str) -> list[str | AnySlot]:
    """As `slots.split`, for the HTML part."""
    if not is_personal(html, marker):
        return split(html, marker)

    def mark(found: re.Match[str]) -> str:
        return mark_as_url(found[0], marker)

    return split(_TAG.sub(lambda tag: _ADDRESS.sub(mark, tag[0]) if marker in tag[0] else tag[0], html), marker)


def split_text(text: str, marker: str) -> list[str | AnySlot]:
    """As `slots.split`, for the text part."""
    return split(_URL.sub(lambda found: mark_as_url(found[0], marker), text), marker)
