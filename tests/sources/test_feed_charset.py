"""In which charset a feed is written, as servers and feeds say it, rightly and wrongly."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.sources.feed.charset import decode_feed
from tests.sources.feeds import article_of, rss

TITLE = "発酵と技術"


def declared(encoding: str, title: str = TITLE) -> str:
    feed = rss(f"<item><title>{title}</title></item>")
    return feed.replace('version="1.0"?>', f'version="1.0" encoding="{encoding}"?>')


@pytest.mark.parametrize(
    ("written", "declaration", "content_type"),
    [
        ("utf-8", "UTF-8", "application/rss+xml"),
        ("utf-8", "", "text/xml"),  # RFC 3023 would have made ASCII of it, RFC 7303 does not
        ("utf-8", "", "text/xml; charset=ISO-8859-1"),
        ("utf-8", "utf-8", "text/xml; charset=us-ascii"),
        ("cp932", "Shift_JIS", ""),
        ("cp932", "x-sjis", "text/xml"),
        ("cp932", "", "text/xml; charset=Shift_JIS"),
        ("cp932", "Shift_JIS", "text/xml; charset=ISO-8859-1"),
        ("euc_jp", "EUC-JP", "application/xml"),
        ("euc_jp", "", 'application/xml; charset="euc-jp"'),
        ("euc_jp", "EUC-JP", "text/xml; charset=utf-8"),
        ("iso2022_jp", "ISO-2022-JP", ""),
        ("gb18030", "gb2312", ""),
        ("utf-16", "UTF-16", "application/xml"),
        ("utf-16-le", "UTF-16", ""),
        ("utf-16-be", "UTF-16", ""),
        ("utf-8-sig", "ISO-8859-1", "text/xml; charset=Shift_JIS"),
        ("utf-8", "no-such-charset", "text/xml; charset=none"),
        ("utf-8", "punycode", ""),
    ],
)
def test_japanese_arrives(written: str, declaration: str, content_type: str) -> None:
    feed = declared(declaration) if declaration else declared("utf-8").replace(' encoding="utf-8"', "")
    assert article_of(feed.encode(written), content_type).title == TITLE


def test_utf_32_has_a_mark_of_its_own() -> None:
    assert decode_feed(codecs.BOM_UTF32_LE + "日".encode("utf-32-le")) == "日"
    assert decode_feed(codecs.BOM_UTF32_BE + "日".encode("utf-32-be")) == "日"


@pytest.mark.parametrize("content_type", ["", "text/xml; charset=ISO-8859-1", "text/xml"])
def test_latin_letters_arrive(content_type: str) -> None:
    feed = declared("ISO-8859-1", "Brötchen – 1 €").replace("みせ", "Shop")
    assert article_of(feed.encode("cp1252"), content_type).title == "Brötchen – 1 €"


def test_the_header_comes_before_the_declaration() -> None:
    assert decode_feed(declared("utf-8").encode("euc_jp"), "text/xml; charset=euc-jp") == declared("utf-8")


def test_what_nothing_fits_is_read_all_the_same() -> None:
    assert "caf" in decode_feed(b"<rss>caf\xe9 \x81\xff</rss>", "text/xml; charset=utf-8")


@given(st.binary(max_size=200), st.text(max_size=60))
def test_any_bytes_are_a_text(content: bytes, content_type: str) -> None:
    assert isinstance(decode_feed(content, content_type), str)
    assert isinstance(decode_feed(b"<?xml version='1.0' encoding='" + content[:30] + b"'?>" + content), str)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1))
def test_utf_8_is_itself(text: str) -> None:
    assert decode_feed(("<" + text).encode("utf-8")) == "<" + text
