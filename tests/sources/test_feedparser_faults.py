"""What feedparser 6 does that we work round. A test that fails here may mean that it was mended: then so may we be."""

from __future__ import annotations

import io
import locale
import re
import socket
import threading
import time
import warnings
from typing import Any

import feedparser
import pytest

from tests.sources.feeds import article_of, atom, read, rss


def parse(feed: str) -> Any:
    return feedparser.parse(io.BytesIO(feed.encode()), resolve_relative_uris=False, sanitize_html=False)


def test_half_a_feed_is_a_shorter_one_to_it() -> None:
    half = rss("<item><title>a</title></item>", "<item><title>b</title></item>").partition("<title>b")[0]
    parsed = parse(half)
    assert parsed.bozo
    assert len(parsed.entries) == 2


def test_a_day_that_does_not_exist_is_another_day_to_it() -> None:
    entry = parse(rss("<item><pubDate>2026-02-30</pubDate></item>")).entries[0]
    assert entry.published_parsed[:3] == (2026, 3, 2)


@pytest.mark.parametrize(("written", "hour"), [("2026-11-18T09:00:00", 9), ("Wed, 18 Nov 2026 09:00:00", None)])
def test_a_date_without_a_zone_is_in_greenwich_or_none_to_it_and_on_the_sites_clock_to_us(
    written: str, hour: int | None
) -> None:
    feed = rss(f"<item><title>t</title><pubDate>{written}</pubDate></item>")
    parsed = parse(feed).entries[0].published_parsed
    assert (parsed and parsed[3]) == hour
    assert article_of(feed).published.isoformat() == "2026-11-18T09:00:00+09:00"


def test_a_missing_update_pretends_to_be_the_publication() -> None:
    entry = parse(rss("<item><pubDate>Wed, 18 Nov 2026 09:00:00 GMT</pubDate></item>")).entries[0]
    with pytest.warns(DeprecationWarning, match="temporary mapping"):
        assert entry.get("updated")
    assert dict.get(entry, "updated") is None


def test_an_atom_id_pretends_to_be_a_link() -> None:
    assert parse(atom("<entry><id>tag:a.example,2026:1</id></entry>")).entries[0].link == "tag:a.example,2026:1"


def test_content_pretends_to_be_the_summary() -> None:
    entry = parse(atom("<entry><content type='html'>x</content></entry>")).entries[0]
    assert entry.summary == "x"


def test_an_address_with_a_long_ending_is_cut() -> None:
    entry = parse(rss("<item><author>sato@shop.technology (佐藤)</author></item>")).entries[0]
    assert entry.author_detail.email == "sato@shop.tech"


def test_the_address_of_one_author_goes_to_the_next() -> None:
    people = "<author><name>a</name><email>a@x.example</email></author><author><name>b</name></author>"
    entry = parse(atom(f"<entry>{people}</entry>")).entries[0]
    assert "email" in entry.authors[1]


def test_a_charset_is_looked_for_in_the_whole_first_line() -> None:
    from feedparser import encodings  # noqa: PLC0415 - a part that is not public, looked at here only

    first_line = b"<?xml version='1.0' encoding='utf-8'?><rss><title encoding='koi8-r'/><?x?></rss>"
    match = re.match(encodings.RE_XML_PI_ENCODING, first_line)
    assert match is not None
    assert match[1] == b"koi8-r"


def test_a_long_author_takes_quadratic_time() -> None:
    def seconds(length: int) -> float:
        started = time.process_time()
        parse(rss(f"<item><author>{'a' * length}</author></item>"))
        return time.process_time() - started

    assert seconds(16_000) > 6 * seconds(4_000)


def test_letters_that_look_like_utf_8_read_wrongly_are_read_again() -> None:
    """Kept: who writes these has a broken feed far more often than a text about broken feeds."""
    assert parse(rss("<item><title>æ—¥</title></item>".replace("—", "\x97"))).entries[0].title == "日"


def test_spaces_around_and_nothing_inside_are_stripped() -> None:
    entry = parse(rss("<item><title>  a  b \n c </title></item>")).entries[0]
    assert entry.title == "a  b \n c"
    assert article_of(rss("<item><title>  a  b \n c </title></item>")).title == "a b c"


def test_it_can_be_used_in_threads_and_leaves_nothing_behind() -> None:
    feeds = [rss(*(f"<item><guid>{n}-{m}</guid><title>{n}</title></item>" for m in range(30))) for n in range(8)]
    expected = [read(feed) for feed in feeds]
    before = (socket.getdefaulttimeout(), locale.setlocale(locale.LC_ALL), list(warnings.filters))
    found: list[object] = [None] * len(feeds)

    def work(number: int) -> None:
        found[number] = read(feeds[number])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(feeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected
    assert (socket.getdefaulttimeout(), locale.setlocale(locale.LC_ALL), list(warnings.filters)) == before
