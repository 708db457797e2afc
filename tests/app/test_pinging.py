"""Hubs of others: a real server that records, refuses, falls silent and asks for patience."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest

from publisher.app.operating import get_status
from publisher.app.pinging import LONGEST_PAUSE, PingReport, pause_of_pings, ping_hubs
from publisher.app.publishing import publish_feeds
from publisher.app.reading import scan
from publisher.app.websubstatus import WebSubStatus
from publisher.storage import topics
from tests.site import CONFIG, Site
from tests.webserver import Handler, Page, WebServer

SITE = "https://note.example"
MAIN = [f"{SITE}/{name}" for name in ("rss.xml", "atom.xml", "feed.json")]


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer() as running:
        running.pages["/hub"] = Page(status=204)
        yield running


@pytest.fixture
def hub(site: Site, server: WebServer) -> str:
    """The address of the site's hub, which is to hear of three files."""
    address = server.url("/hub")
    configure(site, address)
    site.write("a.md", "ひとつめ")
    publish(site)
    return address


def configure(site: Site, *hubs: str, rsscloud: str = "", allow_private: bool = True) -> None:
    cloud = f", rsscloud: '{rsscloud}'" if rsscloud else ""
    private = ", allow_private: true" if allow_private else ""
    site.configure(f"{CONFIG}websub: {{hub: {list(hubs)}{cloud}{private}}}\n")


def publish(site: Site) -> None:
    with site.open() as context:
        publish_feeds(context, scan(context).articles)


def ping(site: Site, seconds: float | None = None) -> PingReport:
    with site.open() as context:
        return ping_hubs(context, seconds=seconds)


def heard(server: WebServer, path: str = "/hub", field: str = "hub.url") -> list[str]:
    """The feeds that the hub was told of, however it answered."""
    found = [parse_qs(asked.content.decode()) for asked in server.asked if asked.path == path]
    return [topic for form in found for topic in form[field]]


def status(site: Site) -> WebSubStatus:
    with site.open() as context:
        return get_status(context).websub


def test_a_hub_is_told_of_every_changed_file_once(site: Site, server: WebServer, hub: str) -> None:
    report = ping(site)
    assert (report.told, report.hubs, report.waiting, report.failing) == (3, 1, 0, [])
    assert sorted(heard(server)) == sorted(heard(server, field="hub.topic")) == sorted(MAIN)
    said = server.asked[0]
    assert (said.method, parse_qs(said.content.decode())["hub.mode"]) == ("POST", ["publish"])
    assert said.headers["content-type"] == "application/x-www-form-urlencoded"
    assert said.headers["user-agent"].endswith("(+https://note.example)")
    ping(site)
    publish(site)
    ping(site)
    assert len(server.asked) == 3
    assert hub


def test_nothing_is_said_before_the_feeds_are_written(site: Site, server: WebServer) -> None:
    configure(site, server.url("/hub"))
    assert ping(site) == PingReport()
    assert server.asked == []


def test_a_hub_in_trouble_is_asked_again_later_and_hears_everything_then(
    site: Site, server: WebServer, hub: str
) -> None:
    server.pages["/hub"] = Page(status=503)
    report = ping(site)
    problem = "has trouble of its own (HTTP status 503)"
    assert (report.told, report.waiting, report.failing) == (0, 3, [(hub, problem)])
    assert len(server.asked) == 1  # the other two would fare no better
    server.pages["/hub"] = Page(status=202)
    assert ping(site).told == 0  # not yet
    (failing,) = status(site).failing_hubs
    assert (failing.hub, failing.problem, failing.since) == (hub, problem, site.clock())
    assert failing.next_at is not None
    site.clock.now = failing.next_at
    report = ping(site)
    assert (report.told, report.waiting, report.failing) == (3, 0, [])
    assert status(site) == WebSubStatus()


def test_a_hub_put_off_by_a_clock_that_was_ahead_is_told_when_it_is_right_again(
    site: Site, server: WebServer, hub: str
) -> None:
    right = site.clock.now
    site.clock.advance(days=1000)
    site.write("b.md", "ふたつめ")
    publish(site)
    server.pages["/hub"] = Page(status=503)
    assert ping(site).waiting == 3
    site.clock.now = right
    with site.open() as context:
        assert pause_of_pings(context) == 0
    ping(site)
    site.clock.advance(days=1, minutes=1)
    assert ping(site).waiting == 2  # that one was tried for a day, by the clock that is right
    server.pages["/hub"] = Page(status=204)
    site.clock.advance(hours=12)
    assert ping(site).waiting == 0
    assert hub


def test_waits_grow_while_a_hub_stays_away_and_after_a_day_it_is_given_up(
    site: Site, server: WebServer, hub: str
) -> None:
    del server.pages["/hub"]
    server.pages["/hub"] = lambda handler: handler.connection.close()
    begun, tries = site.clock(), 0
    while status(site).pending_pings:
        ping(site)
        tries += 1
        (failing,) = status(site).failing_hubs
        assert failing.next_at is not None
        site.clock.now = failing.next_at
    hours = (site.clock() - begun).total_seconds() / 3_600
    assert 24 < hours < 29
    assert 15 < tries < 30
    assert status(site).dropped_pings == 3
    assert "HTTP" in status(site).failing_hubs[0].problem
    server.pages["/hub"] = Page(status=204)
    site.write("b.md", "ふたつめ")
    publish(site)
    assert (ping(site).told, status(site).failing_hubs) == (3, ())
    assert hub


@pytest.mark.parametrize(("code", "words"), [(429, "come less often"), (503, "trouble of its own")])
def test_a_hub_that_asks_for_patience_gets_it(site: Site, server: WebServer, hub: str, code: int, words: str) -> None:
    server.pages["/hub"] = Page(status=code, headers={"Retry-After": "5400"})
    report = ping(site)
    assert words in report.failing[0][1]
    server.pages["/hub"] = Page(status=204)
    site.clock.advance(minutes=89)
    assert ping(site).told == 0
    site.clock.advance(minutes=1)
    assert ping(site).told == 3
    assert hub


def test_a_refusal_is_final_until_the_next_change(site: Site, server: WebServer, hub: str) -> None:
    server.pages["/hub"] = Page(status=404)
    report = ping(site)
    assert (report.told, report.waiting) == (0, 0)
    assert report.failing == [(hub, "does not take it (HTTP status 404)")]
    assert len(server.asked) == 3
    assert (status(site).dropped_pings, status(site).failing_hubs[0].next_at) == (3, None)
    ping(site)
    assert len(server.asked) == 3


def test_a_moved_hub_is_not_followed_but_named(site: Site, server: WebServer, hub: str) -> None:
    server.redirect("/hub", server.url("/new"), 307)
    assert ping(site).failing == [
        (hub, f"redirects to {server.url('/new')} (HTTP status 307); write that address into the config")
    ]
    assert set(server.paths()) == {"/hub"}


def test_one_feed_that_a_hub_chokes_on_does_not_keep_it_from_the_others(
    site: Site, server: WebServer, hub: str
) -> None:
    def choke(handler: Handler) -> None:
        status = 500 if b"rss.xml" in handler.content else 204
        handler.say(f"HTTP/1.1 {status} Whatever\nContent-Length: 0\nConnection: close")

    server.pages["/hub"] = choke
    told = ping(site).told
    site.clock.advance(minutes=10)
    told += ping(site).told
    assert (told, status(site).pending_pings) == (2, 1)
    assert hub


def test_a_change_while_the_hub_is_told_is_told_as_well(site: Site, server: WebServer, hub: str) -> None:
    def change(handler: Handler) -> None:
        site.write("b.md", "ふたつめ")
        publish(site)
        server.pages["/hub"] = Page(status=204)
        handler.say("HTTP/1.1 204 Fine\nConnection: close")

    server.pages["/hub"] = change
    first = ping(site)
    assert first.waiting >= 1  # the feed that was being told of, at least
    ping(site)
    assert status(site).pending_pings == 0
    assert len(heard(server)) >= 4
    assert hub


def test_a_silent_hub_holds_up_neither_the_build_nor_other_hubs(site: Site, server: WebServer) -> None:
    other = server.url("/other")
    server.pages["/silent"] = lambda _handler: server.stopped.wait()
    server.pages["/other"] = Page(status=204)
    configure(site, server.url("/silent"), other)
    site.write("a.md", "ひとつめ")
    publish(site)
    began = time.monotonic()
    report = ping(site, seconds=6)
    assert time.monotonic() - began < 15
    assert report.told >= 1  # of three, as many as a busy machine finds time for
    assert report.told + report.waiting == 6
    ((failing, reason),) = report.failing
    assert failing == server.url("/silent")
    assert reason.startswith("no complete answer within ")


def test_what_there_was_no_time_for_waits_for_the_next_run_and_is_no_fault_of_the_hub(
    site: Site, server: WebServer, hub: str
) -> None:
    report = ping(site, seconds=1)
    assert (report.told, report.waiting, report.failing) == (0, 3, [])
    assert server.asked == []
    assert ping(site).told == 3
    assert hub


def test_hubs_in_private_networks_are_left_alone_unless_allowed(site: Site, server: WebServer) -> None:
    configure(site, server.url("/hub"), allow_private=False)
    site.write("a.md", "ひとつめ")
    publish(site)
    assert "is a private address" in ping(site).failing[0][1]
    assert server.asked == []


def test_an_rsscloud_server_is_pinged_about_rss_alone(site: Site, server: WebServer) -> None:
    server.pages["/cloud/ping"] = Page(b'<result success="true"/>')
    configure(site, rsscloud=server.url("/cloud/pleaseNotify"))
    site.write("a.md", "ひとつめ", tags=["星"])
    publish(site)
    assert ping(site).told == 1
    site.write("b.md", "ふたつめ", tags=["星"])
    publish(site)
    assert ping(site).told == 2
    feeds = [f"{SITE}/rss.xml", f"{SITE}/rss.xml", f"{SITE}/tags/%E6%98%9F/rss.xml"]
    assert heard(server, "/cloud/ping", "url") == feeds


def test_our_own_hub_is_not_pinged(site: Site) -> None:
    site.configure(f"{CONFIG}web: {{listen: 127.0.0.1:0}}\nwebsub: {{hub: self}}\n")
    site.write("a.md", "ひとつめ")
    publish(site)
    assert ping(site) == PingReport()


def test_a_stop_is_heard_between_two_requests(site: Site, server: WebServer, hub: str) -> None:
    with site.open() as context:

        def stop(handler: Handler) -> None:
            context.stop.set()
            handler.say("HTTP/1.1 204 Fine\nConnection: close")

        server.pages["/hub"] = stop
        report = ping_hubs(context)
    assert (report.told, report.waiting, len(server.asked)) == (1, 2, 1)
    assert hub


def test_two_at_once_lose_nothing(site: Site, server: WebServer, hub: str) -> None:
    """A build beside a service: a feed may be told twice, and that is harmless."""
    both = [threading.Thread(target=ping, args=(site,)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert set(heard(server)) == set(MAIN)
    assert status(site) == WebSubStatus()
    assert hub


def test_the_pause_ends_when_a_hub_may_be_asked_again(site: Site, server: WebServer, hub: str) -> None:
    with site.open() as context:
        assert pause_of_pings(context) == 0
        server.pages["/hub"] = Page(status=503, headers={"Retry-After": "70"})
        ping_hubs(context)
        assert pause_of_pings(context) == LONGEST_PAUSE
        site.clock.advance(seconds=40)
        assert 25 < pause_of_pings(context) <= 35
        with context.database.write() as connection:
            topics.forget_other_hubs(connection, [])
        assert pause_of_pings(context) == LONGEST_PAUSE
    assert hub
