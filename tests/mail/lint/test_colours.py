"""Which colours a text has, in light, in dark, and in the dark of Outlook on the web."""

from __future__ import annotations

import pytest

from publisher.colours import contrast
from publisher.mail.lint.cascade import Scheme, make_cascade
from publisher.mail.lint.colours import parse_colour
from publisher.mail.lint.contrast import check_contrast
from publisher.mail.lint.css import Declaration, parse_declarations, parse_sheet
from tests.mail.lint.mails import proof_of

WHITE = (255, 255, 255)
HEAD = '<head><meta name="color-scheme" content="light dark"><style>{}</style></head>'
PAGE = f"<!DOCTYPE html><html>{HEAD}<body>{{}}</body></html>"


def found(css: str, body: str) -> list[tuple[str, str]]:
    return [(item.rule, item.message) for item in check_contrast(proof_of(PAGE.format(css, body)))]


def rules(css: str, body: str) -> list[str]:
    return [rule for rule, _ in found(css, body)]


@pytest.mark.parametrize(
    ("written", "colour"),
    [
        ("#FFF", WHITE),
        ("#ffff", WHITE),
        ("#0b5d8a", (11, 93, 138)),
        ("#00000080", (127, 127, 127)),
        ("rgb(11, 93, 138)", (11, 93, 138)),
        ("rgb(11 93 138 / 0%)", WHITE),
        ("rgba(0,0,0,.5)", (128, 128, 128)),
        ("rgb(300, 0, 0)", (255, 0, 0)),
        ("LightSlateGray", (119, 136, 153)),
        ("transparent", WHITE),
        ("rgb(1,2)", None),
        ("rgba(1,2,3,1.2.3)", None),
        ("var(--ink)", None),
        ("#12", None),
    ],
)
def test_colours_are_read_as_browsers_do(written: str, colour: tuple[int, int, int] | None) -> None:
    assert parse_colour(written, WHITE) == colour


def test_the_ratio_is_that_of_wcag() -> None:
    assert contrast((0, 0, 0), WHITE) == pytest.approx(21)
    assert contrast((119, 119, 119), WHITE) == pytest.approx(4.48, abs=0.01)


def test_the_nearest_background_counts_and_colours_are_inherited() -> None:
    dark_box = '<div style="background-color:#222222"><p>{}<span style="color:#eeeeee">明</span></p></div>'
    assert rules("", dark_box.format("")) == []
    assert rules("", dark_box.format("暗"))[0] == "contrast"
    assert rules("", '<table bgcolor="#222222"><tr><td><font color="#eeeeee">明</font></td></tr></table>') == []
    assert rules("", '<p style="background:#222222 none;color:#eeeeee">明</p>') == []


def test_large_and_bold_text_may_be_weaker() -> None:
    weak = '<p style="color:#888888;{}">字</p>'
    assert "contrast" in rules("", weak.format("font-size:20px"))
    assert "contrast" not in rules("", weak.format("font-size:20px;font-weight:700"))
    assert "contrast" not in rules("", weak.format("font-size:24px"))


def test_the_text_of_a_picture_is_seen_while_pictures_are_off() -> None:
    assert "contrast" in rules("", '<img alt="鐘" style="color:#eeeeee">')
    assert "contrast" not in rules("", '<img alt="" style="color:#eeeeee">')


def test_dark_colours_need_important_to_beat_a_style_attribute() -> None:
    body = '<div class="sheet" style="background-color:#ffffff;color:#222222">字</div>'
    rule = ".sheet {{ background-color: #111111{} }} .sheet {{ color: #eeeeee{} }}"
    css = f"@media (prefers-color-scheme: dark) {{{{ {rule} }}}}"
    assert rules(css.format("", ""), body) == []
    assert rules(css.format(" !important", " !important"), body) == []
    assert rules(css.format(" !important", ""), body) == ["contrast-dark"]
    assert rules(css.format("", " !important"), body) == ["contrast-dark"]


def test_the_dark_of_outlook_is_another() -> None:
    body = '<div class="sheet" style="background-color:#ffffff;color:#222222">字</div>'
    css = "[data-ogsc] .sheet { color: #eeeeee !important } [data-ogsb] .sheet { background-color: #111111 !important }"
    assert rules(css, body) == []
    only_text = css.partition(" [data-ogsb]")[0]
    assert [message for _, message in found(only_text, body) if "Outlook" in message] != []


def test_specificity_and_order_decide_between_important_rules() -> None:
    sheet = parse_sheet("#a { color: red !important } .b { color: blue !important } p.b { color: lime }")
    cascade = make_cascade([sheet], Scheme.LIGHT)
    page = proof_of('<html><body><p id="a" class="b"></p><p class="b"></p></body></html>')
    first, second = page.body.iter("p")
    path = [page.root, page.body]
    assert cascade.declared(first, path, ()) == {"color": "red"}
    assert cascade.declared(second, path, ()) == {"color": "blue"}
    assert cascade.declared(second, path, [Declaration("color", "gold", important=True)]) == {"color": "gold"}
    assert cascade.declared(second, path, [Declaration("color", "gold")]) == {"color": "blue"}


@pytest.mark.parametrize(
    ("selector", "fits"),
    [
        ("p", True),
        ("*", True),
        ("P.b", True),
        (".x .b", True),
        ("div > p", True),
        ("body > p", False),
        ("table .b", False),
        (".b.c", False),
        ("html body div.x p.b", True),
    ],
)
def test_selectors_of_types_classes_descendants_and_children(selector: str, fits: bool) -> None:  # noqa: FBT001 - a table
    cascade = make_cascade([parse_sheet(f"{selector} {{ color: red }}")], Scheme.LIGHT)
    page = proof_of('<html><body><div class="x"><p class="b"></p></div></body></html>')
    paragraph = next(page.body.iter("p"))
    path = list(reversed(list(paragraph.iterancestors())))
    assert cascade.unknown == []
    assert bool(cascade.declared(paragraph, path, ())) is fits


def test_what_cannot_be_told_is_said() -> None:
    assert rules("a:hover { color: #fff }", "<p>字</p>") == ["contrast-unknown"] * 3
    assert rules("a:hover { margin: 0 }", "<p>字</p>") == []
    assert set(rules("", '<p style="color:var(--ink)">字</p>')) == {"contrast-unknown"}


def test_declarations_keep_what_stands_in_quotes_and_brackets() -> None:
    text = "a: url(data:x;y) ; B: 'c;d' !IMPORTANT; /* e: f; */ nothing; g:h"
    assert parse_declarations(text) == (
        Declaration("a", "url(data:x;y)"),
        Declaration("b", "'c;d'", important=True),
        Declaration("g", "h"),
    )


def test_a_sheet_knows_its_media_and_its_at_rules() -> None:
    sheet = parse_sheet("@import 'x.css'; a, b c { top: 0; left: 1px } @media (Min-Width: 1px) { .d { top: 2 } }")
    assert sheet.at_rules == [("import", "'x.css'"), ("media", "(min-width: 1px)")]
    assert [(rule.selectors, rule.media, len(rule.declarations)) for rule in sheet.rules] == [
        (("a", "b c"), "", 2),
        ((".d",), "(min-width: 1px)", 1),
    ]
    assert not sheet.is_nested
    assert parse_sheet("@media x { @media y { .d { top: 2 } } }").is_nested
