"""Compressed copies: beside their file, of its bytes, gone with it."""

from __future__ import annotations

import gzip

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.app.copies import SMALLEST, make_copies, unpacks_to
from publisher.app.publishing import PublishReport, publish_feeds
from publisher.app.reading import scan
from tests.site import CONFIG, Site

ON = CONFIG.replace("feeds: {", "feeds: {compress: true, ")
OFF = CONFIG.replace("feeds: {", "feeds: {compress: false, ")
AUTO = CONFIG + "web: {listen: '127.0.0.1:0'}\n"
BODY = "麹の話。" * 300


def build(site: Site) -> PublishReport:
    with site.open() as context:
        return publish_feeds(context, scan(context).articles)


def copies_in(site: Site) -> set[str]:
    found = (path.relative_to(site.output).as_posix() for path in site.output.rglob("*"))
    return {path for path in found if path.endswith((".gz", ".br"))}


@given(st.binary(max_size=200), st.integers(1, 30))
def test_copies_unpack_to_the_file_and_are_always_the_same(content: bytes, times: int) -> None:
    content *= times
    copies = make_copies(content)
    assert copies == make_copies(content)
    assert set(copies) == {".br", ".gz"}
    for coding, ending in (("br", ".br"), ("gzip", ".gz")):
        copy = copies[ending]
        if copy is not None:
            assert len(copy) < len(content)
            assert unpacks_to(coding, copy, content)
            assert not unpacks_to(coding, copy, content + b"!")
            assert not unpacks_to(coding, copy, content[:-1])


def test_small_files_get_none() -> None:
    assert make_copies(b"a" * (SMALLEST - 1)) == {".br": None, ".gz": None}
    assert None not in make_copies(b"a" * SMALLEST).values()


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_what_is_no_copy_is_none(coding: str) -> None:
    assert not unpacks_to(coding, b"damaged", b"x")
    assert not unpacks_to(coding, b"", b"x")
    bomb = brotli.compress(b"0" * 50_000_000, quality=1) if coding == "br" else gzip.compress(b"0" * 50_000_000, 1)
    assert not unpacks_to(coding, bomb, b"0" * 100)


def test_copies_lie_beside_the_files_where_the_configuration_says(site: Site) -> None:
    site.write("a.md", "題", body=BODY)
    for config, expected in ((CONFIG, False), (OFF, False), (AUTO, True), (ON, True)):
        site.configure(config)
        build(site)
        assert bool(copies_in(site)) is expected
    assert {"rss.xml.gz", "rss.xml.br", "atom.xml.gz", "feed.json.br"} <= copies_in(site)
    for name in ("rss.xml", "atom.xml", "feed.json"):
        content = (site.output / name).read_bytes()
        assert gzip.decompress((site.output / f"{name}.gz").read_bytes()) == content
        assert brotli.decompress((site.output / f"{name}.br").read_bytes()) == content


def test_copies_follow_their_file_and_stay_when_it_does(site: Site) -> None:
    site.configure(ON)
    site.write("a.md", "題", body=BODY)
    build(site)
    before = {name: (site.output / name).stat().st_mtime_ns for name in copies_in(site)}
    assert build(site).written == []
    assert {name: (site.output / name).stat().st_mtime_ns for name in copies_in(site)} == before
    site.write("a.md", "別の題", body=BODY)
    build(site)
    assert "別の題".encode() in gzip.decompress((site.output / "rss.xml.gz").read_bytes())
    assert "別の題".encode() in brotli.decompress((site.output / "rss.xml.br").read_bytes())


def test_copies_go_when_they_are_not_wanted_any_more(site: Site) -> None:
    site.configure(ON)
    site.write("a.md", "題", body=BODY)
    build(site)
    (site.output / "mine.html.gz").write_bytes(b"of somebody else")
    feed = (site.output / "rss.xml").stat().st_mtime_ns
    site.configure(OFF)
    assert build(site).written == [], "the feeds themselves are as they were"
    assert copies_in(site) == {"mine.html.gz"}
    assert (site.output / "rss.xml").stat().st_mtime_ns == feed


def test_copies_that_somebody_else_made_stay(site: Site) -> None:
    site.configure(OFF)
    site.write("a.md", "題", body=BODY)
    build(site)
    (site.output / "rss.xml.gz").write_bytes(b"by a script of theirs")
    site.write("a.md", "別の題", body=BODY)
    build(site)
    assert copies_in(site) == {"rss.xml.gz"}


def test_copies_go_with_the_feed_of_a_tag_that_nobody_uses(site: Site) -> None:
    site.configure(ON)
    site.write("a.md", "題", body=BODY, tags=["麹"])
    build(site)
    assert "tags/麹/rss.xml.br" in copies_in(site)
    site.write("a.md", "題", body=BODY)
    build(site)
    assert not (site.output / "tags").exists()


def test_copies_go_when_the_file_becomes_small(site: Site) -> None:
    site.configure(ON)
    site.write("a.md", "題", tags=[f"タグ{number}" for number in range(9)])
    build(site)
    assert "feeds.opml.gz" in copies_in(site)
    (site.articles / "a.md").unlink()
    build(site)
    assert "feeds.opml.gz" not in copies_in(site)
