"""Compressed copies that lie beside a file, for servers that send them as they are: `rss.xml.gz`, `rss.xml.br`.

The same bytes give the same copies: a gzip header could hold the time, and holds none.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import brotli

COPIES_MARK = "+gz+br"  # at the end of the signature of a file that has copies beside it; changes when they do
SMALLEST = 1000  # bytes of a file that gets copies; below that a header costs as much as is saved
_GZIP_LEVEL = 6
_BROTLI_QUALITY = 5  # a tenth of the time of 9, and 6 % larger


@dataclass(frozen=True, slots=True)
class Coding:
    """A content coding (RFC 9110 8.4.1), and the ending of files that are in it."""

    name: str
    ending: str
    pack: Callable[[bytes], bytes]


def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, _GZIP_LEVEL, mtime=0)


def _brotli(content: bytes) -> bytes:
    packed: bytes = brotli.compress(content, mode=brotli.MODE_TEXT, quality=_BROTLI_QUALITY)
    return packed


CODINGS = (Coding("br", ".br", _brotli), Coding("gzip", ".gz", _gzip))  # the smaller first
ENDINGS = tuple(coding.ending for coding in CODINGS)


def unpacks_to(coding: str, copy: bytes, content: bytes) -> bool:
    """`copy` is a copy of `content`. Stops a little behind its length: what unpacks without end is none."""
    limit = len(content) + 1
    try:
        if coding == "gzip":
            unpacked = zlib.decompressobj(wbits=31).decompress(copy, limit)
        else:
            unpacked = brotli.Decompressor().process(copy, output_buffer_limit=limit)
    except (zlib.error, brotli.error):
        return False
    return unpacked == content


def make_copies(content: bytes) -> dict[str, bytes | None]:
    """By ending; None where there should be no copy, because the file is small or does not get smaller."""
    if len(content) < SMALLEST:
        return dict.fromkeys(ENDINGS)
    packed = {coding.ending: coding.pack(content) for coding in CODINGS}
    return {ending: copy if len(copy) < len(content) else None for ending, copy in packed.items()}
