"""Never a bad feed: the last good one stays, and what is wrong is remembered and said until it is put right."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.app.checking import check
from publisher.app.faults import foresee_faults
from publisher.app.operating import get_status
from publisher.app.publishing import PublishReport, publish_feeds
from publisher.app.reading import scan
from publisher.config import load_config
from publisher.storage.faults import FeedFault
from tests.site import START, Site

PICTURE = "https://note.example/b.png"
NO_HOST = "http:///"  # front matter cannot say so; a database that somebody has been at can
REASON = "'http:///' is not an absolute URL (in b.md)"


def build(site: Site) -> PublishReport:
    with site.open() as context:
        return publish_feeds(context, scan(context).articles)


def faults(site: Site) -> list[FeedFault]:
    with site.open() as context:
        return get_status(context).feed_faults


def files(site: Site) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in site.output.rglob("*") if path.is_file()}


@pytest.fixture
def broken(site: Site) -> Site:
    """Two articles in good feeds, and then a picture that no feed can hold for one of them."""
    site.write("a.md", "よい記事", tags=["猫"])
    site.write("b.md", "わるくなる記事", tags=["犬"], image=PICTURE)
    build(site)
    with closing(sqlite3.connect(site.folder / "publisher.db")) as connection, connection:
        connection.execute("UPDATE articles SET data = replace(data, ?, ?)", (PICTURE, NO_HOST))
    return site


def test_a_bad_article_keeps_the_last_good_files_byte_for_byte(broken: Site) -> None:
    good = files(broken)
    report = build(broken)
    failed = dict(report.failed)
    assert set(failed) == {
        f"{folder}{name}" for folder in ("", "tags/犬/") for name in ("rss.xml", "atom.xml", "feed.json")
    }
    assert failed["tags/犬/atom.xml"] == REASON
    assert files(broken) == good


def test_a_fault_is_remembered_with_its_first_moment(broken: Site) -> None:
    build(broken)
    broken.clock.advance(hours=5)
    build(broken)
    found = faults(broken)
    assert len(found) == 6
    assert {fault.since for fault in found} == {START}
    assert FeedFault("rss.xml", REASON, START) in found


def test_a_fault_is_over_when_its_file_is_written_again(broken: Site) -> None:
    build(broken)
    broken.write("b.md", "なおった記事", tags=["犬"])
    assert build(broken).failed == []
    assert faults(broken) == []
    assert "なおった記事" in (broken.output / "rss.xml").read_text(encoding="utf-8")


def test_a_fault_is_over_when_the_article_is_as_it_was_and_nothing_needs_to_be_written(broken: Site) -> None:
    build(broken)
    broken.write("b.md", "わるくなる記事", tags=["犬"])
    assert build(broken).failed == []
    assert faults(broken) == []


def test_a_fault_is_over_when_its_feed_is_not_wanted_any_more(broken: Site) -> None:
    build(broken)
    (broken.articles / "b.md").unlink()
    assert build(broken).failed == []
    assert faults(broken) == []
    assert not (broken.output / "tags" / "犬").exists()


def test_a_file_that_cannot_be_written_is_remembered_too(site: Site) -> None:
    (site.output / "rss.xml").mkdir(parents=True)
    build(site)
    assert [fault.path for fault in faults(site)] == ["rss.xml"]
    assert "cannot be written" in faults(site)[0].reason


def test_check_foresees_what_a_build_would_refuse(broken: Site) -> None:
    config = load_config(broken.config, {})
    assert check(config, START).problems == [], "the file itself is in order"
    with broken.open() as context:
        articles = scan(context).articles
    found = [str(problem) for problem in foresee_faults(config, articles, START)]
    assert found == [f"articles/b.md: {REASON}"], "nothing is remembered before a build has tried"


def test_check_foresees_nothing_for_articles_that_no_feed_shows(broken: Site) -> None:
    with broken.open() as context:
        article = next(article for article in scan(context).articles if article.path == "b.md")
    hidden = [replace(article, draft=True), replace(article, in_feeds=False), replace(article, expires=START)]
    assert list(foresee_faults(load_config(broken.config, {}), hidden, START)) == []


def test_the_commands_say_so_and_exit_1_until_it_is_put_right(broken: Site) -> None:
    assert REASON in broken.run("build", code=1).stderr
    assert REASON in broken.run("build", code=1).stderr, "nothing changed, and it still is not in order"
    said = broken.run("check", code=1).stderr
    assert f"public/rss.xml: {REASON}; the last good file stays (since " in said
    status = broken.run("status").stdout
    assert "6 could not be replaced" in status
    assert f": {REASON}" in status
    listed = broken.run_json("status")["feed_faults"]
    assert {fault["file"] for fault in listed} >= {"rss.xml", "tags/犬/feed.json"}
    assert set(listed[0]) == {"file", "reason", "since"}
    broken.write("b.md", "なおった記事", tags=["犬"])
    assert "public/rss.xml" in broken.run("check", code=1).stderr, "the file itself is still the old one"
    broken.run("build")
    assert broken.run("check").stderr.count("public/") == 0
    assert broken.run_json("status")["feed_faults"] == []
