"""Feeds of several kinds from one set of entries, each within the bytes it may have."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import feedparser
import pytest

from publisher.app import rendering
from publisher.app.documents import Composed, compose
from publisher.app.entries import Entries
from publisher.app.reading import scan
from publisher.app.rendering import Batch, MadeEntry, make_entries
from publisher.feeds.select import plan_feeds
from publisher.feeds.signature import Signer
from publisher.markup.html import render_html
from publisher.markup.place import Place
from tests.app.test_publishing import build, snapshot
from tests.feeds.reading import Row, find, read_atom, read_json, read_rss
from tests.site import CONFIG, Site


def configure(site: Site, feeds: str) -> None:
    site.configure(CONFIG.replace("feeds: {limit: 20}", f"feeds: {{{feeds}}}"))


def read_all(folder: Path) -> list[list[Row]]:
    return [
        read_rss((folder / "rss.xml").read_bytes()),
        read_atom((folder / "atom.xml").read_bytes()),
        read_json((folder / "feed.json").read_bytes()),
    ]


def rows_of(site: Site) -> set[tuple[str, str]]:
    connection = sqlite3.connect(site.folder / "publisher.db")
    query = "SELECT title, format FROM renderings JOIN articles ON articles.id = article_id"
    found = set(connection.execute(query))
    connection.close()
    return found


def write_large(site: Site, number: int, size: int = 3_000) -> None:
    for each in range(1, number + 1):
        body = f"本文{each}。" + "長い話。" * (size // 12)
        site.write(f"{each}.md", f"第{each}回", date=f"2026-10-{each:02}", body=body, excerpt="短い話")


def test_one_article_stands_in_full_here_and_as_a_summary_there(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: list[str] = []

    def note(markdown: str, place: Place) -> str:
        rendered.append(place.article_url)
        return render_html(markdown, place)

    monkeypatch.setattr(rendering, "render_html", note)
    configure(site, "more: {short: {content: summary}, index.xml: {limit: 1}}")
    site.write("a.md", "題", body="**本文**です", excerpt="短い")
    assert build(site).failed == []
    for rows in read_all(site.output):
        assert "<strong>本文</strong>" in rows[0].body
    for rows in read_all(site.output / "short"):
        assert (rows[0].summary, rows[0].body) == ("短い", "")
    parsed = feedparser.parse((site.output / "index.xml").read_bytes())
    assert (parsed.version, parsed.bozo, len(parsed.entries)) == ("rss20", False, 1)
    assert rendered == ["https://note.example/articles/a"]
    formats = ("rss", "atom", "json")
    assert rows_of(site) == {("題", f"{name}{end}") for name in formats for end in ("", "-summary")}
    assert build(site).written == []


def test_a_kind_of_entry_that_no_feed_shows_any_more_is_forgotten(site: Site) -> None:
    configure(site, "content: summary, more: {whole: {content: full}}")
    site.write("a.md", "題")
    build(site)
    configure(site, "content: summary")
    report = build(site)
    assert sorted(report.removed) == ["whole/atom.xml", "whole/feed.json", "whole/rss.xml"]
    site.write("a.md", "別の題")
    build(site)
    assert {name for _, name in rows_of(site)} == {"rss-summary", "atom-summary", "json-summary"}


def test_a_format_is_written_for_the_feed_that_alone_wants_it(site: Site) -> None:
    configure(site, "formats: [atom], more: {index.xml: {}}")
    site.write("a.md", "題")
    build(site)
    assert sorted(snapshot(site)) == ["atom.xml", "feed.css", "feeds.opml", "index.xml", "subscribe.html"]
    listed = (site.output / "feeds.opml").read_text(encoding="utf-8")
    assert "https://note.example/index.xml" in listed
    assert "https://note.example/atom.xml" in listed


def test_the_oldest_lose_their_full_text_in_all_formats_alike(site: Site) -> None:
    configure(site, "limit: 6, max_bytes: 16000")
    write_large(site, 6)
    report = build(site)
    assert (report.failed, report.dropped) == ([], [])
    found = read_all(site.output)
    kinds = [[len(row.body) > 500 for row in rows] for rows in found]
    assert kinds[0] == kinds[1] == kinds[2]
    assert kinds[0] == sorted(kinds[0], reverse=True)
    assert 0 < sum(kinds[0]) < 6
    assert [[row.id for row in rows] for rows in found] == [[row.id for row in found[0]]] * 3
    assert all(path.stat().st_size <= 16_000 for path in site.output.iterdir() if path.name != "feeds.opml")
    assert build(site).written == []


def test_a_giant_is_shortened_and_its_neighbours_are_not(site: Site) -> None:
    configure(site, "max_bytes: 20000")
    write_large(site, 2)
    site.write("9.md", "長編", date="2026-11-18", body="とても長い話。" * 5_000, excerpt="長編です")
    build(site)
    for rows in read_all(site.output):
        assert [(row.title, len(row.body) > 500) for row in rows] == [
            ("長編", False),
            ("第2回", True),
            ("第1回", True),
        ]


def test_what_was_shortened_once_is_not_written_again_until_it_changes(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[tuple[str, bool]] = []

    def note(batch: Batch) -> list[MadeEntry]:
        written.extend((piece.article.title, piece.in_full) for piece in batch.pieces)
        return make_entries(batch)

    monkeypatch.setattr("publisher.app.entries.make_entries", note)
    configure(site, "limit: 6, max_bytes: 20000")
    write_large(site, 2)
    site.write("9.md", "長編", date="2026-11-18", body="とても長い話。" * 5_000, excerpt="長編です")
    build(site)
    assert written == [("長編", True), ("第2回", True), ("第1回", True), ("長編", False)]
    assert rows_of(site) >= {("長編", "rss-summary"), ("長編", "json-summary")}
    written.clear()
    write_large(site, 3)
    build(site)
    assert written == [("第3回", True)]
    assert [len(row.body) > 500 for row in read_rss((site.output / "rss.xml").read_bytes())] == [
        False,
        True,
        True,
        True,
    ]
    (site.articles / "9.md").unlink()
    build(site)
    assert "長編" not in {title for title, _ in rows_of(site)}


def test_entries_without_room_are_left_out_and_counted(site: Site) -> None:
    configure(site, "limit: 200, max_bytes: 10000")
    write_large(site, 28, 100)
    report = build(site)
    (dropped,) = report.dropped
    found = read_all(site.output)
    assert dropped == ("rss.xml", 28 - len(found[0]))
    assert [row.title for row in found[0]] == [f"第{number}回" for number in range(28, dropped[1], -1)]
    assert len({tuple(row.id for row in rows) for rows in found}) == 1
    assert "all up to date" in site.run("build").stdout
    (site.output / "rss.xml").unlink()
    note = f"note: public/rss.xml: left out the oldest {dropped[1]} articles, for which feeds.max_bytes has no room"
    assert note in site.run("build").stderr
    (site.output / "rss.xml").unlink()
    assert json.loads(site.run("build", "--json").stdout)["dropped"] == [{"file": "rss.xml", "articles": dropped[1]}]


def test_a_feed_of_summaries_has_its_limit_too(site: Site) -> None:
    configure(site, "limit: 200, max_bytes: 10000, content: summary")
    write_large(site, 28, 100)
    assert build(site).dropped
    assert (site.output / "feed.json").stat().st_size <= 10_000


def compose_complete(site: Site) -> Composed:
    """The main feed, if it said of itself that it is complete."""
    with site.open() as context:
        plan = plan_feeds(scan(context).articles, context.config, site.clock())
        entries = Entries(context, Signer("1"), plan, {})
        return compose(replace(plan.specs[0], is_complete=True), entries)


def test_a_feed_that_lost_articles_does_not_say_that_it_is_complete(site: Site) -> None:
    configure(site, "limit: 200")
    write_large(site, 28, 100)
    whole = compose_complete(site)
    assert all(b"fh:complete" in document.content for document in whole.documents if document.path != "feed.json")
    configure(site, "limit: 200, max_bytes: 10000")
    cut = compose_complete(site)
    assert cut.dropped
    assert not any(b"fh:complete" in document.content for document in cut.documents)


def test_an_archive_keeps_what_it_holds(site: Site) -> None:
    configure(site, "limit: 200, max_bytes: 10000")
    write_large(site, 28, 500)
    with site.open() as context:
        plan = plan_feeds(scan(context).articles, context.config, site.clock())
        entries = Entries(context, Signer("1"), plan, {})
        composed = compose(replace(plan.specs[0], part=1, parts=1), entries)
    assert composed.dropped == 0
    assert [document.path for document in composed.documents] == ["rss-1.xml", "atom-1.xml", "feed-1.json"]
    assert len(read_rss(composed.documents[0].content)) == 28


def test_an_episode_comes_with_the_size_of_the_file_beside_it(site: Site) -> None:
    site.write("radio/index.md", "第1話", audio={"url": "1.mp3", "duration": "1:00"}, tags=["声"])
    (site.articles / "radio" / "1.mp3").write_bytes(b"x" * 4_321)
    site.write("b.md", "声のない記事", tags=["文"])
    assert build(site).failed == []
    (enclosure,) = find((site.output / "rss.xml").read_bytes(), "//enclosure")
    assert enclosure.get("length") == "4321"
    assert enclosure.get("url").endswith("/radio/1.mp3")
    assert find((site.output / "tags" / "声" / "rss.xml").read_bytes(), "//itunes:duration/text()") == ["60"]
    assert b"itunes" not in (site.output / "tags" / "文" / "rss.xml").read_bytes()


def test_the_text_as_it_was_written_stands_in_full_feeds_alone(site: Site) -> None:
    configure(site, "markdown: true, more: {short: {content: summary}}")
    site.write("a.md", "題", body="**太字** と *斜体*")
    build(site)
    (text,) = find((site.output / "rss.xml").read_bytes(), "//source:markdown/text()")
    assert text.strip() == "**太字** と *斜体*"
    assert find((site.output / "short" / "rss.xml").read_bytes(), "//source:markdown") == []


def test_an_id_that_is_no_uri_is_the_same_uri_in_all_formats(site: Site) -> None:
    site.write("a.md", "題", id="12")
    build(site)
    for rows in read_all(site.output):
        assert [row.id for row in rows] == ["tag:note.example,2026:12"]
