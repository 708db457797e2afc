"""Entries are made once, wherever that is quickest, and kept for the next run as long as a feed shows them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from multiprocessing import parent_process

import pytest

from publisher.app import entries as module
from publisher.app import publishing, rendering
from publisher.app.entries import Entries
from publisher.app.publishing import PublishReport, publish_feeds
from publisher.app.reading import scan
from publisher.app.rendering import Batch, MadeEntry
from publisher.feeds.select import plan_feeds
from publisher.feeds.signature import Signer
from publisher.markup.html import render_html
from publisher.markup.place import Place
from publisher.pool import Pool
from tests.app.test_publishing import build, snapshot
from tests.site import Site


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The URLs of what is rendered in this process from now on."""
    urls: list[str] = []

    def note(markdown: str, place: Place) -> str:
        urls.append(place.article_url.rpartition("/")[2])
        return render_html(markdown, place)

    monkeypatch.setattr(rendering, "render_html", note)
    return urls


@pytest.fixture
def pool() -> Iterator[Pool]:
    made = Pool(2)
    yield made
    made.close()


def write_some(site: Site, number: int = 8) -> None:
    for each in range(number):
        site.write(f"{each}.md", f"第{each}回", date=f"2026-11-{each + 1:02}", tags=[f"札{each % 3}", "全部"])


def build_in(pool: Pool, site: Site) -> PublishReport:
    with site.open() as context:
        context.pool = pool
        return publish_feeds(context, scan(context).articles)


def rows_of(site: Site) -> set[tuple[str, str]]:
    with sqlite3.connect(site.folder / "publisher.db") as connection:
        found = connection.execute("SELECT title, format FROM renderings JOIN articles ON articles.id = article_id")
        rows = set(found)
    connection.close()
    return rows


def test_an_article_in_many_feeds_is_rendered_once(site: Site, rendered: list[str]) -> None:
    write_some(site)
    build(site)
    assert sorted(rendered) == [f"{number}" for number in range(8)]


def test_a_change_renders_what_changed_and_not_its_neighbours(site: Site, rendered: list[str]) -> None:
    write_some(site)
    build(site)
    rendered.clear()
    site.write("3.md", "第3回", date="2026-11-04", tags=["札0", "全部"], body="なおした")
    assert {path.rpartition("/")[0] for path in build(site).written} == {"", "tags/全部", "tags/札0"}
    assert rendered == ["3"]


def test_what_was_kept_gives_the_bytes_that_a_new_database_would(site: Site) -> None:
    write_some(site)
    build(site)
    site.write("9.md", "新しい", tags=["札1"])
    build(site)
    before = {name: content for name, (content, _) in snapshot(site).items()}
    for name in ("publisher.db", "publisher.db-wal", "publisher.db-shm"):
        (site.folder / name).unlink(missing_ok=True)
    for path in site.output.rglob("*.*"):
        if path.suffix in {".xml", ".json", ".opml"}:  # a page that is not known as ours would stay
            path.write_bytes(b"old")
    build(site)
    assert {name: content for name, (content, _) in snapshot(site).items()} == before


def test_a_tag_that_gets_a_feed_of_its_own_changes_the_entries_that_lead_to_it(site: Site) -> None:
    site.configure(site.config.read_text(encoding="utf-8").replace("{limit: 20}", "{limit: 20, tags: {min: 2}}"))
    site.write("a.md", "甲", tags=["猫"])
    build(site)
    assert b"/tags/" not in (site.output / "rss.xml").read_bytes()
    site.write("b.md", "乙", tags=["猫"])
    build(site)
    assert (site.output / "rss.xml").read_bytes().count(b'domain="https://note.example/tags/') == 2


def test_another_way_to_render_makes_every_entry_anew(
    site: Site, rendered: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_some(site, 3)
    build(site)
    rendered.clear()
    monkeypatch.setattr(publishing, "HTML_VERSION", "later")
    build(site)
    assert sorted(rendered) == ["0", "1", "2"]


def test_nothing_is_kept_of_what_no_feed_shows(site: Site) -> None:
    site.configure(site.config.read_text(encoding="utf-8").replace("{limit: 20}", "{limit: 2}"))
    for number in range(5):
        site.write(f"{number}.md", f"第{number}回", date=f"2026-11-{number + 1:02}")
    build(site)
    assert {title for title, _ in rows_of(site)} == {"第3回", "第4回"}
    site.write("9.md", "新しい", date="2026-11-18")
    build(site)
    assert {title for title, _ in rows_of(site)} == {"第4回", "新しい"}
    site.configure(site.config.read_text(encoding="utf-8").replace("{limit: 2}", "{limit: 2, formats: [atom]}"))
    build(site)
    assert rows_of(site) == {("第4回", "atom"), ("新しい", "atom")}


def test_much_work_goes_to_other_processes_and_gives_the_same_bytes(
    site: Site, rendered: list[str], pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_some(site, 12)
    build(site)
    before = {name: content for name, (content, _) in snapshot(site).items()}
    rendered.clear()
    monkeypatch.setattr(module, "_WORTH_PROCESSES", 1)
    monkeypatch.setattr(module, "_BATCH", 5)
    monkeypatch.setattr(module, "_UNSAVED_BYTES", 3_000)
    monkeypatch.setattr(publishing, "HTML_VERSION", "later")  # in this process alone: the others make what they made
    for path in site.output.rglob("*.*"):
        if path.is_file():
            path.unlink()
    report = build_in(pool, site)
    assert (rendered, report.failed) == ([], [])
    assert {name: content for name, (content, _) in snapshot(site).items()} == before
    assert {title for title, _ in rows_of(site)} == {f"第{number}回" for number in range(12)}


def make_entries_or_die(batch: Batch) -> list[MadeEntry]:
    """What a process of the pool does that the system kills."""
    if parent_process() is not None and any(piece.article.path == "3.md" for piece in batch.pieces):
        os._exit(1)
    return rendering.make_entries(batch)


def test_what_a_killed_process_leaves_is_made_here(site: Site, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    write_some(site, 12)
    monkeypatch.setattr(module, "_WORTH_PROCESSES", 1)
    monkeypatch.setattr(module, "_BATCH", 2)
    monkeypatch.setattr(module, "make_entries", make_entries_or_die)
    report = build_in(pool, site)
    assert (report.failed, len(report.written)) == ([], 3 * report.feeds + 3)
    assert {title for title, _ in rows_of(site)} == {f"第{number}回" for number in range(12)}


def test_a_feed_is_ready_as_soon_as_its_last_entry_is_there(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    write_some(site, 6)
    monkeypatch.setattr(module, "_WORTH_PROCESSES", 1)
    monkeypatch.setattr(module, "_BATCH", 2)
    with site.open() as context:
        context.pool = Pool(1)
        articles = scan(context).articles
        plan = plan_feeds(articles, context.config, site.clock())
        entries = Entries(context, Signer("1", category_urls=plan.category_urls), plan, {})
        order = []
        for spec in entries.ready(plan.specs):
            order.append(spec.folder)
            with monkeypatch.context() as nothing_to_make:
                nothing_to_make.setattr(module, "make_entries", None)
                assert len(entries.take(spec.articles, in_full=True)) == 3 * len(spec.articles)
        # Newest first two at a time: 5 and 4, 3 and 2, 1 and 0.
        assert order == ["tags/札2", "tags/札1", "", "tags/全部", "tags/札0"]
        entries.save()
        assert list(entries.ready(plan.specs)) == list(plan.specs)


def test_large_bodies_travel_alone(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    write_some(site, 5)
    monkeypatch.setattr(module, "_BATCH_CHARACTERS", 1)
    with site.open() as context:
        articles = scan(context).articles
        plan = plan_feeds(articles, context.config, site.clock())
        entries = Entries(context, Signer("1"), plan, {})
        batches = list(entries._batches([(article, True) for article in plan.specs[0].articles]))
    assert [len(batch.pieces) for batch in batches] == [1] * 5


def test_a_faulty_article_is_told_of_in_every_feed_that_shows_it_and_the_others_are_written(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_some(site, 3)
    build(site)
    good = snapshot(site)
    site.write("1.md", "第1回", date="2026-11-02", tags=["札1", "全部"], body="悪い字")
    site.write("2.md", "第2回", date="2026-11-03", tags=["札2", "全部"], body="よい字")
    monkeypatch.setattr(rendering, "render_html", lambda text, place: render_html(text, place).replace("悪", "\x0b"))
    report = build(site)
    folders = ("", "tags/全部/", "tags/札1/")
    expected = sorted(folder + name for folder in folders for name in ("atom.xml", "feed.json", "rss.xml"))
    assert [path for path, _ in report.failed] == expected
    assert report.failed[0][1] == "1.md has a character that XML forbids"
    now = snapshot(site)
    assert all(now[path] == good[path] for path in expected), "the last good ones stay"
    assert now["tags/札2/rss.xml"] != good["tags/札2/rss.xml"]
    assert ("第1回", "rss") in rows_of(site)
    monkeypatch.undo()
    assert set(expected) <= set(build(site).written)
