from __future__ import annotations

import json
import os
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings

from publisher.feeds import adopt
from publisher.feeds.adopt import read_ids
from publisher.feeds.parse import parse_feed, read_items
from publisher.feeds.write import write_feed
from publisher.model.feed import Feed, FeedFormat
from tests.feeds.builders import ALL_FORMATS, feeds, make_article, make_feed

ATOM = '<feed xmlns="http://www.w3.org/2005/Atom">%s</feed>'
ENTRY = '<entry><id>%s</id><link href="%s"/></entry>'


def rss(*items: str) -> str:
    return f'<rss version="2.0"><channel>{"".join(f"<item>{item}</item>" for item in items)}</channel></rss>'


def read(folder: Path, name: str, content: str | bytes) -> dict[str, str]:
    """What is read from a folder that holds this one file."""
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return read_ids(folder)


def test_no_folder_and_an_empty_one_have_no_ids(tmp_path: Path) -> None:
    assert read_ids(tmp_path / "missing") == {}
    assert read_ids(tmp_path) == {}
    (tmp_path / "file").write_text("")
    assert read_ids(tmp_path / "file") == {}


@pytest.mark.parametrize("feed_format", ALL_FORMATS)
def test_our_own_feeds_give_back_their_ids(feed_format: FeedFormat, tmp_path: Path) -> None:
    articles = [make_article(2), make_article(1, id="https://old.example.org/?p=12")]
    content = write_feed(make_feed(*articles), feed_format)
    assert read(tmp_path, feed_format.filename, content) == {article.url: article.id for article in articles}


@settings(deadline=None, max_examples=15)
@given(feeds())
def test_whatever_we_write_gives_back_its_ids(feed: Feed) -> None:
    expected = [(article.url, article.id) for article in feed.spec.articles]
    for feed_format in ALL_FORMATS:
        items = read_items(parse_feed(write_feed(feed, feed_format)))
        assert [(item.url, item.id) for item in items] == expected


@pytest.mark.parametrize(
    ("item", "found"),
    [
        (
            '<link>https://example.com/1</link><guid isPermaLink="false"> p-1 </guid>',
            {"https://example.com/1": "p-1"},
        ),
        ("<guid>https://example.com/1</guid>", {"https://example.com/1": "https://example.com/1"}),
        ("<link>https://example.com/1</link>", {"https://example.com/1": "https://example.com/1"}),
        (
            "<link>https://example.com/1</link><guid>https://old.example.com/1</guid>",
            {"https://example.com/1": "https://old.example.com/1"},
        ),
        ('<guid isPermaLink="false">p-1</guid>', {}),
        ("<link>/1</link><guid>p-1</guid>", {}),
        ("<link>https://[</link><guid>p-1</guid>", {}),
        ("<title>題だけ</title>", {}),
        (
            "<link>https://例え.jp/日記/1?a=1&amp;b=2</link><guid>x</guid>",
            {"https://xn--r8jz45g.jp/%E6%97%A5%E8%A8%98/1?a=1&b=2": "x"},
        ),
        (
            "<link><![CDATA[https://example.com/1]]></link><guid><!-- note -->p-1</guid>",
            {"https://example.com/1": "p-1"},
        ),
    ],
)
def test_an_rss_item_names_its_page_and_its_id(item: str, found: dict[str, str], tmp_path: Path) -> None:
    assert read(tmp_path, "index.xml", rss(item)) == found


@pytest.mark.parametrize(
    ("links", "url"),
    [
        ('<link href="https://example.com/1"/>', "https://example.com/1"),
        (
            '<link rel="self" href="https://example.com/api"/><link href="https://example.com/1"/>',
            "https://example.com/1",
        ),
        (
            '<link rel="alternate" type="application/pdf" href="https://example.com/1.pdf"/>'
            '<link rel="alternate" type="text/html" href="https://example.com/1"/>',
            "https://example.com/1",
        ),
        ('<link href="https://example.com/1"/><link href="https://example.com/1.png"/>', "https://example.com/1"),
    ],
)
def test_an_atom_entry_names_its_page_among_its_links(links: str, url: str, tmp_path: Path) -> None:
    entry = f"<entry><id>urn:x:1</id>{links}<source><id>urn:x:other</id></source></entry>"
    assert read(tmp_path, "feed.xml", ATOM % entry) == {url: "urn:x:1"}


def test_a_json_item_may_have_a_number_as_its_id(tmp_path: Path) -> None:
    items = [
        {"id": 12, "url": "https://example.com/12"},
        {"id": "tag:x", "url": "https://example.com/x"},
        {"id": "no page"},
        {"url": "https://example.com/no-id"},
        {"id": ["list"], "url": "https://example.com/y"},
        "text",
    ]
    content = "\ufeff" + json.dumps({"version": "https://jsonfeed.org/version/1", "items": items})
    assert read(tmp_path, "feed.json", content) == {"https://example.com/12": "12", "https://example.com/x": "tag:x"}


@pytest.mark.parametrize("encoding", ["shift_jis", "euc-jp", "utf-16"])
def test_a_feed_may_be_in_another_encoding(encoding: str, tmp_path: Path) -> None:
    text = rss('<link>https://example.com/1</link><guid isPermaLink="false">記事</guid>')
    content = f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding)
    assert read(tmp_path, "rss.xml", content) == {"https://example.com/1": "記事"}


def test_the_feed_nearer_the_top_is_right_and_then_rss(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    page = "https://example.com/1"
    (deep / "rss.xml").write_text(rss(f"<link>{page}</link><guid>deep</guid>", f"<link>{page}2</link><guid>d2</guid>"))
    (tmp_path / "z").mkdir()
    (tmp_path / "z" / "rss.xml").write_text(rss(f"<link>{page}</link><guid>z</guid>"))
    assert read_ids(tmp_path) == {page: "z", page + "2": "d2"}
    (tmp_path / "atom.xml").write_text(ATOM % ENTRY % ("atom", page))
    assert read_ids(tmp_path)[page] == "atom"
    (tmp_path / "rss.xml").write_text(rss(f"<link>{page}</link><guid>rss</guid>"))
    assert read_ids(tmp_path)[page] == "rss"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<rss",
        rss()[:-3],
        "<html/>",
        "[]",
        "{",
        '{"items": 3}',
        '{"items": {"id": 1}}',
        '{"a":' * 100_000,
        "[" * 100_000,
        b"\xff\xfe\x00",
        b'{"items": [{"id": "\xff"}]}',
    ],
)
def test_a_broken_file_is_passed_over(content: str | bytes, tmp_path: Path) -> None:
    (tmp_path / "rss.xml").write_text(rss("<link>https://example.com/1</link><guid>p-1</guid>"))
    for name in ("atom.xml", "feed.json"):
        assert read(tmp_path, name, content) == {"https://example.com/1": "p-1"}


def test_no_entity_is_expanded_and_no_file_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("himitsu")
    attack = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    item = '<link>https://example.com/1</link><guid isPermaLink="false">&x;</guid>'
    assert read(tmp_path, "rss.xml", attack + rss(item)) == {}


@pytest.mark.parametrize("place", ["<guid>&j;</guid><link>https://example.com/1</link>", '<guid a="&j;">x</guid>'])
def test_a_billion_laughs_are_not_laughed(place: str, tmp_path: Path) -> None:
    names = "abcdefghij"
    entities = "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in pairwise(names))
    attack = f'<!DOCTYPE rss [<!ENTITY a "lol">{entities}]>'
    assert read(tmp_path, "rss.xml", attack + rss(place)) == {}


def test_a_doctype_alone_is_enough_to_pass_a_file_over(tmp_path: Path) -> None:
    item = "<link>https://example.com/1</link>"
    assert read(tmp_path, "rss.xml", rss(item)) != {}
    assert read(tmp_path, "rss.xml", "<!DOCTYPE rss>" + rss(item)) == {}


def test_a_file_that_is_too_large_is_passed_over(tmp_path: Path) -> None:
    content = b'{"items": [{"id": "p-1", "url": "https://example.com/1"}]}'
    assert read(tmp_path, "feed.json", content.ljust(20_000_000)) == {"https://example.com/1": "p-1"}
    assert read(tmp_path, "feed.json", content.ljust(20_000_001)) == {}


def test_only_so_many_files_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        (tmp_path / f"{number}").mkdir()
        (tmp_path / f"{number}" / "rss.xml").write_text(rss(f"<link>https://example.com/{number}</link>"))
    assert len(read_ids(tmp_path)) == 5
    monkeypatch.setattr(adopt, "_MOST_FILES", 3)
    assert sorted(read_ids(tmp_path)) == [f"https://example.com/{number}" for number in range(3)]


def test_a_pipe_does_not_block_and_no_link_leads_out_or_round(tmp_path: Path) -> None:
    output, elsewhere = tmp_path / "output", tmp_path / "elsewhere"
    for folder in (output, elsewhere):
        folder.mkdir()
    (elsewhere / "rss.xml").write_text(rss("<link>https://example.com/elsewhere</link>"))
    os.mkfifo(output / "atom.xml")
    (output / "feed.xml").mkdir()
    (output / "circle").symlink_to(output)
    (output / "out").symlink_to(elsewhere)
    assert list(read(output, "rss.xml", rss("<link>https://example.com/1</link>"))) == ["https://example.com/1"]
