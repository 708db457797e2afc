"""The section `theme:`: how newsletters look, and whether what it says can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from publisher.colours import ENOUGH, contrast, from_hex
from publisher.config.section import Section
from publisher.config.values import SiteFile, Text

_HEX = re.compile(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_FONT = re.compile(r"[\w-]+(?: [\w-]+)*")
_PADDING = 64  # pixels, both sides of a column


def _colour(value: str) -> str:
    digits = _HEX.fullmatch(value.strip())
    if not digits:
        raise ValueError('is not a colour such as "#0b5d8a" (in quotes: # begins a comment)')
    text = digits[1].lower()
    return "#" + (text if len(text) == 6 else "".join(digit * 2 for digit in text))


def _fonts(value: str) -> str:
    """Without quotes: inside a style attribute they would have to be escaped."""
    names = [name.strip().strip("'\"").strip() for name in value.split(",")] if value.strip() else []
    strange = next((name for name in names if not _FONT.fullmatch(name)), None)
    if strange is not None:
        raise ValueError(f"has {strange!r}, which is no name of a font; write names with commas between them")
    return ", ".join(names)


ColourValue = Annotated[str, AfterValidator(_colour)]
FontsValue = Annotated[str, Field(max_length=300), AfterValidator(_fonts)]


class LightColours(Section):
    """Behind everything, behind articles, behind code and boxes; text on each of these; and pairs of their own."""

    background: ColourValue = "#f2f0eb"
    paper: ColourValue = "#fffefc"
    panel: ColourValue = "#f5f3ee"
    line: ColourValue = "#e3dfd7"
    text: ColourValue = "#24292f"
    muted: ColourValue = "#5f6670"
    accent: ColourValue = "#0b5d8a"
    on_accent: ColourValue = "#fffefc"
    mark: ColourValue = "#fff0b3"
    on_mark: ColourValue = "#24292f"


class DarkColours(LightColours):
    background: ColourValue = "#121518"
    paper: ColourValue = "#1b1f24"
    panel: ColourValue = "#262b31"
    line: ColourValue = "#383e46"
    text: ColourValue = "#e4e2dd"
    muted: ColourValue = "#a7adb5"
    accent: ColourValue = "#8cc8ee"
    on_accent: ColourValue = "#10202b"
    mark: ColourValue = "#5c4a12"
    on_mark: ColourValue = "#fff3cf"


class Fonts(Section):
    """Names with commas between them; what is empty is chosen by the language of the issue."""

    text: FontsValue = ""
    titles: FontsValue = ""
    code: FontsValue = ""


class Logo(Section):
    """Stands in the place of the newsletter's name. `width` and `height` are what it takes up, in pixels."""

    url: SiteFile
    width: Annotated[int, Field(ge=16, le=536)]
    height: Annotated[int, Field(ge=8, le=400)]
    alt: Text = ""


class Theme(Section):
    """`width` is that of the column, in pixels."""

    width: Annotated[int, Field(ge=480, le=660)] = 600
    light: LightColours = LightColours()
    dark: DarkColours = DarkColours()
    fonts: Fonts = Fonts()
    logo: Logo | None = None

    @property
    def inner_width(self) -> int:
        """Of a column without its paddings: the widest that a picture may be."""
        return self.width - _PADDING


# What is written on what.
PAIRS = (
    *((name, behind) for behind in ("paper", "panel") for name in ("text", "muted", "accent")),
    ("muted", "background"),
    ("on_accent", "accent"),
    ("on_mark", "mark"),
)


def check_theme(theme: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Keys below `theme` whose colour cannot be read where it is used, and what to do.

    A pair is looked at when one of its two is given; what is no colour is told elsewhere.
    """
    for name, defaults in (("light", LightColours), ("dark", DarkColours)):
        given = theme.get(name)
        if not isinstance(given, Mapping):
            continue
        for key, value in given.items():
            if value is None and key in defaults.model_fields:
                yield (
                    (name, str(key)),
                    'has nothing behind it; write the colour in quotes, "#0b5d8a": # begins a comment',
                )
        colours = {key: _parse(given.get(key), str(field.default)) for key, field in defaults.model_fields.items()}
        for text, behind in PAIRS:
            key = text if given.get(text) else behind
            front, back = colours[text], colours[behind]
            if not given.get(key) or front is None or back is None:
                continue
            ratio = contrast(from_hex(front), from_hex(back))
            if ratio < ENOUGH:
                message = f"{text} {front} on {behind} {back} has a contrast of {ratio:.1f}, and text needs {ENOUGH}"
                yield (name, key), f"{message}; change one of them"


def _parse(value: object, default: str) -> str | None:
    if value is None:
        return default
    try:
        return _colour(value) if isinstance(value, str) else None
    except ValueError:
        return None
