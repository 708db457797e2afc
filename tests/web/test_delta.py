"""Documents with only what is new, from the same bytes."""

from __future__ import annotations

import feedparser
from hypothesis import given
from hypothesis import strategies as st

from publisher.web.delta import keep_new, split_document

WORDS = st.text(st.sampled_from("麹 🎉a&<>\"']/item"), max_size=30)


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def make_rss(titles: list[str]) -> bytes:
    items = "".join(f"    <item>\n      <title>{escape(title)}</title>\n    </item>\n" for title in titles)
    return f"<?xml version='1.0'?>\n<rss><channel><title>題</title>\n{items}  </channel>\n</rss>\n".encode()


def make_atom(titles: list[str]) -> bytes:
    entries = "".join(f"<entry><title>{escape(title)}</title><content>&lt;entry></content></entry>" for title in titles)
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>題</title>{entries}</feed>'.encode()


@given(st.lists(WORDS, min_size=1, max_size=6), st.sampled_from([make_rss, make_atom]))
def test_the_pieces_are_the_document(titles: list[str], make: type) -> None:
    content = make(titles)
    pieces = split_document(content)
    assert pieces
    assert pieces.head + b"".join(pieces.entries) + pieces.tail == content
    assert len(pieces.entries) == len(titles)


@given(st.lists(WORDS, min_size=1, max_size=6, unique=True), st.data())
def test_what_is_known_is_left_out_and_nothing_else(titles: list[str], data: st.DataObject) -> None:
    known = data.draw(st.sets(st.sampled_from(titles), min_size=1))
    before, now = split_document(make_rss(sorted(known))), split_document(make_rss(titles))
    assert before
    assert now
    left = keep_new(now, frozenset(before.digests))
    assert left
    expected = make_rss([title for title in titles if title not in known])
    assert left.split() == expected.split()  # the indentation of the first entry belongs to the head


def test_a_changed_entry_is_new() -> None:
    before, now = split_document(make_rss(["甲", "乙"])), split_document(make_rss(["甲", "乙!"]))
    assert before
    assert now
    left = keep_new(now, set(before.digests))
    assert left
    assert [entry.title for entry in feedparser.parse(left).entries] == ["乙!"]


def test_when_nothing_is_known_there_is_nothing_to_leave_out() -> None:
    pieces = split_document(make_atom(["甲"]))
    assert pieces
    assert keep_new(pieces, frozenset()) is None


def test_cdata_and_self_closed_entries_are_taken_apart_rightly() -> None:
    content = (
        b"<rss><channel><item><title><![CDATA[</item><item>]]></title></item><item/><item></item ></channel></rss>"
    )
    pieces = split_document(content)
    assert pieces
    assert pieces.entries[1:] == (b"<item/>", b"<item></item >")


def test_what_cannot_be_taken_apart_is_sent_whole() -> None:
    between = b"<rss><channel><item/><ttl>5</ttl><item/></channel></rss>"
    for content in (b"", b"{}", b"<rss><channel>", b"<rss><channel></channel></rss>", between):
        assert split_document(content) is None


def test_items_inside_of_items_do_not_count() -> None:
    pieces = split_document(b"<rss><channel><item><item/></item></channel></rss>")
    assert pieces
    assert len(pieces.entries) == 1
