"""What readers of others make of every document: each sees the same feed, whatever the format it reads.

feedparser and `reader` are Python's most used, atoma the strictest; rss-parser and feedsmith are Node's.
"""

from __future__ import annotations

import calendar
import json
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import atoma
import feedparser
import pytest
from reader import Reader, make_reader

from tests.feeds.everything import Everything
from tests.npm import node_modules, run_node

ENDINGS = ("rss.xml", "atom.xml", "feed.json")
RSS_PARSER, FEEDSMITH = "rss-parser@3.13.0", "feedsmith@3.0.1"


@dataclass(frozen=True)
class Seen:
    """A feed as a reader sees it; `items` are id, address, title and second of publication."""

    title: str
    home: str
    items: tuple[tuple[str, str, str, int], ...]


def expected(everything: Everything, name: str) -> Seen:
    """As the JSON feed beside it says in plain words."""
    feed = json.loads(everything.read(f"{name.rpartition('/')[0]}/feed.json".lstrip("/")))
    items = (
        (item["id"], item["url"], item["title"], int(datetime.fromisoformat(item["date_published"]).timestamp()))
        for item in feed["items"]
    )
    return Seen(feed["title"], feed["home_page_url"], tuple(items))


def seconds(moment: datetime | None) -> int:
    assert moment is not None
    assert moment.tzinfo is not None
    return int(moment.timestamp())


# ------------------------------------------------------------------------------------------------ feedparser


@pytest.mark.parametrize("ending", ["rss.xml", "atom.xml"])
def test_feedparser_sees_the_feed_without_a_complaint(everything: Everything, ending: str) -> None:
    for name in everything.names(ending):
        parsed = feedparser.parse(everything.read(name))
        assert not parsed.bozo, f"{name}: {parsed.get('bozo_exception')}"
        assert parsed.version == {"rss.xml": "rss20", "atom.xml": "atom10"}[ending]
        items = (
            (entry.id, entry.link, entry.title, calendar.timegm(entry.published_parsed)) for entry in parsed.entries
        )
        seen = Seen(parsed.feed.title, parsed.feed.link, tuple(items))
        # In Atom a title is text to be shown as it stands, and feedparser makes HTML of it.
        assert unescape_titles(seen) == unescape_titles(expected(everything, name)), name


def unescape_titles(seen: Seen) -> Seen:
    items = ((id_, url, title.replace("&lt;", "<").replace("&amp;", "&"), at) for id_, url, title, at in seen.items)
    return Seen(seen.title.replace("&amp;", "&"), seen.home, tuple(items))


def test_feedparser_finds_the_same_text_in_both_formats(everything: Everything) -> None:
    rss, atom = (feedparser.parse(everything.read(name), sanitize_html=False) for name in ("rss.xml", "atom.xml"))
    for one, other in zip(rss.entries, atom.entries, strict=True):
        assert [part.value for part in one.get("content", [])] == [part.value for part in other.get("content", [])]
        assert one.get("summary") == other.get("summary") or "content" not in one
        assert [author.name for author in one.authors][:1] == [author.name for author in other.authors][:1]
        assert {tag.term for tag in one.get("tags", [])} == {tag.term for tag in other.get("tags", [])}


# ------------------------------------------------------------------------------------------------ reader


@pytest.fixture(scope="module")
def library(everything: Everything) -> Iterator[Reader]:
    """A `reader` that has subscribed to every document."""
    import feedparser_sgmllib  # noqa: PLC0415 - see below

    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        # It ships a feedparser of its own, which wants sgmllib under the name it had in Python 2.
        patch.setitem(sys.modules, "sgmllib", feedparser_sgmllib)
        with make_reader(":memory:", feed_root=str(everything.folder)) as made:
            for name in (name for ending in ENDINGS for name in everything.names(ending)):
                made.add_feed(name)
            made.update_feeds()
            yield made


@pytest.mark.parametrize("ending", ENDINGS)
def test_reader_sees_the_feed(everything: Everything, library: Reader, ending: str) -> None:
    for name in everything.names(ending):
        feed = library.get_feed(name)
        assert feed.last_exception is None, f"{name}: {feed.last_exception}"
        entries = list(library.get_entries(feed=name))
        items = {(entry.id, entry.link, entry.title, seconds(entry.published)) for entry in entries}
        wanted = expected(everything, name)
        assert (feed.title, feed.link) == (wanted.title, wanted.home), name
        assert items == set(wanted.items), name
        assert all(entry.content or entry.title == "本文のない記事" for entry in entries)


def test_reader_counts_nothing_as_new_or_changed_the_next_time(everything: Everything, library: Reader) -> None:
    before = {(entry.feed_url, entry.id): entry.last_updated for entry in library.get_entries()}
    for result in library.update_feeds_iter():
        assert result.error is None
        assert result.updated_feed is None or (result.updated_feed.new, result.updated_feed.modified) == (0, 0)
    assert {(entry.feed_url, entry.id): entry.last_updated for entry in library.get_entries()} == before
    assert len(before) > len(everything.items())


# ------------------------------------------------------------------------------------------------ atoma


def test_atoma_sees_the_feed(everything: Everything) -> None:
    for name in everything.names("rss.xml"):
        rss = atoma.parse_rss_bytes(everything.read(name))
        items = ((item.guid, item.link, item.title, seconds(item.pub_date)) for item in rss.items)
        assert Seen(str(rss.title), str(rss.link), tuple(items)) == expected(everything, name)
    for name in everything.names("atom.xml"):
        atom = atoma.parse_atom_bytes(everything.read(name))
        rows = ((entry.id_, alternate(entry), entry.title.value, seconds(entry.published)) for entry in atom.entries)
        assert Seen(atom.title.value, alternate(atom), tuple(rows)) == expected(everything, name)
    for name in everything.names("feed.json"):
        feed = atoma.parse_json_feed_file(str(everything.folder / name))
        rows = ((item.id_, item.url, item.title, seconds(item.date_published)) for item in feed.items)
        assert Seen(feed.title, feed.home_page_url, tuple(rows)) == expected(everything, name)


def alternate(node: Any) -> str:
    found: list[str] = [link.href for link in node.links if link.rel == "alternate"]
    assert len(found) == 1
    return found[0]


# ------------------------------------------------------------------------------------------------ Node

# Each prints {name: Seen} for the files that follow the folder.
FRAME = """
import { readFileSync } from "node:fs";
const [folder, ...names] = process.argv.slice(2);
const second = text => Math.floor(Date.parse(text) / 1000);
const seen = {};
for (const name of names) seen[name] = await look(readFileSync(`${folder}/${name}`, "utf8"));
console.log(JSON.stringify(seen));
"""
LOOK_RSS_PARSER = """
import Parser from "rss-parser";
const parser = new Parser();
async function look(text) {
  const feed = await parser.parseString(text);
  const items = feed.items.map(item => [item.guid ?? item.id, item.link, item.title, second(item.isoDate)]);
  return {title: feed.title, home: feed.link, self: feed.feedUrl, items};
}
"""
LOOK_FEEDSMITH = """
import { parseFeed } from "feedsmith";
const page = links => links.find(link => link.rel === "alternate").href;
async function look(text) {
  const {format, feed} = parseFeed(text);
  if (format === "rss") return {title: feed.title, home: feed.link,
    items: feed.items.map(item => [item.guid.value, item.link, item.title, second(item.pubDate)])};
  if (format === "atom") return {title: feed.title.value ?? feed.title, home: page(feed.links),
    items: feed.entries.map(entry => [entry.id, page(entry.links), entry.title.value ?? entry.title,
      second(entry.published)])};
  return {title: feed.title, home: feed.home_page_url,
    items: feed.items.map(item => [item.id, item.url, item.title, second(item.date_published)])};
}
"""
LOOK_OPML = """
import { readFileSync } from "node:fs";
import { parseOpml } from "feedsmith";
console.log(JSON.stringify(parseOpml(readFileSync(`${process.argv[2]}/feeds.opml`, "utf8"))));
"""


def as_seen(found: dict[str, Any]) -> Seen:
    return Seen(found["title"], found["home"], tuple((id_, url, title, at) for id_, url, title, at in found["items"]))


@pytest.mark.parametrize(
    ("look", "endings"), [(LOOK_RSS_PARSER, ENDINGS[:2]), (LOOK_FEEDSMITH, ENDINGS)], ids=["rss-parser", "feedsmith"]
)
def test_readers_in_node_see_the_feed(everything: Everything, look: str, endings: tuple[str, ...]) -> None:
    names = [name for ending in endings for name in everything.names(ending)]
    found = run_node(look + FRAME, node_modules(RSS_PARSER, FEEDSMITH), str(everything.folder), *names)
    assert list(found) == names
    for name, seen in found.items():
        assert as_seen(seen) == expected(everything, name), name


def test_a_reader_in_node_imports_the_list_of_all_feeds(everything: Everything) -> None:
    listed = run_node(LOOK_OPML, node_modules(RSS_PARSER, FEEDSMITH), str(everything.folder))
    outlines = listed["body"]["outlines"]
    assert listed["head"]["title"] == "試験ノート & 友"
    assert [outline["text"] for outline in outlines] == ["試験ノート & 友", "カテゴリー別", "タグ別"]
    addresses = [outlines[0]["xmlUrl"], *(feed["xmlUrl"] for group in outlines[1:] for feed in group["outlines"])]
    assert len(addresses) == len(set(addresses)) == len(everything.names("rss.xml"))
