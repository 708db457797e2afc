"""How mail programs cut subjects, first words and sizes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.mail.cut import (
    GMAIL_CLIP,
    HEADER_LIMIT,
    PROGRAMS,
    Measure,
    Size,
    cut,
    measure,
    read_snippet,
    show_in_inboxes,
)
from publisher.mail.inline import STYLE_LIMIT
from publisher.markup.graphemes import split_graphemes
from publisher.markup.width import display_width

BELLS = "朝五時の鐘をデータにする小さな港町の大きな挑戦、その舞台裏を聞いてきました"
FAMILY = "👨‍👩‍👧"


def shown_by(program: str, subject: str, snippet: str = "") -> tuple[str, str, bool]:
    (line,) = (line for line in show_in_inboxes(subject, snippet) if line.program == program)
    return line.subject, line.snippet, line.is_cut


# ------------------------------------------------------------------------------------------------ cutting


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ("", 10, ""),
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("鐘の音", 6, "鐘の音"),
        ("鐘の音", 5, "鐘の…"),
        ("鐘の音", 4, "鐘…"),
        ("one two", 5, "one…"),
        (FAMILY * 3, 5, FAMILY * 2 + "…"),
        (FAMILY * 3, 6, FAMILY * 3),
        ("がき", 3, "が…"),
        ("x" + "\u0301" * 10_000, 3, "x" + "\u0301" * 23 + "…"),
    ],
)
def test_a_text_is_cut_by_its_columns_at_whole_characters(text: str, columns: int, expected: str) -> None:
    assert cut(text, columns) == expected


@given(st.text(max_size=120), st.integers(2, 80))
def test_what_is_shown_is_a_beginning_that_fits(text: str, columns: int) -> None:
    shown = cut(text, columns)
    assert display_width(shown) <= columns
    if shown != text:
        assert shown.endswith("…")
        kept = shown[:-1]
        assert text.startswith(kept)
        assert len("".join(split_graphemes(text)[: len(split_graphemes(kept))]).rstrip()) == len(kept)


def test_a_japanese_subject_is_cut_at_half_as_many_characters() -> None:
    assert shown_by("Gmail", BELLS) == (BELLS[:34] + "…", "", True)
    assert shown_by("Gmail (Android)", BELLS) == (BELLS[:16] + "…", "", True)
    assert shown_by("iPhone", "x" * 41) == ("x" * 41, "", False)
    assert shown_by("iPhone", "x" * 42) == ("x" * 40 + "…", "", True)


def test_on_one_line_a_short_subject_leaves_more_for_the_first_words() -> None:
    assert len(shown_by("Gmail", "x" * 70, "y" * 400)[1]) == 90
    assert len(shown_by("Gmail", "x" * 10, "y" * 400)[1]) == 150
    assert len(shown_by("Outlook", "x" * 10, "y" * 400)[1]) == 35


@given(st.text(max_size=300), st.text(max_size=300))
def test_every_program_shows_something_that_fits(subject: str, snippet: str) -> None:
    lines = show_in_inboxes(subject, snippet)
    assert [line.program for line in lines] == [program.name for program in PROGRAMS]
    for line, program in zip(lines, PROGRAMS, strict=True):
        assert display_width(line.subject) <= program.subject
        assert display_width(line.subject) + display_width(line.snippet) <= program.subject + program.snippet
        assert line.is_cut == (line.subject != subject)


# ------------------------------------------------------------------------------------------------ first words

PAGE = "<html><head><title>題</title><style>p { color: red }</style></head><body>{}</body></html>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<div style="display:none">予告です</div><p>本文</p>', "予告です 本文"),
        ('<div style="display:none">予告</div><div>&nbsp;&zwnj;&nbsp;&zwnj;</div>', "予告"),
        ("<!-- 内緒 --><p>一<b>二</b>三</p>四", "一 二 三 四"),
        ("<style>x</style><script>y</script><noscript>z</noscript>本文", "本文"),
        ("<p>\n  一\t 二 </p>", "一 二"),
        ("", ""),
    ],
)
def test_the_first_words_are_those_of_the_body_hidden_ones_first(body: str, expected: str) -> None:
    assert read_snippet(PAGE.replace("{}", body), "text part") == expected


def test_what_fills_the_place_keeps_the_rest_of_the_mail_away() -> None:
    html = PAGE.replace("{}", f"<div>予告</div><div>{'&nbsp;&zwnj;' * 60}</div><p>本文</p>")
    assert shown_by("Gmail (iPhone)", "題", read_snippet(html, ""))[1] == "予告"


def test_a_mail_of_text_alone_shows_its_text() -> None:
    assert read_snippet("", "週刊\n====\n\n本文") == "週刊 ==== 本文"
    assert len(read_snippet("", "あ" * 100_000)) == 400


@given(st.text(max_size=200))
def test_any_html_has_first_words_of_one_line(html: str) -> None:
    for found in (read_snippet(html, ""), read_snippet("", html)):
        assert len(found) <= 400
        assert "\n" not in found


# ------------------------------------------------------------------------------------------------ sizes


def test_sizes_stand_beside_the_limits_they_have() -> None:
    html = "<style>あ{}</style><!--[if mso]><style>not for Gmail</style><![endif]--><style>b</style>"
    message = b"Subject: x\r\nTo: y\r\n\r\nbody"
    assert measure(html, message) == (
        Size(Measure.HTML, len(html.encode()), GMAIL_CLIP),
        Size(Measure.STYLES, 6, STYLE_LIMIT),
        Size(Measure.HEADERS, 19, HEADER_LIMIT),
        Size(Measure.MESSAGE, 25, 0),
    )


def test_a_mail_of_text_alone_has_no_html_to_measure() -> None:
    assert [size.measure for size in measure("", b"Subject: x\r\n\r\nbody")] == [Measure.HEADERS, Measure.MESSAGE]


@pytest.mark.parametrize(("size", "limit", "is_over"), [(5, 0, False), (5, 5, False), (6, 5, True)])
def test_over_is_more_than_the_limit(size: int, limit: int, *, is_over: bool) -> None:
    assert Size(Measure.HTML, size, limit).is_over is is_over
