"""Letters and separators of a list are found out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.subscribers.lists.columns import ColumnError
from publisher.subscribers.lists.text import find_delimiter, find_encoding

TEXT = "メールアドレス,氏名\r\na@reader.example,髙橋 一郎①\r\n"


def find(content: bytes) -> str:
    return find_encoding(lambda: [content[start : start + 7] for start in range(0, len(content), 7)])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932"])
def test_what_excel_writes_in_japan_is_read(encoding: str) -> None:
    content = TEXT.encode(encoding)
    assert content.decode(find(content)) == TEXT


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_known_by_its_zeros(encoding: str) -> None:
    content = f"email,{TEXT}".encode(encoding)
    assert find(content) == encoding


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(ColumnError, match="neither UTF-8, UTF-16 nor Shift_JIS text; name its letters with --encoding"):
        find("email\nandré,x\n".encode("cp1252"))


def test_nothing_is_utf_8() -> None:
    assert find(b"") == "utf-8"


@given(st.text())
def test_utf_8_is_never_taken_for_anything_else(text: str) -> None:
    content = b"email," + text.encode("utf-8", "ignore")
    assert find(content) in {"utf-8"} | ({"utf-16-le"} if content[1:2] == b"\0" else set())


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [("email,name", ","), ("email;name;x", ";"), ("email\tname", "\t"), ("email", ","), ('"a;b;c",email', ",")],
)
def test_the_separator_is_what_the_first_line_has_most_of(header: str, delimiter: str) -> None:
    assert find_delimiter(header) == delimiter
