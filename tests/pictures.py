"""Pictures for tests, made on the spot."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image


def make_picture(kind: str = "PNG", width: int = 800, height: int = 600, mode: str = "RGB", **options: Any) -> bytes:
    """A file of this format, as Pillow writes it; `options` are those of its writer."""
    buffer = BytesIO()
    Image.new(mode, (width, height), "#8a2264").save(buffer, kind, **options)
    return buffer.getvalue()


def make_upright(width: int, height: int) -> bytes:
    """A photograph whose file is `width` by `height` and which is shown turned by 90 degrees."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return make_picture("JPEG", width, height, exif=exif)
