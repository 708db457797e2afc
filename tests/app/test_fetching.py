"""Feeds as sources: a real server, a real database, a clock that stands still."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from publisher.app.checking import check
from publisher.app.fetching import fetch_feeds, save_arrivals
from publisher.app.issuing import plan_digest
from publisher.app.publishing import publish_feeds
from publisher.app.reading import ScanReport, scan
from publisher.config import load_config
from publisher.issues.select import Request
from publisher.storage.fetches import Fetch, load_fetches
from tests.site import CONFIG, START, Site
from tests.webserver import Handler, Page, WebServer

ARTICLES = "articles: {path: articles}"


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer() as running:
        yield running


def item(guid: str, title: str = "", date: str = "Wed, 18 Nov 2026 09:00:00 +0900", body: str = "本文") -> str:
    return (
        f'<item><guid isPermaLink="false">{guid}</guid><title>{title or guid}</title><link>/news/{guid}</link>'
        f"<pubDate>{date}</pubDate><description><![CDATA[<p>{body}</p>]]></description></item>"
    )


def rss(*items: str) -> bytes:
    channel = "<title>みせ</title><link>https://shop.example/</link>" + "".join(items)
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{channel}</channel></rss>'.encode()


def configure(site: Site, *feeds: str, folder: bool = True) -> None:
    sources = ["  - {path: articles}"] if folder else []
    sources += [f'  - {{feed: "{feed}", allow_private: true}}' for feed in feeds]
    site.configure(CONFIG.replace(ARTICLES, "articles:\n" + "\n".join(sources)))


def scan_site(site: Site) -> ScanReport:
    with site.open() as context:
        return scan(context)


def titles(report: ScanReport) -> list[str]:
    return sorted(article.title for article in report.articles)


def state_of(site: Site, source: str) -> Fetch:
    with site.open() as context, context.database.read() as connection:
        return load_fetches(connection)[source]


def problems(report: ScanReport) -> list[str]:
    return [str(problem) for problem in report.problems]


@pytest.fixture
def feed(site: Site, server: WebServer) -> str:
    """The address of a feed with one item, which the site is configured to read."""
    address = server.url("/feed")
    server.pages["/feed"] = Page(rss(item("1", "ひとつめ")), headers={"ETag": '"1"'})
    configure(site, address)
    return address


# ---------------------------------------------------------------------------------------------------- items


def test_items_become_articles_beside_those_of_the_folder(site: Site, feed: str) -> None:
    site.write("a.md", "ファイルの記事")
    report = scan_site(site)
    assert titles(report) == ["ひとつめ", "ファイルの記事"]
    assert (report.asked, report.fetched, report.problems, report.notes) == (1, 1, (), ())
    article = next(article for article in report.articles if article.source == feed)
    assert article.path == f"{feed}#1"
    assert article.url == "https://shop.example/news/1"
    assert article.published == datetime.fromisoformat("2026-11-18T09:00:00+09:00")
    assert article.id.startswith("tag:note.example,2026:")


def test_their_bodies_stand_in_our_feeds(site: Site, feed: str, server: WebServer) -> None:
    server.pages["/feed"] = Page(rss(item("1", body='<img src="a.png" onerror="x()"><script>x()</script>')))
    with site.open() as context:
        publish_feeds(context, scan(context).articles)
    written = (site.output / "feed.json").read_text(encoding="utf-8")
    assert "https://shop.example/news/a.png" in written
    assert "x()" not in written
    assert feed not in written


def test_an_item_that_left_the_window_stays(site: Site, feed: str, server: WebServer) -> None:
    scan_site(site)
    server.pages["/feed"] = Page(rss(item("2", "ふたつめ")))
    site.clock.advance(hours=1)
    report = scan_site(site)
    assert titles(report) == ["ひとつめ", "ふたつめ"]
    assert [article.title for article in report.first_seen] == ["ふたつめ"]
    assert feed


def test_an_edited_item_is_the_same_article(site: Site, feed: str, server: WebServer) -> None:
    before = scan_site(site).articles[0]
    changed = item("1", "別の題", "Thu, 19 Nov 2026 08:00:00 +0900", "別の本文").replace("/news/1", "/moved/1")
    server.pages["/feed"] = Page(rss(changed))
    site.clock.advance(hours=1)
    report = scan_site(site)
    (after,) = report.articles
    assert (after.title, after.url) == ("別の題", "https://shop.example/moved/1")
    assert (after.id, after.seq, after.seen_at) == (before.id, before.seq, before.seen_at)
    assert report.first_seen == ()
    assert feed


def test_an_item_without_a_date_has_that_of_its_first_sight_for_ever(site: Site, feed: str, server: WebServer) -> None:
    server.pages["/feed"] = Page(rss(item("1", date="")))
    assert scan_site(site).articles[0].published == START
    server.pages["/feed"] = Page(rss(item("1", "なおした題", date="")))
    site.clock.advance(days=1)
    (after,) = scan_site(site).articles
    assert (after.title, after.published, after.updated) == ("なおした題", START, START)
    assert feed


def test_nothing_changes_when_nothing_changed(site: Site, feed: str, server: WebServer) -> None:
    server.pages["/feed"] = Page(rss(item("1"), item("2", date="")))  # no validators: it comes whole each time
    first = scan_site(site)
    site.clock.advance(hours=1)
    second = scan_site(site)
    assert len(server.asked) == 2
    assert (second.articles, second.fetched, second.first_seen) == (first.articles, 0, ())
    assert feed


def test_a_feed_that_is_taken_out_takes_its_articles_along_and_brings_them_back(site: Site, feed: str) -> None:
    before = scan_site(site).articles
    site.configure()
    assert scan_site(site).articles == ()
    configure(site, feed)
    assert scan_site(site).articles == before


def test_many_items_of_a_feed_taken_out_are_no_disk_that_is_missing(site: Site, feed: str, server: WebServer) -> None:
    server.pages["/feed"] = Page(rss(*(item(str(number)) for number in range(20))))
    assert len(scan_site(site).articles) == 20
    site.configure()
    assert scan_site(site).articles == ()
    assert feed


def test_a_feed_under_a_new_address_has_the_same_articles(site: Site, feed: str, server: WebServer) -> None:
    before = scan_site(site).articles[0]
    server.pages["/new"] = server.pages["/feed"]
    configure(site, server.url("/new"))
    report = scan_site(site)
    assert [(article.id, article.seq) for article in report.articles] == [(before.id, before.seq)]
    assert (report.first_seen, feed != report.articles[0].source) == ((), True)


def test_other_reading_rules_read_every_item_again_though_nothing_changed(site: Site, feed: str) -> None:
    before = scan_site(site).articles[0]
    text = site.config.read_text(encoding="utf-8")
    site.configure(text.replace("timezone: Asia/Tokyo", "timezone: Europe/Berlin"))
    (after,) = scan_site(site).articles
    assert (before.published.isoformat(), after.published.isoformat()) == (
        "2026-11-18T09:00:00+09:00",
        "2026-11-18T01:00:00+01:00",
    )
    assert after.id == before.id
    assert feed


# ---------------------------------------------------------------------------------------------------- two sources


def test_an_item_of_two_feeds_belongs_to_the_first(site: Site, server: WebServer) -> None:
    shared = item("tag:shop.example,2026:1", "みんなの記事")
    server.pages["/a"] = Page(rss(shared), headers={"ETag": "1"})
    server.pages["/b"] = Page(rss(shared, item("2")), headers={"ETag": "1"})
    a, b = server.url("/a"), server.url("/b")
    configure(site, a, b)
    report = scan_site(site)
    assert {article.title: article.source for article in report.articles} == {"みんなの記事": a, "2": b}
    words = "the source that comes first keeps what both have"
    notes = [f"{b}: an item is in another source already ({a}#tag:shop.example,2026:1); {words}"]
    assert [str(note) for note in report.notes] == notes
    site.clock.advance(hours=1)
    assert [str(note) for note in scan_site(site).notes] == notes, "though nothing was new"
    assert report.problems == ()
    (shared_id,) = [article.id for article in report.articles if article.source == a]
    assert shared_id == "tag:shop.example,2026:1"
    configure(site, b, a)
    report = scan_site(site)
    assert {(article.id, article.source) for article in report.articles if article.title != "2"} == {(shared_id, b)}
    configure(site, a)
    assert [(article.id, article.source) for article in scan_site(site).articles] == [(shared_id, a)]


def test_a_page_in_the_folder_and_in_a_feed_is_the_file(site: Site, feed: str, server: WebServer) -> None:
    site.write("a.md", "ファイル")
    own = item("9").replace("/news/9", "https://note.example/articles/a")
    server.pages["/feed"] = Page(rss(own))
    report = scan_site(site)
    assert titles(report) == ["ファイル"]
    assert [str(note).partition(";")[0] for note in report.notes] == [
        f"{feed}: an item is in another source already (a.md)"
    ]


def test_a_file_for_a_page_that_an_item_has_is_told_so(site: Site, feed: str, server: WebServer) -> None:
    server.pages["/feed"] = Page(rss(item("9").replace("/news/9", "https://note.example/articles/a")))
    scan_site(site)
    site.write("a.md", "あとからのファイル")
    report = scan_site(site)
    assert titles(report) == ["9"]
    assert f"slug: has the same address as {feed}#9" in problems(report)[0]


def test_items_that_all_link_to_one_page_are_articles_of_their_own(site: Site, feed: str, server: WebServer) -> None:
    server.pages["/feed"] = Page(rss(item("1").replace("/news/1", "/"), item("2").replace("/news/2", "/")))
    assert titles(scan_site(site)) == ["1", "2"]
    assert feed


def test_feeds_are_taken_in_the_order_of_the_config_however_late_they_answer(site: Site, server: WebServer) -> None:
    content = rss(item("tag:shop.example,2026:1"))

    def late(handler: Handler) -> None:
        server.stopped.wait(0.3)
        handler.say(f"HTTP/1.1 200 OK\nContent-Length: {len(content)}", content)

    server.pages["/late"], server.pages["/soon"] = late, Page(content)
    configure(site, server.url("/late"), server.url("/soon"))
    assert [article.source for article in scan_site(site).articles] == [server.url("/late")]


# ---------------------------------------------------------------------------------------------------- history


def test_what_a_feed_holds_when_it_is_added_is_history(site: Site, server: WebServer) -> None:
    site.write("a.md", "前からある")
    scan_site(site)
    server.pages["/feed"] = Page(rss(item("1"), item("2", date="Fri, 20 Nov 2026 09:00:00 +0900")))
    configure(site, server.url("/feed"))
    site.write("b.md", "新しいファイル")
    with site.open() as context:
        report = scan(context)
        plan = plan_digest(context, "weekly", Request(), report.articles)
        by_hand = plan_digest(context, "weekly", Request(since=START - timedelta(days=7)), report.articles)
    assert [article.title for article in plan.selection.articles] == ["新しいファイル"]
    assert {article.title for article in by_hand.selection.articles} == {"1", "前からある", "新しいファイル"}
    server.pages["/feed"] = Page(rss(item("3"), item("1")))
    site.clock.advance(days=2)
    with site.open() as context:
        plan = plan_digest(context, "weekly", Request(), scan(context).articles)
    assert {article.title for article in plan.selection.articles} == {"2", "3", "新しいファイル"}


# ---------------------------------------------------------------------------------------------------- politeness


def test_a_feed_is_not_asked_before_its_interval(site: Site, feed: str, server: WebServer) -> None:
    for minutes, times in [(0, 1), (29, 1), (1, 2)]:
        site.clock.advance(minutes=minutes)
        scan_site(site)
        assert len(server.asked) == times
    assert state_of(site, feed).next_at == site.clock.now + timedelta(minutes=30)


def test_the_second_time_it_is_asked_for_news_only(site: Site, feed: str, server: WebServer) -> None:
    headers = {"ETag": '"\xe9"', "Last-Modified": "yesterday, by my clock"}
    server.pages["/feed"] = Page(rss(item("1")), headers=headers)
    before = scan_site(site).articles
    site.clock.advance(hours=1)
    after = scan_site(site)
    asked = server.asked[1].headers
    assert (asked["if-none-match"], asked["if-modified-since"]) == ('"\xe9"', "yesterday, by my clock")
    assert asked["user-agent"].startswith("publisher/")
    assert "(+https://note.example)" in asked["user-agent"]
    assert (after.articles, after.problems) == (before, ())
    assert state_of(site, feed).fetched_at == site.clock.now


def test_a_validator_without_end_is_not_sent_back(site: Site, feed: str, server: WebServer) -> None:
    server.pages["/feed"] = Page(rss(item("1")), headers={"ETag": "x" * 5000, "Last-Modified": "today"})
    scan_site(site)
    assert (state_of(site, feed).etag, state_of(site, feed).last_modified) == (None, "today")


def test_a_304_keeps_the_validators_that_it_does_not_repeat(site: Site, feed: str, server: WebServer) -> None:
    scan_site(site)
    server.pages["/feed"] = lambda handler: handler.say("HTTP/1.1 304 Not Modified\nLast-Modified: now")
    site.clock.advance(hours=1)
    scan_site(site)
    assert (state_of(site, feed).etag, state_of(site, feed).last_modified) == ('"1"', "now")


@pytest.mark.parametrize(
    ("headers", "status", "minutes"),
    [
        ({"Cache-Control": "max-age=7200"}, 200, 120),
        ({"Cache-Control": "max-age=9999999"}, 200, 24 * 60),
        ({"Retry-After": "7200"}, 503, 120),
        ({"Retry-After": "7200"}, 429, 120),
        ({}, 500, 30),
    ],
)
def test_a_server_may_ask_for_more(
    site: Site, feed: str, server: WebServer, headers: dict[str, str], status: int, minutes: int
) -> None:
    server.pages["/feed"] = Page(rss(item("1")), status, headers)
    scan_site(site)
    assert state_of(site, feed).next_at == START + timedelta(minutes=minutes)


# ---------------------------------------------------------------------------------------------------- trouble


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (Page(b"", 404), "is not there (HTTP status 404)"),
        (Page(b"", 401), "wants a login (HTTP status 401)"),
        (Page(b"", 500), "has trouble of its own (HTTP status 500)"),
        (Page(b"", 304), "gives no feed (HTTP status 304)"),
        (Page(b""), "is empty"),
        (Page(b"<html><body>please log in</body></html>"), "is a web page and no feed"),
        (Page(rss(item("2"), item("3"))[:-60]), "broke off: its </rss> is missing"),
        (Page(b'{"items": [{"id": "2"}'), "is not complete JSON"),
    ],
)
def test_what_fails_leaves_all_as_it_is_and_is_told_until_it_is_well(
    site: Site, feed: str, server: WebServer, page: Page, words: str
) -> None:
    good = server.pages["/feed"] = Page(rss(item("1", "ひとつめ")))
    before = scan_site(site).articles
    server.pages["/feed"] = page
    site.clock.advance(hours=1)
    failed = scan_site(site)
    assert (failed.articles, failed.first_seen) == (before, ())
    assert problems(failed)[0].startswith(f"{feed}: {words}")
    assert len(failed.problems) == 1
    assert problems(scan_site(site)) == problems(failed), "it is told though nobody was asked"
    server.pages["/feed"] = good
    site.clock.advance(hours=1)
    well = scan_site(site)
    assert (well.articles, well.problems, well.first_seen) == (before, (), ())


def test_failures_are_asked_less_and_less_often(site: Site, feed: str, server: WebServer) -> None:
    server.pages["/feed"] = Page(status=500)
    pauses = []
    for _ in range(8):
        scan_site(site)
        next_at = state_of(site, feed).next_at
        assert next_at is not None
        pauses.append((next_at - site.clock.now) / timedelta(hours=1))
        site.clock.now = next_at
    assert pauses == [0.5, 1, 2, 4, 8, 16, 24, 24]


def test_a_feed_that_is_gone_is_not_asked_again_and_keeps_its_articles(
    site: Site, feed: str, server: WebServer
) -> None:
    before = scan_site(site).articles
    server.pages["/feed"] = Page(status=410)
    for _ in range(3):
        site.clock.advance(days=1)
        report = scan_site(site)
        assert report.articles == before
        assert "is gone for good (410)" in problems(report)[0]
    assert len(server.asked) == 2
    site.configure()
    scan_site(site)
    configure(site, feed)
    scan_site(site)
    assert len(server.asked) == 3, "whoever is put in again starts anew"


def test_a_permanent_redirect_is_remembered_and_a_passing_one_is_not(site: Site, feed: str, server: WebServer) -> None:
    server.pages["/new"] = server.pages["/feed"]
    for status, asked in [(302, ["/feed", "/new", "/feed", "/new"]), (301, ["/feed", "/new", "/new"])]:
        server.asked.clear()
        server.redirect("/feed", "/new", status)
        for _ in range(2):
            scan_site(site)
            site.clock.advance(hours=1)
        assert server.paths() == asked
    assert state_of(site, feed).url == server.url("/new")
    assert scan_site(site).articles[0].source == feed


def test_a_redirect_that_was_wrong_is_forgotten(site: Site, feed: str, server: WebServer) -> None:
    good = server.pages["/feed"]
    server.pages["/new"] = good
    server.redirect("/feed", "/new")
    before = scan_site(site).articles
    server.pages["/feed"] = good
    del server.pages["/new"]
    site.clock.advance(hours=1)
    scan_site(site)
    site.clock.advance(hours=1)
    report = scan_site(site)
    assert (report.articles, report.problems) == (before, ())
    assert state_of(site, feed).url == feed


def test_a_redirect_to_a_page_of_another_kind_is_not_remembered(site: Site, feed: str, server: WebServer) -> None:
    server.pages["/login"] = Page(b"<html>log in</html>")
    server.redirect("/feed", "/login")
    assert "is a web page" in problems(scan_site(site))[0]
    assert state_of(site, feed).url == feed


def test_private_addresses_are_refused_unless_allowed(site: Site, feed: str, server: WebServer) -> None:
    site.configure(site.config.read_text(encoding="utf-8").replace(", allow_private: true", ""))
    report = scan_site(site)
    assert "is a private address (127.0.0.1); allow_private: true would allow it" in problems(report)[0]
    assert server.asked == []
    assert feed


def test_one_feed_that_fails_costs_the_others_nothing(site: Site, server: WebServer) -> None:
    site.write("a.md", "ファイル")
    server.pages["/b"] = Page(rss(item("1")))
    configure(site, server.url("/a"), server.url("/b"), "http://nobody.invalid/feed")
    report = scan_site(site)
    assert titles(report) == ["1", "ファイル"]
    assert len(report.problems) == 2


def test_a_password_is_in_no_message_and_no_path(site: Site, server: WebServer) -> None:
    server.pages["/feed"] = Page(rss(item("1")))
    secret = server.url("/feed", "me:geheim@127.0.0.1")
    configure(site, secret, server.url("/none", "me:geheim@127.0.0.1"))
    report = scan_site(site)
    assert server.asked[0].headers["authorization"].startswith("Basic ")
    assert "geheim" not in str([problems(report), [(article.path, article.url) for article in report.articles]])


def test_what_another_process_fetched_meanwhile_is_not_overwritten(site: Site, feed: str, server: WebServer) -> None:
    with site.open() as slow:
        stale = fetch_feeds(slow)
        server.pages["/feed"] = Page(rss(item("1", "新しい題")))
        site.clock.advance(minutes=1)
        scan_site(site)
        with slow.database.write() as connection:
            assert save_arrivals(connection, slow.config, stale, START) == 0
    assert titles(scan_site(site)) == ["新しい題"]
    assert feed


# ---------------------------------------------------------------------------------------------------- check, commands


def test_check_asks_every_feed_and_changes_nothing(site: Site, feed: str, server: WebServer) -> None:
    configure(site, feed, server.url("/gone"), server.url("/broken"))
    server.pages["/gone"] = Page(status=410)
    server.pages["/broken"] = Page(b"<rss>")
    site.write("a.md", "ファイル")
    report = check(load_config(site.config), START)
    assert report.articles == 2
    assert [str(problem).partition(": ")[2].partition(";")[0] for problem in report.problems] == [
        "is gone for good (410)",
        "broke off: its </rss> is missing",
    ]
    assert not (site.folder / "publisher.db").exists()


def test_check_says_what_two_sources_share(site: Site, feed: str, server: WebServer) -> None:
    site.write("a.md", "ファイル")
    server.pages["/feed"] = Page(rss(item("9").replace("/news/9", "https://note.example/articles/a"), item("1")))
    report = check(load_config(site.config), START)
    assert (report.articles, report.problems) == (2, [])
    assert [note.partition(";")[0] for note in report.notes if feed in note] == [
        f"{feed}: an item is in another source already (a.md)"
    ]


def test_a_site_of_a_folder_and_a_feed_is_built_and_mailed_twice_the_same(site: Site, feed: str) -> None:
    site.write("a.md", "ファイルの記事")
    site.run("subscribers", "add", "a@reader.example")
    first = site.run("build")
    assert first.stdout.startswith("Fetched 1 feed: 1 item new or changed.\nRead 1 changed file of 1: 2 articles.\n")
    built = {path: path.read_bytes() for path in sorted(site.output.rglob("*.*"))}
    digest = site.run("digest", "weekly", "--since", "2026-11-01", "--send")
    assert "ひとつめ" in digest.stdout
    assert "ファイルの記事" in digest.stdout
    again = site.run("build")
    assert "all up to date" in again.stdout
    assert "Fetched" not in again.stdout
    assert {path: path.read_bytes() for path in sorted(site.output.rglob("*.*"))} == built
    assert "Nothing to show" in site.run("digest", "weekly", "--since", "2026-11-01", "--send").stdout
    assert len(site.mails()) == 1
    assert feed


def test_a_site_of_a_feed_alone(site: Site, feed: str) -> None:
    configure(site, feed, folder=False)
    site.articles.rmdir()
    assert site.run_json("build")["fetched"] == 1
    assert "ひとつめ" in (site.output / "feed.json").read_text(encoding="utf-8")
    assert "all in order" in site.run("check").stdout
    assert Path(site.folder / "publisher.db").exists()


def test_a_site_without_feeds_loads_nothing_for_them(site: Site) -> None:
    code = (
        "import sys; sys.argv = ['publisher', 'build']\n"
        "from publisher.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "assert not {'httpx', 'feedparser'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=site.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_build_succeeds_and_a_check_fails_when_a_feed_cannot_be_had(site: Site, feed: str, server: WebServer) -> None:
    server.pages.clear()
    assert f"{feed}: is not there (HTTP status 404)" in site.run("build").stderr
    assert f"{feed}: is not there (HTTP status 404)" in site.run("check", code=1).stderr
