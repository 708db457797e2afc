"""Formats and sizes by the first bytes of real files."""

from __future__ import annotations

import os
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from publisher.model.picture import Picture
from publisher.pictures import read_picture
from tests.pictures import make_picture, make_upright

UNKNOWN = Picture("", 0, 0)
FILES = [
    ("png", make_picture("PNG", 900, 700)),
    ("png", make_picture("PNG", 900, 700, mode="P")),
    ("jpg", make_picture("JPEG", 900, 700)),
    ("jpg", make_picture("JPEG", 900, 700, progressive=True)),
    ("gif", make_picture("GIF", 900, 700)),
    ("webp", make_picture("WEBP", 900, 700)),
    ("webp", make_picture("WEBP", 900, 700, lossless=True)),
    ("webp", make_picture("WEBP", 900, 700, mode="RGBA", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0")),
    ("avif", make_picture("AVIF", 900, 700)),
]


@pytest.mark.parametrize(("kind", "content"), FILES, ids=[f"{n}-{kind}" for n, (kind, _) in enumerate(FILES)])
def test_a_file_says_what_it_is(kind: str, content: bytes) -> None:
    assert read_picture(content) == Picture(kind, 900, 700)
    assert read_picture(content[:20]).kind in {kind, ""}


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "AVIF"])
def test_the_first_bytes_are_enough(kind: str) -> None:
    buffer = BytesIO()
    Image.frombytes("RGB", (700, 500), os.urandom(700 * 500 * 3)).save(buffer, kind)
    content = buffer.getvalue()
    assert len(content) > 100_000
    start = read_picture(content[:20_000])
    assert (start.width, start.height) == (700, 500)


def test_a_photograph_is_as_it_is_shown() -> None:
    assert read_picture(make_upright(900, 700)) == Picture("jpg", 700, 900)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg" width="10">', Picture("svg", 0, 0)),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- <a> -->\n<svg\n>', Picture("svg", 0, 0)),
        (b"<!DOCTYPE html><html><body><svg></svg>", UNKNOWN),
        (b"text about <svg>", UNKNOWN),
        (b"", UNKNOWN),
        (b"BM" + bytes(60), UNKNOWN),
        (b"GIF89a", Picture("gif", 0, 0)),
        (b"\xff\xd8\xff\xe1", Picture("jpg", 0, 0)),
        (b"RIFF\0\0\0\0WEBP", Picture("webp", 0, 0)),
        (b"RIFF\0\0\0\0WEBPVP8 " + bytes(20), Picture("webp", 0, 0)),
        (b"\0\0\0 ftypheic", Picture("heif", 0, 0)),
        (b"\0\0\0 ftypisom", UNKNOWN),
        (b"\0\0\0 ftypavif" + bytes(9) + b"ispe" + bytes(4) + b"\xff" * 8, Picture("avif", 0, 0)),
    ],
)
def test_what_is_none_or_says_too_little(content: bytes, expected: Picture) -> None:
    assert read_picture(content) == expected


def test_a_size_beyond_all_measure_is_not_believed_and_nothing_is_decoded() -> None:
    assert read_picture(claim_size(90_000)) == Picture("png", 90_000, 90_000)
    assert read_picture(claim_size(200_000)) == Picture("png", 0, 0)


def claim_size(side: int) -> bytes:
    """A tiny PNG that says it is `side` pixels wide and high."""
    png = make_picture("PNG", 10, 10)
    chunk = b"IHDR" + side.to_bytes(4, "big") * 2 + png[24:29]
    return png[:12] + chunk + zlib.crc32(chunk).to_bytes(4, "big") + png[33:]


@settings(deadline=None)
@given(st.sampled_from([content for _, content in FILES]), st.data())
def test_broken_files_raise_nothing(content: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, min(len(content), 400)))
    broken = content[:at] + data.draw(st.binary(max_size=8)) + content[at + data.draw(st.integers(0, 8)) :]
    found = read_picture(broken[: data.draw(st.integers(0, len(broken)))])
    assert (found.width > 0) == (found.height > 0)
