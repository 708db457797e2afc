"""Which characters a text may hold. Pure.

XML 1.0 (section 2.2) has no way to write most control characters, not even escaped, and one of them makes a whole feed
unreadable. So they go before anything else looks at a text. Emoji joiners and variation selectors stay.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# Spelt as what may stand, because a negated class of few ranges costs a tenth: tab and line ends, then everything but
# controls, surrogates, noncharacters, and U+FEFF, the byte order mark that somebody's editor left inside a text.
_PLANES = "".join(f"{chr(plane * 0x10000)}-{chr(plane * 0x10000 + 0xFFFD)}" for plane in range(1, 17))
_FORBIDDEN = f"[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufefe\uff00-\ufffd{_PLANES}]"
_LINE_END = re.compile("\r\n?")
_SPACES = re.compile(r"[\s\x85\u2028\u2029]+")
# Embeddings, overrides and isolates make one name look like another, and no header may hold them (see addresses.py).
_BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """`text` as it may stand in a feed: NFC, line ends as LF, nothing that XML 1.0 forbids."""
    return unicodedata.normalize("NFC", drop_forbidden(_LINE_END.sub("\n", text) if "\r" in text else text))


def clean_line(text: str) -> str:
    """`text` as one line, fit for a header or a title: every run of white space is one space."""
    # What can be printed has no control, no direction mark and no space but the ordinary one: nearly every text.
    if text.isprintable() and "  " not in text and unicodedata.is_normalized("NFC", text):
        return text.strip(" ")
    spaced = _SPACES.sub(" ", text)
    return _SPACES.sub(" ", _BIDI_CONTROLS.sub("", clean(spaced))).strip()


def drop_forbidden(text: str) -> str:
    """`text` without what XML 1.0 forbids; not normalised, so that markup keeps its shape."""
    # Nothing that is forbidden can be printed, and most texts hold nothing else but line ends and ideographic spaces.
    if text.replace("\n", "").replace("\u3000", "").isprintable():
        return text
    return _compile_forbidden().sub("", text)


@cache
def _compile_forbidden() -> re.Pattern[str]:
    return re.compile(_FORBIDDEN)
