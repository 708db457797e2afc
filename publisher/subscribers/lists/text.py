"""In which letters a list is written, and what stands between its cells. Pure."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable

from publisher.subscribers.lists.columns import ColumnError

_DELIMITERS = (",", "\t", ";")
# What Excel writes in Japan (CP932 is Microsoft's Shift_JIS), after what nobody can take for anything else.
_TRIED = ("utf-8", "cp932")
NAMES = ("utf-8", "utf-16", "cp932", "shift_jis", "euc_jp", "iso-8859-1", "cp1252")


def find_encoding(open_chunks: Callable[[], Iterable[bytes]]) -> str:
    """Of the whole text, read up to twice.

    Raises ColumnError when it is none that we read.
    """
    first = next(iter(open_chunks()), b"")
    marked = _read_mark(first)
    if marked:
        return marked
    for encoding in _TRIED:
        if all_decodes(open_chunks(), encoding):
            return encoding
    raise ColumnError("is neither UTF-8, UTF-16 nor Shift_JIS text; name its letters with --encoding")


def all_decodes(chunks: Iterable[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in chunks:
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def find_delimiter(header: str) -> str:
    """The one that the first line has most of, outside of quotes."""
    outside = "".join(header.split('"')[::2])
    return max(_DELIMITERS, key=outside.count)


def _read_mark(first: bytes) -> str:
    if first.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if first[1:2] == b"\0" and first[:1] != b"\0":
        return "utf-16-le"
    return "utf-16-be" if first[:1] == b"\0" and first[1:2] != b"\0" else ""
