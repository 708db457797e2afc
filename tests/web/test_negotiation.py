"""Which encoding, language and media type is sent to whom."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.web.negotiation import (
    IDENTITY,
    choose_encoding,
    choose_language,
    choose_media_type,
    find_language,
    wants_new_entries,
)

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


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (b"en", "en"),
        (b"en-GB, ja;q=0.9", "en"),
        (b"EN-us;q=0.3, ja-JP;q=0.4", "ja"),
        (b"fr, de;q=0.9", "ja"),
        (b"fr, en;q=0.1", "en"),
        (b"pt", "ja"),
        (b"pt-br, en;q=0.5", "pt-BR"),
        (b"*", "ja"),
        (b"en;q=0", "ja"),
        (b"", "ja"),
        (b"\xff,,;;q=,", "ja"),
    ],
)
def test_the_language_that_the_client_likes_best(accept: bytes, expected: str) -> None:
    assert choose_language(accept, ("ja", "en", "pt-BR"), "ja") == expected


@given(st.binary(max_size=200))
def test_any_header_gives_a_known_language(accept: bytes) -> None:
    assert choose_language(accept, ("ja", "en"), "ja") in {"ja", "en"}


def test_a_language_is_found_by_its_beginning() -> None:
    assert find_language("en_GB-oxendict", ("ja", "en")) == "en"
    assert find_language("pt", ("pt-BR",)) == ""
    assert find_language("", ("en",)) == ""


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (b"text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        (b"application/json", "application/json"),
        (b"text/html;q=0.5, application/json", "application/json"),
        (b"text/html, application/json", "text/html"),
        (b"*/*", "text/plain"),
        (b"text/html;q=0", "text/plain"),
        (b"", "text/plain"),
    ],
)
def test_a_page_is_for_who_names_it(accept: bytes, expected: str) -> None:
    assert choose_media_type(accept, ("text/html", "application/json"), "text/plain") == expected
