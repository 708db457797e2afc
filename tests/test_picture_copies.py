"""Small copies of real picture files."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from publisher.pictures import MOST_PIXELS, Shrunk, shrink_picture
from tests.pictures import make_picture, make_upright


def shrink(content: bytes, width: int = 400) -> tuple[Shrunk, Image.Image]:
    made = shrink_picture(content, width, 82)
    assert made is not None
    image = Image.open(BytesIO(made.content))
    image.load()
    return made, image


@pytest.mark.parametrize(
    ("content", "ending", "size"),
    [
        (make_picture("JPEG", 1600, 1200), "jpg", (400, 300)),
        (make_picture("PNG", 1600, 1200), "jpg", (400, 300)),
        (make_picture("PNG", 300, 200), "jpg", (300, 200)),
        (make_picture("PNG", 1600, 1200, mode="RGBA"), "png", (400, 300)),
        (make_picture("PNG", 800, 600, mode="P", transparency=0), "png", (400, 300)),
        (make_picture("PNG", 800, 600, mode="LA"), "png", (400, 300)),
        (make_picture("PNG", 800, 600, mode="1"), "jpg", (400, 300)),
        (make_picture("JPEG", 800, 600, mode="CMYK"), "jpg", (400, 300)),
        (make_picture("GIF", 800, 600), "jpg", (400, 300)),
        (make_picture("WEBP", 800, 600), "jpg", (400, 300)),
        (make_picture("AVIF", 800, 600), "jpg", (400, 300)),
        (make_picture("JPEG", 5000, 2), "jpg", (400, 1)),
    ],
)
def test_formats_and_sizes(content: bytes, ending: str, size: tuple[int, int]) -> None:
    made, image = shrink(content)
    assert (made.ending, image.format, image.size) == (ending, {"jpg": "JPEG", "png": "PNG"}[ending], size)


def test_a_photograph_stands_upright_and_says_nothing_of_its_camera() -> None:
    _, image = shrink(make_upright(1600, 800))
    assert image.size == (400, 800)
    assert dict(image.getexif()) == {}
    assert "comment" not in image.info


def test_the_same_file_gives_the_same_copy() -> None:
    content = make_picture("JPEG", 1600, 1200, comment=b"secret")
    assert shrink(content)[0] == shrink(content)[0]
    assert b"secret" not in shrink(content)[0].content


def make_moving(kind: str) -> bytes:
    buffer = BytesIO()
    frames = [Image.new("RGB", (60, 40), color) for color in ("red", "green", "blue")]
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:])
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        make_moving("GIF"),
        make_moving("WEBP"),
        make_picture("PNG", 8000, 6000, mode="1"),
        make_picture("PNG", 40, 30, mode="I;16"),
        make_picture("PNG", 40, 30)[:60],
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        make_picture("BMP", 40, 30),
        b"",
    ],
    ids=["gif", "webp", "bomb", "16 bits", "cut", "svg", "bmp", "nothing"],
)
def test_what_is_left_alone(content: bytes) -> None:
    assert shrink_picture(content, 400, 82) is None


def test_the_limit_of_pixels_is_what_the_bomb_exceeds() -> None:
    assert MOST_PIXELS < 8000 * 6000


@settings(deadline=None)
@given(st.sampled_from([make_picture("PNG", 30, 20), make_picture("JPEG", 30, 20)]), st.data())
def test_broken_files_raise_nothing(content: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(content)))
    shrink_picture(content[:at] + data.draw(st.binary(max_size=8)) + content[at + 4 :], 10, 82)
