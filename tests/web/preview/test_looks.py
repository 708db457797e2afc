"""A mail in light, in dark, and without pictures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.web.preview.looks import Look, dress, policy_of

MAIL = (
    "<!DOCTYPE html><html><head><title>t</title><style>p { color: red }"
    "@media (prefers-color-scheme: dark) { p { color: white } }"
    "@media screen and ( Prefers-Color-Scheme:light ) { p { color: black } }</style></head>"
    "<body><p>(prefers-color-scheme: dark)</p></body></html>"
)


@pytest.mark.parametrize(
    ("look", "dark", "light", "scheme"),
    [
        (Look.LIGHT, "(max-width: 0)", "(min-width: 0)", "light"),
        (Look.DARK, "(min-width: 0)", "(max-width: 0)", "dark"),
        (Look.IMAGES_OFF, "(max-width: 0)", "(min-width: 0)", "light"),
    ],
)
def test_the_question_for_the_scheme_has_its_answer(look: Look, dark: str, light: str, scheme: str) -> None:
    shown = dress(MAIL, look)
    assert f"@media {dark} {{ p {{ color: white }} }}" in shown
    assert f"@media screen and {light} {{ p {{ color: black }} }}" in shown
    assert f'<head><base target="_blank"><style>:root {{ color-scheme: {scheme} !important; }}</style>' in shown


def test_words_of_the_mail_stay_as_they_are() -> None:
    assert "<p>(prefers-color-scheme: dark)</p>" in dress(MAIL, Look.DARK)


def test_a_style_block_that_is_not_closed_is_answered_too() -> None:
    assert dress("<style>@media (prefers-color-scheme: dark) {}", Look.DARK) == "<style>@media (min-width: 0) {}"


@given(st.lists(st.sampled_from(["<style>", "</style>", "<head>", "(prefers-color-scheme: dark)", "あ", "<", "\n"])))
def test_nothing_but_the_answers_and_the_head_is_changed(pieces: list[str]) -> None:
    html = "".join(pieces)
    shown = dress(html, Look.DARK).replace("(min-width: 0)", "(prefers-color-scheme: dark)")
    added = '<base target="_blank"><style>:root { color-scheme: dark !important; }</style>'
    assert shown == html.replace("<head>", "<head>" + added, 1)


def test_only_pictures_are_loaded_and_no_script_runs() -> None:
    policy = policy_of(Look.LIGHT)
    assert policy.startswith("default-src 'none'")
    assert "img-src https: http: data:" in policy
    assert "script-src" not in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "img-src" not in policy_of(Look.IMAGES_OFF)
