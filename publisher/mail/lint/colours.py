"""Colours of CSS. Pure."""

from __future__ import annotations

import re

from cssutils.css.colors import COLORS

from publisher.colours import Colour

_HEX = re.compile(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*(?:[,/]\s*([0-9.]{1,8})(%?)\s*)?\)")
_NAMES: dict[str, Colour] = {name: values[:3] for name, values in COLORS.items() if name != "transparent"}


def parse_colour(value: str, behind: Colour) -> Colour | None:
    """As it is seen on `behind` where it lets that shine through; None for what is no colour, or none that is known."""
    value = value.strip().lower()
    if value in _NAMES:
        return _NAMES[value]
    if value == "transparent":
        return behind
    digits = _HEX.fullmatch(value)
    if digits:
        return _from_hex(digits[1], behind)
    numbers = _RGB.fullmatch(value)
    if numbers is None:
        return None
    colour = (int(numbers[1]), int(numbers[2]), int(numbers[3]))
    try:
        alpha = float(numbers[4]) / (100 if numbers[5] else 1) if numbers[4] else 1.0
    except ValueError:
        return None
    return _blend(_limited(colour), behind, alpha)


def _from_hex(digits: str, behind: Colour) -> Colour:
    if len(digits) < 6:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue = (int(digits[at : at + 2], 16) for at in (0, 2, 4))
    alpha = int(digits[6:], 16) / 255 if len(digits) == 8 else 1.0
    return _blend((red, green, blue), behind, alpha)


def _blend(colour: Colour, behind: Colour, alpha: float) -> Colour:
    alpha = min(1.0, max(0.0, alpha))
    red, green, blue = (round(alpha * c + (1 - alpha) * b) for c, b in zip(colour, behind, strict=True))
    return red, green, blue


def _limited(colour: Colour) -> Colour:
    red, green, blue = (min(255, part) for part in colour)
    return red, green, blue
