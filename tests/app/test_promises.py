"""What readers are promised over the years, looked at in the files themselves: ids, dates, and nothing twice."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from lxml import etree

from publisher.app.publishing import publish_feeds
from publisher.app.reading import scan
from tests.site import CONFIG, Site

ATOM = "{http://www.w3.org/2005/Atom}"
TEXT = "むかしむかし、湯守がいました。毎朝いちばんに湯の温度をはかり、帳面に書きつけていました。"


def build(site: Site) -> None:
    with site.open() as context:
        assert publish_feeds(context, scan(context).articles).failed == []


def items(site: Site) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((site.output / "feed.json").read_text(encoding="utf-8"))["items"]
    return found


def ids(site: Site) -> list[str]:
    """Of all three formats, which agree."""
    rss = etree.parse(site.output / "rss.xml").getroot()
    atom = etree.parse(site.output / "atom.xml").getroot()
    found = [item["id"] for item in items(site)]
    assert [node.text for node in rss.iter("guid")] == found
    assert [entry.findtext(f"{ATOM}id") for entry in atom.iter(f"{ATOM}entry")] == found
    return found


def test_an_edit_keeps_the_id_whatever_is_edited(site: Site) -> None:
    site.write("a.md", "題", body=TEXT)
    build(site)
    before = ids(site)
    site.write("a.md", "まったく別の題", body="別の文章", date="2026-11-17", slug="another", tags=["新"])
    build(site)
    assert ids(site) == before
    assert items(site)[0]["title"] == "まったく別の題"


def test_a_renamed_file_keeps_its_id_under_its_new_address(site: Site) -> None:
    path = site.write("a.md", "題", body=TEXT)
    site.write("b.md", "べつの題")
    build(site)
    before = ids(site)
    path.rename(path.with_name("z.md"))
    build(site)
    assert ids(site) == before
    assert {item["url"] for item in items(site)} == {f"https://note.example/articles/{stem}" for stem in "bz"}


def test_a_site_that_moves_to_another_domain_announces_nothing_anew(site: Site) -> None:
    for name in "abc":
        site.write(f"{name}.md", f"題{name}", tags=["猫"])
    build(site)
    before = ids(site)
    site.configure(CONFIG.replace("https://note.example\n", "https://moved.example\n", 1))
    build(site)
    assert ids(site) == before
    assert all(item["url"].startswith("https://moved.example/") for item in items(site))


def test_a_lost_database_changes_no_id(site: Site) -> None:
    path = site.write("a.md", "題", body=TEXT)
    build(site)
    path.rename(path.with_name("z.md"))
    build(site)
    before = ids(site)
    for name in ("publisher.db", "publisher.db-wal", "publisher.db-shm"):
        (site.folder / name).unlink(missing_ok=True)
    build(site)
    assert ids(site) == before, "they are in the feeds"


def test_one_letter_put_right_is_no_update_and_reaches_readers_all_the_same(site: Site) -> None:
    site.write("a.md", "題", body=TEXT)
    build(site)
    before = items(site)[0]
    site.clock.advance(days=2)
    site.write("a.md", "題", body=TEXT.replace("温度", "温渡"))
    build(site)
    after = items(site)[0]
    assert after["date_modified"] == before["date_modified"]
    assert "温渡" in after["content_html"]


def test_an_update_that_the_author_names_moves_the_date_in_every_format(site: Site) -> None:
    site.write("a.md", "題", body=TEXT, date="2026-11-10")
    build(site)
    site.write("a.md", "題", body=TEXT + "\n\nつづき。", date="2026-11-10", updated="2026-11-18T09:00:00+09:00")
    build(site)
    assert items(site)[0]["date_modified"] == "2026-11-18T09:00:00+09:00"
    assert items(site)[0]["date_published"] == "2026-11-10T00:00:00+09:00"
    entry = etree.parse(site.output / "atom.xml").getroot().find(f"{ATOM}entry")
    item = etree.parse(site.output / "rss.xml").getroot().find("channel/item")
    assert entry is not None
    assert item is not None
    assert entry.findtext(f"{ATOM}updated") == item.findtext(f"{ATOM}updated") == "2026-11-18T09:00:00+09:00"


def test_the_clock_alone_changes_no_byte(site: Site) -> None:
    site.write("a.md", "題", tags=["猫"], body=TEXT)
    build(site)
    before = {path: path.read_bytes() for path in site.output.rglob("*") if path.is_file()}
    site.clock.now += timedelta(days=400)
    build(site)
    assert {path: path.read_bytes() for path in site.output.rglob("*") if path.is_file()} == before
