"""Feed files: written once, replaced as a whole, left alone when nothing changed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import feedparser
import pytest

from publisher.app.publishing import PublishReport, publish_feeds
from publisher.app.reading import scan
from tests.site import Site


def build(site: Site) -> PublishReport:
    with site.open() as context:
        return publish_feeds(context, scan(context).articles)


def snapshot(site: Site) -> dict[str, tuple[bytes, int]]:
    return {
        path.relative_to(site.output).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(site.output.rglob("*"))
        if path.is_file()
    }


def test_the_three_formats_lie_at_the_top_and_below_each_tag_and_category(site: Site) -> None:
    site.write("a.md", "題", tags=["AI", "CI/CD"], category="技術")
    report = build(site)
    folders = ["", "categories/技術/", "tags/AI/", "tags/CI%2FCD/"]
    names = {folder + name for folder in folders for name in ("rss.xml", "atom.xml", "feed.json")}
    assert set(snapshot(site)) == names | {"feeds.opml", "subscribe.html", "feed.css"}
    assert report.feeds == 4
    assert report.failed == []


def test_all_formats_hold_the_same_articles_with_absolute_links(site: Site) -> None:
    site.write("a.md", "甲 & 乙", body="![絵](img/a.png) と [次](/next)", image="https://img.example/x.png?a=1&b=2")
    site.write("b.md", "新しい方", date="2026-11-19")
    build(site)
    rss = feedparser.parse((site.output / "rss.xml").read_bytes())
    atom = feedparser.parse((site.output / "atom.xml").read_bytes())
    items = json.loads((site.output / "feed.json").read_text(encoding="utf-8"))["items"]
    assert not rss.bozo
    assert not atom.bozo
    assert [entry.title for entry in rss.entries] == ["新しい方", "甲 & 乙"]
    assert [entry.id for entry in rss.entries] == [entry.id for entry in atom.entries] == [item["id"] for item in items]
    assert "https://note.example/articles/img/a.png" in items[1]["content_html"]
    assert 'href="https://note.example/next"' in items[1]["content_html"]


def test_a_second_build_changes_no_byte_and_no_mtime(site: Site) -> None:
    site.write("a.md", "題", tags=["猫", "犬"])
    build(site)
    before = snapshot(site)
    site.clock.advance(days=3)
    report = build(site)
    assert report.written == []
    assert snapshot(site) == before


def test_a_build_from_an_empty_database_gives_the_same_bytes(site: Site) -> None:
    for number in range(5):
        site.write(f"{number}.md", f"記事{number}", tags=["猫", f"札{number}"], date="2026-11-18")
    build(site)
    before = snapshot(site)
    for name in ("publisher.db", "publisher.db-wal", "publisher.db-shm"):
        (site.folder / name).unlink(missing_ok=True)
    build(site)
    assert snapshot(site) == before, "an unchanged file keeps its mtime even when nobody remembers writing it"


def test_one_change_rewrites_only_the_feeds_that_hold_it(site: Site) -> None:
    site.write("a.md", "甲", tags=["猫"])
    site.write("b.md", "乙", tags=["犬"])
    build(site)
    site.write("b.md", "乙", tags=["犬"], body="なおした")
    report = build(site)
    assert {path.rpartition("/")[0] for path in report.written} == {"", "tags/犬"}


def test_a_feed_that_was_damaged_or_deleted_is_written_again(site: Site) -> None:
    site.write("a.md", "題")
    build(site)
    before = {name: content for name, (content, _) in snapshot(site).items()}
    (site.output / "rss.xml").write_text("half a fi", encoding="utf-8")
    (site.output / "atom.xml").unlink()
    assert sorted(build(site).written) == ["atom.xml", "rss.xml"]
    assert {name: content for name, (content, _) in snapshot(site).items()} == before


def test_drafts_future_articles_and_feed_false_stay_out(site: Site) -> None:
    site.write("a.md", "公開")
    site.write("b.md", "下書き", draft=True)
    site.write("c.md", "未来", date="2026-12-24")
    site.write("d.md", "フィードなし", feed=False)
    build(site)
    rss = feedparser.parse((site.output / "rss.xml").read_bytes())
    assert [entry.title for entry in rss.entries] == ["公開"]
    site.clock.now = site.clock.now.replace(month=12, day=25)
    build(site)
    rss = feedparser.parse((site.output / "rss.xml").read_bytes())
    assert [entry.title for entry in rss.entries] == ["未来", "公開"]


def test_the_feeds_of_a_tag_nobody_uses_any_more_are_removed(site: Site) -> None:
    site.write("a.md", "題", tags=["猫", "犬"])
    build(site)
    site.write("a.md", "題", tags=["犬"])
    report = build(site)
    assert sorted(report.removed) == [f"tags/猫/{name}" for name in ("atom.xml", "feed.json", "rss.xml")]
    assert not (site.output / "tags" / "猫").exists()


def test_a_file_of_somebody_else_in_the_output_folder_is_never_touched(site: Site) -> None:
    site.write("a.md", "題", tags=["猫"])
    build(site)
    own = site.output / "tags" / "猫" / "index.html"
    own.write_text("mine", encoding="utf-8")
    replaced = site.output / "tags" / "猫" / "rss.xml"
    replaced.write_text("mine too", encoding="utf-8")
    site.write("a.md", "題")
    build(site)
    assert own.read_text(encoding="utf-8") == "mine"
    assert replaced.read_text(encoding="utf-8") == "mine too"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere, so a closed folder proves nothing")
def test_a_folder_that_cannot_be_written_is_reported_for_users(site: Site) -> None:
    site.write("a.md", "題")
    build(site)
    site.output.chmod(0o500)
    site.write("a.md", "題", body="変更")
    try:
        assert {path for path, _ in build(site).failed} >= {"rss.xml"}
    finally:
        site.output.chmod(0o700)


def test_a_feed_that_cannot_be_replaced_is_reported_and_the_last_good_ones_stay(site: Site) -> None:
    site.write("a.md", "題")
    build(site)
    (site.output / "rss.xml").unlink()
    (site.output / "rss.xml").mkdir()
    good = (site.output / "atom.xml").read_bytes()
    report = build(site)
    assert [path for path, _ in report.failed] == ["rss.xml"]
    assert "cannot be written" in report.failed[0][1]
    assert (site.output / "atom.xml").read_bytes() == good
    (site.output / "rss.xml").rmdir()
    assert build(site).written == ["rss.xml"]


def test_names_that_differ_only_in_case_or_width_share_a_feed(site: Site) -> None:
    site.write("a.md", "古い", tags=["AI"], date="2026-11-01")
    site.write("b.md", "新しい", tags=["ＡＩ"], date="2026-11-02")
    build(site)
    assert [path.name for path in (site.output / "tags").iterdir()] == ["AI"]
    entries = feedparser.parse((site.output / "tags" / "AI" / "rss.xml").read_bytes()).entries
    assert [entry.title for entry in entries] == ["新しい", "古い"]


def test_an_empty_folder_gives_an_empty_valid_feed(site: Site) -> None:
    build(site)
    rss = feedparser.parse((site.output / "rss.xml").read_bytes())
    assert not rss.bozo
    assert rss.feed.title == "試験ノート"
    assert rss.entries == []


def test_summary_feeds_hold_no_body(site: Site) -> None:
    site.configure(
        site.config.read_text(encoding="utf-8").replace("{limit: 20}", "{content: summary, formats: [atom]}")
    )
    site.write("a.md", "題", excerpt="要約です", body="本文の秘密")
    build(site)
    text = (site.output / "atom.xml").read_text(encoding="utf-8")
    assert "要約です" in text
    assert "本文の秘密" not in text
    assert not Path(site.output / "rss.xml").exists()


def test_a_withdrawn_feed_goes_even_when_a_checkout_has_changed_its_time(site: Site) -> None:
    site.write("a.md", "題", tags=["猫"])
    build(site)
    stale = site.output / "tags" / "猫" / "rss.xml"
    os.utime(stale, (1, 1))
    site.write("a.md", "題")
    build(site)
    assert not stale.exists()
