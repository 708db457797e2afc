"""Bytes of a feed -> text. Pure.

First a byte order mark (RFC 7303 3), then the charset of the HTTP header, then that of the XML declaration, then UTF-8.
A server that says ISO 8859-1 often says so of everything it has: what is valid as the declaration's encoding, or as
UTF-8, is that.
"""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    # `<?` of a declaration without a mark (XML 1.0, appendix F).
    (b"<\0?\0", "utf-16-le"),
    (b"\0<\0?", "utf-16-be"),
)
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_DECLARED = re.compile(rb"""^\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
# What these names mean on the web (WHATWG Encoding 4.2).
_MEANT = {
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "sjis": "cp932",
    "windows-31j": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks-c-5601-1987": "cp949",
    "euc-kr": "cp949",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
}
# Only what texts are written in: Python has other codecs, and some of them are slow.
_KNOWN = re.compile(r"(?:utf-(?:8|16|32)|cp\d|windows-|iso-?8859|iso-?2022|euc-|gb18030|big5|koi8|mac-|tis-620)")


def decode_feed(content: bytes, content_type: str = "") -> str:
    """Never raises: what nothing fits is read as windows-1252, with marks for what that lacks too."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, "replace").removeprefix("\ufeff")
    header = _name(_CHARSET.search(content_type[:200]))
    declared = _name(_DECLARED.match(content[:1000]))
    order = [declared, "utf-8", header] if header == "cp1252" else [header, declared, "utf-8"]
    for encoding in order:
        text = _try(content, encoding)
        if text is not None:
            return text
    return content.decode("cp1252", "replace")


def _name(match: re.Match[str] | re.Match[bytes] | None) -> str:
    if match is None:
        return ""
    found = match[1]
    name = (found.decode("ascii", "replace") if isinstance(found, bytes) else found).lower().replace("_", "-")
    name = _MEANT.get(name, name)
    return name if _KNOWN.match(name) else ""


def _try(content: bytes, encoding: str) -> str | None:
    if not encoding:
        return None
    try:
        return content.decode(encoding)
    except (LookupError, ValueError):
        return None
