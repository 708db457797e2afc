"""Archives and tombstones of a real folder: what stands in the files after each build."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from typing import Any

import pytest

from publisher.app.planning import plan_documents
from publisher.app.publishing import PublishReport, publish_feeds
from publisher.app.reading import scan
from publisher.model.feed import FeedSpec
from publisher.storage.articles import set_fact
from publisher.storage.schema import renderings as table
from tests.site import CONFIG, Site


@pytest.fixture
def archived(site: Site) -> Site:
    site.configure(CONFIG.replace("feeds: {limit: 20}", "feeds: {limit: 2, archive: {size: 3}}"))
    return site


def build(site: Site) -> PublishReport:
    with site.open() as context:
        return publish_feeds(context, scan(context).articles)


def plan(site: Site) -> dict[tuple[str, int], FeedSpec]:
    with site.open() as context:
        return {(spec.folder, spec.part): spec for spec in plan_documents(context, scan(context).articles).specs}


def titles(site: Site, name: str) -> list[str]:
    return [item["title"] for item in json.loads((site.output / name).read_text(encoding="utf-8"))["items"]]


def write(site: Site, *numbers: int, **front: Any) -> None:
    for number in numbers:
        site.write(f"{number}.md", f"第{number}号", date=f"2026-11-{number:02}", **front)


def test_archives_are_written_beside_the_feed_and_read_back(archived: Site) -> None:
    write(archived, *range(1, 8))
    report = build(archived)
    assert report.failed == []
    assert report.feeds == 1, "archives are parts of their feed"
    assert titles(archived, "feed.json") == ["第7号", "第6号"]
    assert titles(archived, "feed-1.json") == ["第3号", "第2号", "第1号"]
    assert titles(archived, "feed-2.json") == ["第6号", "第5号", "第4号"]
    assert not (archived.output / "rss-3.xml").exists()
    assert (archived.output / "rss-2.xml").exists()
    assert b"rss-2.xml" not in (archived.output / "feeds.opml").read_bytes()
    assert build(archived).written == []


def test_what_no_archive_holds_yet_stays_in_the_feed_whatever_room_there_is(site: Site) -> None:
    site.configure(CONFIG.replace("feeds: {limit: 20}", "feeds: {limit: 2, max_bytes: 10000, archive: {size: 40}}"))
    write(site, *range(1, 20), body="湯" * 400, summary="湯加減" * 60)
    report = build(site)
    assert len(titles(site, "feed.json")) == 19
    assert report.dropped == []
    assert report.shortened == [("rss.xml", 19)]


def test_the_ids_of_feeds_stay_when_the_site_moves_and_when_the_database_is_lost(archived: Site) -> None:
    write(archived, *range(1, 8))
    build(archived)
    before = {key: spec.id for key, spec in plan(archived).items()}
    archived.configure(archived.config.read_text(encoding="utf-8").replace("note.example", "moved.example"))
    build(archived)
    assert {key: spec.id for key, spec in plan(archived).items()} == before
    assert titles(archived, "feed-1.json") == ["第3号", "第2号", "第1号"], "places in archives are known by these ids"
    for name in ("publisher.db", "publisher.db-wal", "publisher.db-shm"):
        (archived.folder / name).unlink(missing_ok=True)
    assert {key: spec.id for key, spec in plan(archived).items()} == before


def test_a_build_clears_up_what_a_killed_one_left(site: Site) -> None:
    write(site, 1)
    build(site)
    gone = subprocess.Popen(["true"])
    gone.wait()
    orphan, stranger = site.output / f".publisher-{gone.pid}-abc.tmp", site.output / ".publisher.tmp"
    orphan.write_bytes(b"half")
    stranger.write_bytes(b"somebody else's")
    with site.open() as context, context.database.write() as connection:
        set_fact(connection, "feeds are being written", "yes")
    (site.output / "subscribe.html").unlink()
    assert build(site).written == ["subscribe.html"], "a page alone does not end what was begun"
    write(site, 2)
    build(site)
    assert not orphan.exists()
    assert stranger.exists()


def test_entries_of_archives_are_kept(archived: Site) -> None:
    write(archived, *range(1, 8))
    build(archived)
    with archived.open() as context, context.database.write() as connection:
        for row in connection.execute(table.select()).all():  # whoever makes them anew loses the mark
            is_row = (table.c.article_id == row.article_id) & (table.c.format == row.format)
            connection.execute(table.update().where(is_row).values(content=row.content + b"\t"))
    archived.write("2.md", "第2号 改", date="2026-11-02")
    build(archived)
    assert (archived.output / "feed-1.json").read_bytes().count(b"\t") == 2


def test_an_edit_rewrites_the_archive_that_holds_it_and_no_other(archived: Site) -> None:
    write(archived, *range(1, 8))
    build(archived)
    archived.write("2.md", "第2号 改", date="2026-11-02")
    assert sorted(build(archived).written) == ["atom-1.xml", "feed-1.json", "rss-1.xml"]
    assert titles(archived, "feed-1.json") == ["第3号", "第2号 改", "第1号"]


def test_one_that_goes_leaves_its_place_empty_and_comes_back_to_it(archived: Site) -> None:
    write(archived, *range(1, 8))
    build(archived)
    text = (archived.articles / "2.md").read_text(encoding="utf-8")
    (archived.articles / "2.md").unlink()
    write(archived, 5, draft=True)
    build(archived)
    assert titles(archived, "feed-1.json") == ["第3号", "第1号"]
    assert titles(archived, "feed-2.json") == ["第6号", "第4号"]
    archived.write_raw("2.md", text)
    write(archived, 8, 9)
    build(archived)
    assert titles(archived, "feed-1.json") == ["第3号", "第2号", "第1号"]
    assert titles(archived, "feed-3.json") == ["第9号", "第8号", "第7号"]


def test_without_the_section_the_documents_go_and_the_places_are_kept(archived: Site) -> None:
    write(archived, *range(1, 5))
    build(archived)
    with_archives = archived.config.read_text(encoding="utf-8")
    archived.configure(CONFIG)
    assert build(archived).removed == ["atom-1.xml", "feed-1.json", "rss-1.xml"]
    write(archived, 28)  # not due yet
    archived.write("0.md", "第0号", date="2026-10-01")
    archived.configure(with_archives)
    build(archived)
    assert titles(archived, "feed-1.json") == ["第3号", "第2号", "第1号"]


def test_all_feeds_have_archives_when_asked_and_the_size_is_that_of_the_feed(site: Site) -> None:
    site.configure(CONFIG.replace("feeds: {limit: 20}", "feeds: {limit: 2, archive: {of: all}}"))
    write(site, *range(1, 5), tags=["猫"])
    write(site, 5)
    build(site)
    assert titles(site, "tags/猫/feed-2.json") == ["第4号", "第3号"]
    assert titles(site, "feed-1.json") == ["第2号", "第1号"]


def test_a_small_feed_says_that_it_is_complete(site: Site) -> None:
    write(site, 1, 2)
    assert plan(site)["", 0].is_complete


# ---------------------------------------------------------------------------------------------------- tombstones


def stones(site: Site, folder: str = "") -> list[str]:
    return [stone.id for stone in plan(site)[folder, 0].deleted]


def ids(site: Site) -> dict[str, str]:
    with site.open() as context:
        return {article.path: article.id for article in scan(context).articles}


def test_what_was_deleted_or_withdrawn_is_named_for_a_while(site: Site) -> None:
    write(site, 1, 2, 3, 4, tags=["猫"])
    build(site)
    known = ids(site)
    site.clock.advance(days=1)
    (site.articles / "1.md").unlink()
    write(site, 2, draft=True, tags=["猫"])
    write(site, 3, expires="2026-11-20", tags=["猫"])
    assert stones(site) == sorted([known["1.md"], known["2.md"], known["3.md"]])
    assert stones(site, "tags/猫") == stones(site)
    when = plan(site)["", 0].deleted[0].when
    assert (when, when.isoformat()[-6:]) == (datetime(2026, 11, 20, 3, tzinfo=UTC), "+09:00")
    site.clock.advance(days=29)
    assert len(stones(site)) == 3
    site.clock.advance(days=1)
    assert stones(site) == []


def test_a_tombstone_goes_when_the_article_is_back(site: Site) -> None:
    write(site, 1, 2)
    build(site)
    write(site, 1, draft=True)
    assert stones(site) == [ids(site)["1.md"]]
    write(site, 1)
    assert stones(site) == []


def test_what_moves_falls_out_or_cannot_be_read_is_not_deleted(site: Site) -> None:
    site.configure(CONFIG.replace("limit: 20", "limit: 2"))
    write(site, 1, 2)
    build(site)
    write(site, 3)
    (site.articles / "2.md").rename(site.articles / "二.md")
    assert stones(site) == []
    site.write_raw("1.md", "---\ntitle: [\n---\n")
    assert stones(site) == []
    (site.articles / "1.md").unlink()
    assert len(stones(site)) == 1, "it had fallen out of the feed, and readers may have it all the same"


def test_what_no_feed_has_shown_has_no_tombstone(site: Site) -> None:
    write(site, 1)
    write(site, 2, draft=True)
    write(site, 3, feed=False)
    build(site)
    for number in (2, 3):
        (site.articles / f"{number}.md").unlink()
    assert stones(site) == []


def test_there_are_none_when_nobody_wants_them(site: Site) -> None:
    site.configure(CONFIG.replace("limit: 20", "tombstones: 0"))
    write(site, 1, 2)
    build(site)
    (site.articles / "1.md").unlink()
    assert stones(site) == []
    site.configure(CONFIG)
    assert len(stones(site)) == 1, "but it was noticed"


def test_another_article_at_the_same_path_is_another_one(site: Site) -> None:
    write(site, 1, 2)
    build(site)
    old = ids(site)["1.md"]
    (site.articles / "1.md").unlink()
    build(site)
    site.write("1.md", "まったく別の話", date="2026-11-10")
    assert stones(site) == [old]
    assert ids(site)["1.md"] != old
