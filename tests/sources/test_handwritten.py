"""Files with words of the operator's own: an introduction, or a whole letter."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.errors import UsageError
from publisher.model.issue import OneOff
from publisher.sources.handwritten import read_intro, read_one_off


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "letter.md"


def test_an_intro_is_the_text_of_a_file(file: Path) -> None:
    file.write_bytes("\n\n**今週**は短めです。\r\n\r\nでは。\n\n".encode())
    assert read_intro(file) == "**今週**は短めです。\n\nでは。\n"


def test_front_matter_of_an_intro_is_not_mailed(file: Path) -> None:
    file.write_text("---\ntitle: 覚え書き\n---\n本文\n", encoding="utf-8")
    assert read_intro(file) == "本文\n"


def test_a_letter_has_a_subject_and_may_say_more(file: Path) -> None:
    head = 'title: "夏休みのお知らせ 🌻"\npreheader: 8月は休みます\nlang: ja\ntemplate: article\n'
    text = f"---\n{head}---\n\n読者の皆さまへ\n"
    file.write_text(text, encoding="utf-8")
    assert read_one_off(file) == (
        OneOff(
            title="夏休みのお知らせ 🌻",
            file="letter.md",
            sha256=hashlib.sha256(text.encode()).hexdigest(),
            preheader="8月は休みます",
            language="ja",
            template="article",
        ),
        "読者の皆さまへ\n",
    )


def test_a_title_is_enough(file: Path) -> None:
    file.write_text("---\nsubject: お知らせ\n---\n本文\n", encoding="utf-8")
    one_off, body = read_one_off(file)
    assert not one_off.is_draft
    assert (one_off.title, one_off.preheader, one_off.language, one_off.template) == ("お知らせ", "", "", "")
    assert body == "本文\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "letter.md:1: title: is missing"),
        ("見出しのない手紙\n".encode(), "letter.md:1: title: is missing"),
        (b"---\ntitle: x\n---\n  \n", "letter.md: holds no text"),
        (b"---\ntitle: x\n", "letter.md:1: the front matter is not closed"),
        (b"---\ntitle: [a, b]\n---\nx\n", "letter.md:2: title: found"),
        (b"---\ntitle: x\nlang: Klingonese!\n---\nx\n", "letter.md:3: lang: found"),
        (b"---\ntitle: x\ndraft: perhaps\n---\nx\n", "letter.md:3: draft: found"),
        (b"---\ntitle: x\n---\n\xff\xfe\xfd\n", "letter.md:4: is not UTF-8 text"),
    ],
)
def test_a_letter_that_cannot_be_mailed_says_why_and_where(file: Path, content: bytes, words: str) -> None:
    file.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        read_one_off(file)
    assert words in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(file: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"letter\.md: cannot be read: No such file"):
        read_intro(file)
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        read_one_off(tmp_path)
    file.write_bytes(b"x" * 5_000_001)
    with pytest.raises(UsageError, match=r"letter\.md: is larger than 5 MB"):
        read_intro(file)


@settings(deadline=None)
@given(content=st.binary(max_size=300) | st.text(max_size=300).map(lambda text: f"---\ntitle: x\n{text}".encode()))
def test_any_file_gives_a_letter_or_an_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.md"
    path.write_bytes(content)
    try:
        one_off, body = read_one_off(path)
    except UsageError:
        return
    assert one_off.title.strip()
    assert body.strip()
