"""Pictures: what one says of itself in its first bytes, and a small copy of it.

The one door to Pillow, which is loaded when it is needed.
"""

from __future__ import annotations

import re
import threading
import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from publisher.model.picture import Picture

if TYPE_CHECKING:
    from PIL import Image

START = 262_144  # bytes; a photograph may have its preview and its colours before its size
MOST_PIXELS = 40_000_000  # of a picture that is decoded, up to 160 MB of memory

_FORMATS = ("PNG", "JPEG", "GIF")
_LARGEST = 100_000  # pixels of one side
_TURNED = frozenset({5, 6, 7, 8})  # EXIF orientation: by 90 degrees
_ORIENTATION = 0x0112
_ROOT = re.compile(rb"<(svg|html|rss|feed)[\s>]", re.IGNORECASE)
_LOCK = threading.Lock()  # filters of warnings belong to all threads
_BRANDS = {b"avif": "avif", b"avis": "avif", b"heic": "heif", b"heix": "heif", b"mif1": "heif"}


def read_picture(start: bytes) -> Picture:
    """Format and size, as shown: a photograph that was taken upright is higher than wide.

    `start` are the first bytes of the file, at most START. Takes any bytes and raises nothing: the format is "" where
    it is none of a picture, and a size that is not in these bytes is 0 by 0.
    """
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return _picture("webp", *_read_webp(start))
    if start[4:8] == b"ftyp":
        return _picture(_BRANDS.get(start[8:12], ""), *_read_boxes(start))
    if _is_svg(start[:4_096]):
        return Picture("svg", 0, 0)
    return _read_common(start)


def _is_svg(start: bytes) -> bool:
    """A page that says that there is no picture may well have one of its own."""
    root = _ROOT.search(start) if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") else None
    return root is not None and root[1].lower() == b"svg"


def _read_common(start: bytes) -> Picture:
    from PIL import Image  # noqa: PLC0415 - it takes 0.05 s to load, and most commands need no picture

    kind = _kind_of(start)
    # Nothing is decoded, so a size beyond all measure does no harm; Pillow would warn of it.
    Image.MAX_IMAGE_PIXELS = None
    try:
        # It speaks of broken metadata, which are none of our business, by warnings.
        with _LOCK, warnings.catch_warnings(action="ignore"), Image.open(BytesIO(start), formats=_FORMATS) as image:
            width, height = image.size
            is_turned = image.format == "JPEG" and image.getexif().get(_ORIENTATION) in _TURNED
    except Exception:  # noqa: BLE001 - what Pillow raises for broken files is of every kind
        return Picture(kind, 0, 0)
    return _picture(kind, *((height, width) if is_turned else (width, height)))


def _kind_of(start: bytes) -> str:
    for kind, signature in (("png", b"\x89PNG\r\n\x1a\n"), ("jpg", b"\xff\xd8\xff"), ("gif", b"GIF8")):
        if start.startswith(signature):
            return kind
    return ""


def _picture(kind: str, width: int, height: int) -> Picture:
    is_sound = 0 < width <= _LARGEST and 0 < height <= _LARGEST
    return Picture(kind, width, height) if is_sound else Picture(kind, 0, 0)


def _read_webp(start: bytes) -> tuple[int, int]:
    """RFC 9649: the first chunk of a file has the size. Pillow wants the whole file for it."""
    chunk, data = start[12:16], start[20:30]
    if len(data) < 10:
        return 0, 0
    if chunk == b"VP8X":
        return int.from_bytes(data[4:7], "little") + 1, int.from_bytes(data[7:10], "little") + 1
    if chunk == b"VP8 " and data[3:6] == b"\x9d\x01\x2a":
        return int.from_bytes(data[6:8], "little") & 0x3FFF, int.from_bytes(data[8:10], "little") & 0x3FFF
    if chunk == b"VP8L" and data[0] == 0x2F:
        bits = int.from_bytes(data[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return 0, 0


def _read_boxes(start: bytes) -> tuple[int, int]:
    """The first `ispe` box of AVIF and HEIF (ISO/IEC 23008-12 6.5.3). Pillow wants the whole file for it."""
    at = start.find(b"ispe")
    size = start[at + 8 : at + 16]
    return (int.from_bytes(size[:4], "big"), int.from_bytes(size[4:], "big")) if at >= 0 and len(size) == 8 else (0, 0)


def count_shades(dots: bytes) -> list[int]:
    """How often each of the 256 values is there, in the dots of a grey picture or in bytes of any other kind."""
    from PIL import Image  # noqa: PLC0415 - as above

    return Image.frombytes("L", (len(dots), 1), dots).histogram()


@dataclass(frozen=True, slots=True)
class Shrunk:
    """A file of its own; `ending` is jpg or png."""

    content: bytes
    ending: str


def shrink_picture(content: bytes, width: int, quality: int) -> Shrunk | None:
    """At most `width` pixels wide, upright, without what the camera wrote into it: a PNG where it is transparent in
    places, else a JPEG. None for what moves, is beyond MOST_PIXELS, has more than 8 bits a colour or cannot be read.
    """
    from PIL import Image, ImageOps  # noqa: PLC0415 - as above

    try:
        with _LOCK, warnings.catch_warnings(action="ignore"):
            image = Image.open(BytesIO(content), formats=(*_FORMATS, "WEBP", "AVIF"))
        with image:
            if getattr(image, "is_animated", False) or image.width * image.height > MOST_PIXELS:
                return None
            if image.mode[:1] in {"I", "F"}:
                return None
            image.draft(None, (2 * width, 2 * width))  # a JPEG is decoded at a half, a quarter or an eighth of its size
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((width, MOST_PIXELS), Image.Resampling.LANCZOS)
            return _encode(upright, quality)
    except Exception:  # noqa: BLE001 - what Pillow raises for broken files is of every kind
        return None


def _encode(image: Image.Image, quality: int) -> Shrunk:
    buffer = BytesIO()
    # What its colours mean stays; CMYK is turned into RGB, so that its profile would be wrong.
    profile = image.info.get("icc_profile") if image.mode in {"RGB", "RGBA", "P"} else None
    if image.has_transparency_data:
        image.convert("RGBA").save(buffer, "PNG", optimize=True, icc_profile=profile)
        return Shrunk(buffer.getvalue(), "png")
    image.convert("RGB").save(
        buffer, "JPEG", quality=quality, optimize=True, progressive=True, icc_profile=profile, exif=b"", comment=b""
    )
    return Shrunk(buffer.getvalue(), "jpg")
