"""What a client has already."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.web.conditions import find_match, is_unmodified, list_tags

TAGS = {b'"abc"': "", b'"abc-gz"': "gzip"}
WRITTEN = b"Thu, 26 Nov 2026 13:46:03 GMT"
MODIFIED = 1_795_700_763


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b'"abc"', b'"abc"'),
        (b'W/"abc"', b'"abc"'),
        (b'"x", W/"y" ,"abc-gz"', b'"abc-gz"'),
        (b'"a,b", "abc"', b'"abc"'),
        (b"*", b'"abc"'),
        (b" * ", b'"abc"'),
        (b'"ab"', None),
        (b"abc", None),
        (b'"abc', None),
        (b"", None),
    ],
)
def test_if_none_match_is_a_list_compared_weakly(header: bytes, expected: bytes | None) -> None:
    assert find_match(header, TAGS) == expected


@given(st.binary(max_size=200))
def test_any_bytes_are_a_header(header: bytes) -> None:
    assert find_match(header, TAGS) in {None, *TAGS}
    assert all(tag.startswith(b'"') and tag.endswith(b'"') for tag in list_tags(header))
    assert is_unmodified(header, MODIFIED, WRITTEN) in {True, False}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (WRITTEN, True),
        (b"Thu, 26 Nov 2026 13:46:04 GMT", True),
        (b"Thu, 26 Nov 2026 13:46:02 GMT", False),
        (b"Thu, 26 Nov 2026 22:46:03 +0900", True),
        (b"Thursday, 26-Nov-26 13:46:03 GMT", True),
        (b"Thu, 26 Nov 2026 13:46:03", True),
        (b"yesterday", False),
        (b"Thu, 99 Nov 2026 13:46:03 GMT", False),
    ],
)
def test_if_modified_since_is_a_date_or_nothing(header: bytes, *, expected: bool) -> None:
    assert formatdate(MODIFIED, usegmt=True).encode() == WRITTEN
    assert is_unmodified(header, MODIFIED, WRITTEN) is expected
