"""Which encoding is sent to whom."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.web.negotiation import IDENTITY, choose_encoding, wants_new_entries

BOTH = ("br", "gzip")


@pytest.mark.parametrize(
    ("accept", "available", "expected"),
    [
        (b"gzip, deflate", BOTH, "gzip"),
        (b"gzip, deflate, br", BOTH, "br"),
        (b"GZIP", BOTH, "gzip"),
        (b"x-gzip", BOTH, "gzip"),
        (b"br;q=0.5, gzip;q=0.8", BOTH, "gzip"),
        (b"gzip;q=0", BOTH, IDENTITY),
        (b"gzip;q=0.000, br;q=0.001", BOTH, "br"),
        (b"*", BOTH, "br"),
        (b"*;q=0.1, br;q=0", BOTH, "gzip"),
        (b"gzip", ("br",), IDENTITY),
        (b"gzip", (), IDENTITY),
        (b"", BOTH, IDENTITY),
        (b"identity", BOTH, IDENTITY),
        (b"identity;q=0.9, gzip;q=0.5", BOTH, IDENTITY),
        (b"identity;q=0.5, gzip;q=0.9", BOTH, "gzip"),
        (b"identity, gzip", BOTH, "gzip"),
        (b"identity;q=0, gzip", BOTH, "gzip"),
        (b"identity;q=0", (), None),
        (b"*;q=0", BOTH, None),
        (b"*;q=0, gzip", BOTH, "gzip"),
        (b"identity;q=0, zstd", BOTH, None),
        (b"gzip;level=1;q=0.5", BOTH, "gzip"),
        (b"gzip;q=nonsense", BOTH, "gzip"),
    ],
)
def test_the_weights_decide_then_we(accept: bytes, available: tuple[str, ...], expected: str | None) -> None:
    assert choose_encoding(accept, available) == expected


@given(st.binary(max_size=300), st.sampled_from([(), ("br",), ("gzip",), BOTH]))
def test_any_bytes_choose_something_there_is(accept: bytes, available: tuple[str, ...]) -> None:
    assert choose_encoding(accept, available) in {None, IDENTITY, *available}
    assert wants_new_entries(accept) in {True, False}


@pytest.mark.parametrize(
    ("header", "expected"),
    [(b"feed", True), (b"vcdiff, Feed;q=0.5", True), (b"feed;q=0", False), (b"feeds", False), (b"", False)],
)
def test_new_entries_are_asked_for_by_name(header: bytes, *, expected: bool) -> None:
    assert wants_new_entries(header) is expected
