"""Columns, line ends and cuts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.markup.graphemes import split_graphemes
from publisher.markup.width import display_width, shorten, wrap

_FAMILY = "👨‍👩‍👧‍👦"
_NOT_FIRST = "、。」』）？！ーっゃょッャョ・…"
_NOT_LAST = "「『（【《"
japanese = st.text("あ漢カー、。「」（）！？っょ… aB1,.-🎉", max_size=60)


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("abc", 3),
        ("日本語", 6),
        ("ｶﾞｷﾞ", 4),
        ("全角ＡＢ", 8),
        ("か\u3099", 2),
        ("e\u0301", 1),
        ("🎉", 2),
        (_FAMILY, 2),
        ("👍🏽", 2),
        ("🇯🇵", 2),
        ("1️⃣", 2),
        ("☑️", 2),
        ("☁︎", 1),
        ("葛\U000e0100", 2),
        ("한국어", 6),
        ("a\u200bb\u00adc", 3),
        ("\x1b[31m\n", 4),
        ("―…", 2),
        ("𠮷野家", 6),
    ],
)
def test_display_width(text: str, width: int) -> None:
    assert display_width(text) == width


@pytest.mark.parametrize(
    ("text", "graphemes"),
    [
        (f"a{_FAMILY}b", ["a", _FAMILY, "b"]),
        ("🇯🇵🇫🇷🇯", ["🇯🇵", "🇫🇷", "🇯"]),
        ("は\u3099ひ", ["は\u3099", "ひ"]),
        ("ﾊﾟｿ", ["ﾊﾟ", "ｿ"]),
        ("1️⃣2", ["1️⃣", "2"]),
        ("❤️‍🔥!", ["❤️‍🔥", "!"]),
        ("นี้", ["นี้"]),
        ("\n\u0301", ["\n", "\u0301"]),
        ("क्ष", ["क्", "ष"]),
    ],
)
def test_graphemes_stay_whole(text: str, graphemes: list[str]) -> None:
    assert split_graphemes(text) == graphemes


@given(st.text(max_size=40))
def test_graphemes_add_up_to_the_text(text: str) -> None:
    assert "".join(split_graphemes(text)) == text


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("日本語の題名", 6, "日本語の題名"),
        ("日本語の題名", 5, "日本語の…"),
        (f"速報{_FAMILY}です", 5, f"速報{_FAMILY}です"),
        (f"速報{_FAMILY}です", 4, f"速報{_FAMILY}…"),
        ("one two three", 5, "one…"),
        ("長い", 1, "…"),
        ("長い", 0, ""),
        ("", 3, ""),
    ],
)
def test_shorten_counts_what_a_reader_sees(text: str, limit: int, expected: str) -> None:
    assert shorten(text, limit) == expected


@given(st.text(max_size=30), st.integers(0, 12))
def test_shortened_text_fits_and_begins_like_the_original(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(split_graphemes(short)) <= limit
    assert short == text or text.startswith(short.removesuffix("…"))


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("", 10, []),
        ("short", 10, ["short"]),
        ("one two three", 7, ["one two", "three"]),
        ("日本語の文章を折り返す", 10, ["日本語の文", "章を折り返", "す"]),
        ("これは文です。次の文。", 12, ["これは文で", "す。次の文。"]),
        ("彼は「はい」と言った", 6, ["彼は", "「は", "い」と", "言った"]),
        ("ちょっと待って", 6, ["ちょっ", "と待っ", "て"]),
        ("サーバー", 4, ["サー", "バー"]),
        ("AIの時代とGPU", 6, ["AIの時", "代と", "GPU"]),
        ("行1\n行2", 20, ["行1", "行2"]),
        ("段\n\n落", 20, ["段", "", "落"]),
        (f"家族{_FAMILY}{_FAMILY}", 6, [f"家族{_FAMILY}", _FAMILY]),
        (
            "見よ https://example.jp/a/very/long/path?q=1 で",
            12,
            ["見よ", "https://example.jp/a/very/long/path?q=1", "で"],
        ),
        ("don’t “quote” it", 7, ["don’t", "“quote”", "it"]),
        ("한국어 문장은 낱말로", 8, ["한국어", "문장은", "낱말로"]),
        ("   先頭と末尾   ", 20, ["先頭と末尾"]),
        ("待って、！？", 4, ["待っ", "て、！？"]),
    ],
)
def test_wrap(text: str, width: int, expected: list[str]) -> None:
    assert wrap(text, width) == expected


def test_prefixes_stand_before_the_first_and_the_further_lines() -> None:
    lines = wrap("りんごとみかんとぶどう", 10, indent="・", hanging="  ")
    assert lines == ["・りんごと", "  みかんと", "  ぶどう"]
    assert all(display_width(line) <= 10 for line in lines)


def test_every_line_after_a_newline_hangs() -> None:
    assert wrap("一\n二", 10, indent="- ", hanging="  ") == ["- 一", "  二"]


@given(japanese, st.integers(8, 30))
@settings(max_examples=200)
def test_wrapped_lines_lose_nothing_but_spaces_and_keep_the_line_rules(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    for line in lines[1:]:
        assert line[:1] not in _NOT_FIRST or not line
    for line in lines[:-1]:
        assert line[-1:] not in _NOT_LAST or not line


@given(
    st.lists(st.sampled_from(["漢字", "かな", "です。", "「引用」", "word", "、", " ", "🎉"]), max_size=40),
    st.integers(16, 40),
)
def test_ordinary_text_fits_the_width(pieces: list[str], width: int) -> None:
    text = "".join(pieces).replace("、、", "、").replace("、、", "、")
    assert all(display_width(line) <= width or "wordword" in line or "、、" in line for line in wrap(text, width))
