"""A site moves here: its articles keep the ids that readers know."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from publisher.app.adopting import Adoption, AdoptReport, AdoptRequest, import_feed
from publisher.app.publishing import publish_feeds
from publisher.app.reading import scan
from publisher.errors import UsageError
from publisher.storage import articles as rows
from publisher.storage import imported, renderings
from tests.site import Site
from tests.webserver import Page, WebServer


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer() as server:
        yield server


def feed(*items: tuple[str, str], older: str = "", title: str = "") -> bytes:
    """A JSON feed of ids and addresses."""
    listed = [
        {"id": id_, "url": url, "title": title, "date_published": "2026-11-18T12:00:00+09:00"} for id_, url in items
    ]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": listed, "next_url": older}).encode()


def old(site: Site, *items: tuple[str, str]) -> str:
    path = site.folder / "old.json"
    path.write_bytes(feed(*items))
    return str(path)


def adopt(site: Site, source: str, **options: Any) -> AdoptReport:
    with site.open() as context:
        return import_feed(context, AdoptRequest(source, **options))


def outcomes(report: AdoptReport) -> dict[str, str]:
    return {one.item.id: one.outcome.value for one in report.items}


def build(site: Site) -> dict[str, str]:
    """Path -> id, and the feeds have them."""
    with site.open() as context:
        found = scan(context).articles
        assert publish_feeds(context, found).failed == []
    ids = {article.path: article.id for article in found}
    items = json.loads((site.output / "feed.json").read_text(encoding="utf-8"))["items"]
    assert {item["id"] for item in items} <= set(ids.values())
    return ids


def test_ids_wait_for_the_first_build(site: Site) -> None:
    site.write("a.md", "甲")
    site.write("b.md", "乙")
    source = old(site, ("5f2a", "http://www.note.example/articles/a/"), ("urn:gone", "https://note.example/x"))
    assert outcomes(adopt(site, source)) == {"5f2a": "waiting", "urn:gone": "unmatched"}
    ids = build(site)
    assert ids["a.md"] == "5f2a"
    assert ids["b.md"] != "urn:gone"
    assert outcomes(adopt(site, source)) == {"5f2a": "known", "urn:gone": "unmatched"}
    assert build(site) == ids
    with site.open() as context, context.database.read() as connection:
        assert [one.id for one in imported.load_imported(connection)] == ["urn:gone"]


def test_an_id_waits_for_an_article_that_comes_later(site: Site) -> None:
    site.write("b.md", "乙")
    adopt(site, old(site, ("urn:a", "https://note.example/articles/a")))
    build(site)
    site.write("a.md", "甲")
    assert build(site)["a.md"] == "urn:a"
    (site.articles / "a.md").unlink()
    build(site)
    site.write("a.md", "別の話", date="2026-11-01")
    assert build(site)["a.md"] != "urn:a", "readers know another article by it"


def test_an_article_that_nobody_has_seen_changes_its_id_at_once(site: Site) -> None:
    site.write("a.md", "甲")
    with site.open() as context:
        before = {article.path: article.seq for article in scan(context).articles}
    assert outcomes(adopt(site, old(site, ("urn:a", "https://note.example/articles/a")))) == {"urn:a": "adopted"}
    with site.open() as context:
        assert {article.path: article.seq for article in scan(context).articles} == before
    assert build(site)["a.md"] == "urn:a"


def test_an_article_that_stood_in_our_feeds_keeps_its_id_unless_forced(site: Site) -> None:
    site.write("a.md", "甲")
    ids = build(site)
    source = old(site, ("urn:a", "https://note.example/articles/a"))
    report = adopt(site, source)
    assert [(one.outcome, "--force" in one.reason) for one in report.items] == [(Adoption.REFUSED, True)]
    assert build(site) == ids
    assert outcomes(adopt(site, source, force=True)) == {"urn:a": "adopted"}
    with site.open() as context, context.database.read() as connection:
        assert renderings.load_keys(connection, [ids["a.md"]]) == {}
    assert build(site)["a.md"] == "urn:a"
    assert outcomes(adopt(site, source, force=True)) == {"urn:a": "known"}


def test_what_was_mailed_keeps_its_id_always(site: Site) -> None:
    site.write("a.md", "甲")
    site.run("subscribers", "add", "hanako@reader.example")
    site.run("digest", "weekly", "--since", "2026-11-01", "--send")
    report = adopt(site, old(site, ("urn:a", "https://note.example/articles/a")), force=True)
    assert [(one.outcome, one.reason) for one in report.items] == [
        (Adoption.REFUSED, "it was mailed under the id it has")
    ]


def test_an_adopted_article_is_mailed_once_like_any_other(site: Site) -> None:
    site.run("subscribers", "add", "hanako@reader.example")
    site.write("a.md", "甲")
    adopt(site, old(site, ("urn:a", "https://note.example/articles/a"), ("urn:b", "https://note.example/articles/b")))
    build(site)
    assert site.run_json("digest", "weekly")["articles"] == [], "it is history"
    site.write("b.md", "乙")
    build(site)
    (shown,) = site.run_json("digest", "weekly", "--send")["articles"]
    assert shown["id"] == "urn:b"
    assert site.run_json("digest", "weekly")["articles"] == []


def test_ids_of_front_matter_and_ids_that_others_have_stay(site: Site) -> None:
    site.write("a.md", "甲", id="own:a")
    site.write("b.md", "乙")
    source = old(site, ("urn:a", "https://note.example/articles/a"), ("own:a", "https://note.example/articles/b"))
    assert outcomes(adopt(site, source))["urn:a"] == "refused", "before the first build"
    ids = build(site)
    assert ids["a.md"] == "own:a"
    report = adopt(site, source, force=True)
    assert outcomes(report) == {"urn:a": "refused", "own:a": "refused"}
    assert "a.md has this id" in report.items[1].reason
    assert build(site) == ids


def test_a_dry_run_changes_nothing(site: Site) -> None:
    site.write("a.md", "甲")
    source = old(site, ("urn:a", "https://note.example/articles/a"))
    assert outcomes(adopt(site, source, dry_run=True)) == {"urn:a": "waiting"}
    with site.open() as context, context.database.read() as connection:
        assert imported.load_imported(connection) == []
        assert rows.load_known(connection) == []


def test_all_pages_are_read_and_the_old_domain_is_translated(site: Site, web: WebServer) -> None:
    site.write("a.md", "甲")
    site.write("b.md", "乙")
    site.write("c.md", "丙")
    web.pages["/1"] = Page(feed(("urn:a", "http://old.example/blog/a"), older=web.url("/2")))
    web.pages["/2"] = Page(feed(("urn:b", "http://old.example/blog/b"), older=web.url("/3")))
    web.pages["/3"] = Page(feed(("urn:c", "http://old.example/blog/c"), older=web.url("/1")))
    report = adopt(site, web.url("/1"), old_site="https://old.example/blog", allow_private=True)
    assert (report.pages, report.trouble) == (3, ""), "a circle ends where it began"
    assert set(outcomes(report).values()) == {"unmatched"}, "the address has /articles in it here"
    site.config.write_text(
        site.config.read_text(encoding="utf-8").replace("{path: articles}", '{path: articles, url: "/{stem}"}'),
        encoding="utf-8",
    )
    report = adopt(site, web.url("/1"), old_site="https://old.example/blog", allow_private=True)
    assert set(outcomes(report).values()) == {"waiting"}
    assert build(site) == {"a.md": "urn:a", "b.md": "urn:b", "c.md": "urn:c"}


def test_a_page_that_fails_costs_that_page(site: Site, web: WebServer) -> None:
    site.write("a.md", "甲")
    web.pages["/1"] = Page(feed(("urn:a", "https://note.example/articles/a"), older=web.url("/missing")))
    report = adopt(site, web.url("/1"), allow_private=True)
    assert outcomes(report) == {"urn:a": "waiting"}
    assert "/missing" in report.trouble
    assert "404" in report.trouble


def test_a_feed_that_cannot_be_had_changes_nothing_and_says_why(site: Site, web: WebServer, tmp_path: Path) -> None:
    web.pages["/page"] = Page(b"<html></html>")
    broken = tmp_path / "broken.xml"
    broken.write_bytes(b"<rss><channel><item>")
    for source, words in (
        (web.url("/page"), "web page"),
        (web.url("/gone"), "404"),
        (str(broken), "broke off"),
        (str(tmp_path / "none.xml"), "cannot be read"),
    ):
        with pytest.raises(UsageError, match=words):
            adopt(site, source, allow_private=True)
    with pytest.raises(UsageError, match=r"private address .*; --allow-private would allow it"):
        adopt(site, web.url("/page"))
    with pytest.raises(UsageError, match="--from"):
        adopt(site, str(broken), old_site="old.example")


def test_a_feed_without_end_ends(site: Site, web: WebServer) -> None:
    site.write("a.md", "甲")
    for number in range(1, 103):
        web.pages[f"/{number}"] = Page(feed((f"urn:{number}", ""), older=web.url(f"/{number + 1}")))
    report = adopt(site, web.url("/1"), allow_private=True)
    assert report.pages == 100
    assert "/101" in report.trouble


def test_the_command_says_what_it_did(site: Site) -> None:
    site.write("a.md", "甲")
    source = old(site, ("urn:a", "https://note.example/articles/a"), ("urn:x", "https://note.example/x"))
    said = site.run("import-feed", source, "--dry-run").stdout
    assert "Read 2 items in 1 document: 1 for the next build, 1 without an article." in said
    assert "a.md is urn:a" in said
    assert "Nothing was changed" in said
    assert [item["outcome"] for item in site.run_json("import-feed", source)["items"]] == ["waiting", "unmatched"]
    site.run("build")
    assert "1 known already" in site.run("import-feed", source).stdout
    site.run("import-feed", "none.xml", code=2)
