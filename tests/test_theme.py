"""The section `theme:`: what it takes, and that nothing in it can make text unreadable."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.colours import ENOUGH, contrast, from_hex, write_colour
from publisher.config import Config, Theme, parse_config
from publisher.config.theme import PAIRS, check_theme
from publisher.errors import ConfigError

SITE = "site: {title: 題, url: https://example.com}\n"
colours = st.tuples(*[st.integers(0, 255)] * 3).map(write_colour)


def parse(theme: str) -> Config:
    return parse_config(f"{SITE}theme:\n  {theme}\n", Path("config.yaml"), {})


def complaints(theme: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(theme)
    return str(caught.value)


def test_the_colours_that_come_along_can_be_read() -> None:
    theme = Theme()
    for scheme in (theme.light, theme.dark):
        found = scheme.model_dump()
        ratios = [contrast(from_hex(found[text]), from_hex(found[behind])) for text, behind in PAIRS]
        assert min(ratios) >= ENOUGH
    assert theme.inner_width == 536


def test_colours_and_fonts_are_put_into_one_shape() -> None:
    config = parse("""light: {accent: "#913", mark: "#FFEE99"}\n  fonts: {text: "'A B', C , sans-serif"}""")
    assert (config.theme.light.accent, config.theme.light.mark) == ("#991133", "#ffee99")
    assert config.theme.fonts.text == "A B, C, sans-serif"
    assert config.theme.dark == Theme().dark


@pytest.mark.parametrize(
    ("theme", "expected"),
    [
        (
            'light: {accent: "#ffcc00"}',
            "config.yaml:3: theme.light.accent: accent #ffcc00 on paper #fffefc has a contrast",
        ),
        ('dark: {accent: "#0b5d8a"}', "theme.dark.accent: accent #0b5d8a on paper #1b1f24 has a contrast of 2."),
        ('dark: {paper: "#ffffff"}', "theme.dark.paper: text #e4e2dd on paper #ffffff has a contrast of 1."),
        ('light: {accent: "red"}', 'theme.light.accent: is not a colour such as "#0b5d8a"'),
        (
            "light:\n    accent: #0b5d8a",
            "config.yaml:4: theme.light.accent: has nothing behind it; write the colour in quotes",
        ),
        ("light: {akcent: x}", 'theme.light.akcent: is not a known key; did you mean "accent"?'),
        ("light: 5", "theme.light: must hold keys"),
        ("width: 900", "theme.width: must be at most 660"),
        ('fonts: {text: "A;} body{display:none"}', "theme.fonts.text: has 'A;} body{display:none', which is no name"),
        ("logo: {url: /a.png, width: 600, height: 40}", "theme.logo.width: must be at most 536"),
        ("logo: {url: /a.png}", "theme.logo.height: is missing"),
    ],
)
def test_what_cannot_be_is_told_with_its_place(theme: str, expected: str) -> None:
    assert expected in complaints(theme)


def test_a_pair_is_told_once_and_only_where_it_is_ones_own() -> None:
    found = list(check_theme({"light": {"mark": "#000000"}}))
    assert [place for place, _ in found] == [("light", "mark")]
    assert list(check_theme({"light": {}, "dark": None})) == []


@given(st.dictionaries(st.sampled_from(["text", "paper", "panel", "accent", "muted"]), colours))
def test_what_is_accepted_can_be_read(given_colours: dict[str, str]) -> None:
    refused = list(check_theme({"light": given_colours}))
    theme = Theme.model_validate({"light": given_colours})
    found = theme.light.model_dump()
    is_readable = all(contrast(from_hex(found[a]), from_hex(found[b])) >= ENOUGH for a, b in PAIRS)
    assert is_readable == (not refused)
