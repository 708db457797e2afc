"""The lint takes whatever a template may print: it raises nothing, and time grows with the length and no faster."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.colours import contrast, write_colour
from publisher.mail.lint.check import lint
from publisher.mail.lint.colours import parse_colour
from publisher.mail.lint.css import parse_declarations, parse_sheet
from publisher.mail.lint.finding import RULES
from publisher.model.rendered import RenderedIssue
from tests.mail.lint.mails import FACTS, GOOD, HTML, MARKER, put

PIECES = st.sampled_from(
    [
        *(
            "<",
            ">",
            "</",
            "<!--",
            "-->",
            "<![endif]-->",
            '"',
            "'",
            "=",
            "&#0;",
            "&amp;",
            "]]>",
            "<?xml ?>",
            "\x00",
            "\ud800",
        ),
        *(
            "<style>",
            "</style>",
            "@media (",
            "{",
            "}",
            ";",
            ":",
            "!important",
            "/*",
            "*/",
            "url(",
            ")",
            "[data-ogsc] .x",
        ),
        *("<a href=", "<img src=", "<table", "<td", "<div style=", "color:", "rgb(1,2", "#fff", "background:", "</a>"),
        *("{{", "}}", "{%", "%recipient%", "None", MARKER, "http://", "https://[", "data:", "www.a.example", "#", "あ"),
    ]
)
PAGES = st.lists(PIECES | st.text(max_size=8), max_size=40).map("".join)


@given(PAGES, PAGES, PAGES)
@settings(deadline=None)
def test_any_text_is_taken(subject: str, text: str, html: str) -> None:
    for issue in (RenderedIssue(subject, text, html, "ja", MARKER), put(html)):
        findings = lint(issue, FACTS)
        assert {finding.rule for finding in findings} <= set(RULES)
        assert findings == lint(issue, FACTS)


@given(PAGES)
def test_any_css_is_taken(css: str) -> None:
    for rule in parse_sheet(css).rules:
        assert rule.selectors
    for declaration in parse_declarations(css):
        assert declaration.name == declaration.name.strip().lower()
        assert ";" not in declaration.value or "(" in css or '"' in css or "'" in css


@given(st.tuples(*[st.integers(0, 255)] * 3), st.tuples(*[st.integers(0, 255)] * 3))
def test_contrast_is_between_1_and_21_whichever_comes_first(
    one: tuple[int, int, int], other: tuple[int, int, int]
) -> None:
    assert 1 <= contrast(one, other) <= 21.001
    assert contrast(one, other) == contrast(other, one)
    assert parse_colour(write_colour(one), other) == one
    assert parse_colour("rgba({}, {}, {}, 0)".format(*one), other) == other
    assert parse_colour("rgb({} {} {} / 100%)".format(*one), other) == one


GROWING = {
    "elements": '<p style="color:#222;margin:0">あ</p>',
    "depth": "<div><b>",
    "comments": "/*" + "<style>/* {",
    "links": '<a href="https://a.example/{{x}}">{{ y</a>',
    "rules": "<style>.a .b, .c > .d { color: #fff } @media (x) {</style>",
    "braces": "{{{%${",
    "quotes": "<td style='color:\"(",
    "addresses": "<p style='color:" + "url(" * 20 + "'>",
    "parentheses": "<p style='background:" + "(" * 20 + "url('>",
}


@pytest.mark.parametrize("kind", GROWING)
def test_four_times_the_mail_takes_about_four_times_as_long(kind: str) -> None:
    piece = GROWING[kind]
    small = 40_000 // len(piece)

    def measure(times: int) -> float:
        issue = replace(GOOD, html=HTML.replace('<p id="more">', piece * times + '<p id="more">'))
        return min(_clock(issue) for _ in range(2))

    few, many = measure(small), measure(4 * small)
    assert many < 12 * few + 0.2


def _clock(issue: RenderedIssue) -> float:
    start = time.process_time()
    lint(issue, FACTS)
    return time.process_time() - start
