"""Documents put together from a shell and entries: the same bytes as from one piece, and nothing broken among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.errors import FeedError
from publisher.feeds import splice as module
from publisher.feeds.atom import write_atom
from publisher.feeds.check import find_fault
from publisher.feeds.entries import Entry
from publisher.feeds.jsonfeed import write_json
from publisher.feeds.rss import write_rss
from publisher.feeds.splice import EntryWriter, splice, write_shell
from publisher.feeds.write import write_feed
from publisher.model.article import Author
from publisher.model.feed import Feed, FeedFormat
from tests.feeds.builders import ALL_FORMATS, authors, feeds, make_article, make_feed, make_spec, one_line_texts

WHOLE: dict[FeedFormat, Callable[[Feed], bytes]] = {
    FeedFormat.RSS: write_rss,
    FeedFormat.ATOM: write_atom,
    FeedFormat.JSON: write_json,
}
AUTHOR = Author("編集部", "editor@example.com")


def break_writer(monkeypatch: pytest.MonkeyPatch, feed_format: FeedFormat, old: bytes, new: bytes) -> None:
    """From now on the writer of this format makes a mistake."""
    form = module._FORMATS[feed_format]

    def write(feed: Feed) -> bytes:
        return form.write(feed).replace(old, new)

    def write_entry(entry: Entry) -> bytes:
        return form.write_entry(entry).replace(old, new)

    monkeypatch.setitem(module._FORMATS, feed_format, replace(form, write=write, write_entry=write_entry))


@settings(deadline=None, max_examples=60)
@given(feeds(), one_line_texts, authors, st.sampled_from(["ja", "en"]))
def test_the_bytes_are_those_of_a_document_written_at_once(
    feed: Feed, title: str, author: Author, language: str
) -> None:
    changes: dict[str, Any] = {"title": title, "description": title, "author": author, "language": language}
    feed = replace(feed, spec=replace(feed.spec, **changes))
    for feed_format in ALL_FORMATS:
        content = write_feed(feed, feed_format)
        assert content == WHOLE[feed_format](feed)
        assert find_fault(content, feed.spec.articles) == ""


@settings(deadline=None, max_examples=30)
@given(feeds(), feeds())
def test_an_entry_written_for_one_feed_serves_every_other(one: Feed, other: Feed) -> None:
    other = replace(other, html=one.html, category_urls=one.category_urls, markdown=one.markdown)
    spec = replace(other.spec, articles=one.spec.articles[::-1], folder="tags/x", title="別の題")
    same = {"podcast": one.spec.podcast, "with_markdown": one.spec.with_markdown}
    other = replace(other, spec=replace(spec, **same))  # type: ignore[arg-type]  # the namespaces of its entries
    writer = EntryWriter(one.spec.language, one.spec.author, one.category_urls)
    for feed_format in ALL_FORMATS:
        entries = [
            writer.write(article, one.html.get(article.id), feed_format, one.markdown.get(article.id, ""))
            for article in one.spec.articles
        ]
        assert splice(write_shell(one.spec, feed_format), entries) == WHOLE[feed_format](one)
        assert splice(write_shell(other.spec, feed_format), entries[::-1]) == WHOLE[feed_format](other)


@pytest.mark.parametrize("feed_format", ALL_FORMATS)
def test_a_feed_without_articles_is_its_shell(feed_format: FeedFormat) -> None:
    assert splice(write_shell(make_spec(), feed_format), []) == WHOLE[feed_format](make_feed())


@pytest.mark.parametrize("feed_format", ALL_FORMATS)
@pytest.mark.parametrize("title", ["</item>", "</channel></rss>", "</feed>\n", "  <entry>", ']\n}\n"items": ['])
def test_a_title_that_looks_like_a_seam_is_none(title: str, feed_format: FeedFormat) -> None:
    feed = make_feed(make_article(title=title), make_article(2, title=title), title=title)
    assert write_feed(feed, feed_format) == WHOLE[feed_format](feed)


@pytest.mark.parametrize(
    ("feed_format", "old", "new", "reason"),
    [
        (FeedFormat.RSS, b"</guid>", b"", "came out broken"),
        (FeedFormat.RSS, b"</item>", b"</item><item/>", "other articles"),
        (FeedFormat.ATOM, b"</entry>", b"", "came out broken"),
        (FeedFormat.ATOM, b"</entry>", "</entry>悪".encode("euc-jp"), "came out broken"),
        (FeedFormat.ATOM, b"0001</id>", b"0002</id>", "other articles"),
        (FeedFormat.ATOM, b"https://example.com/articles/1", b"articles/1", "not an absolute URL"),
        (FeedFormat.JSON, b'"title": "\xe7\xac\xac', b'"title" "', "came out broken"),
        (FeedFormat.JSON, b'"id"', b'"ID"', "other articles"),
        (FeedFormat.JSON, b"    }", b"    }, {}", "came out without id of an item"),
    ],
)
def test_a_broken_entry_is_refused(
    monkeypatch: pytest.MonkeyPatch, feed_format: FeedFormat, old: bytes, new: bytes, reason: str
) -> None:
    writer, article = EntryWriter("ja", AUTHOR, {}), make_article(1)
    assert old in WHOLE[feed_format](make_feed(article))
    writer.write(article, "<p>星</p>", feed_format)
    break_writer(monkeypatch, feed_format, old, new)
    with pytest.raises(FeedError, match=reason):
        writer.write(article, "<p>星</p>", feed_format)
    with pytest.raises(FeedError, match=rf"^{feed_format.filename}: .*{reason}"):
        write_feed(make_feed(article), feed_format)


@pytest.mark.parametrize(
    ("feed_format", "old", "new", "reason"),
    [
        (FeedFormat.RSS, b"</docs>", b"", "came out broken"),
        (FeedFormat.ATOM, b"https://example.com/atom.xml", b"atom.xml", "not an absolute URL"),
        (FeedFormat.JSON, b'"version"', b'"version', "came out broken"),
        (FeedFormat.JSON, b"]\n}\n", b"]}", "do not stand where they should"),
    ],
)
def test_a_broken_shell_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, feed_format: FeedFormat, old: bytes, new: bytes, reason: str
) -> None:
    write_shell(make_spec(), feed_format)
    break_writer(monkeypatch, feed_format, old, new)
    with pytest.raises(FeedError, match=rf"^tags/星/{feed_format.filename}: .*{reason}"):
        write_shell(make_spec(folder="tags/星"), feed_format)


def test_a_feed_whose_own_title_cannot_be_written_does_not_spoil_the_entries() -> None:
    with pytest.raises(FeedError, match=r"^atom\.xml: "):
        write_shell(make_spec(title="\x0b"), FeedFormat.ATOM)
    assert EntryWriter("ja", AUTHOR, {}).write(make_article(), None, FeedFormat.ATOM).startswith(b"  <entry>")
