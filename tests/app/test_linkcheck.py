"""Links asked of a real server on the loopback interface."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from publisher.app.linkcheck import LinkChecker, judge
from publisher.config import load_config
from tests.site import Site
from tests.webserver import Handler, Page, WebServer


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer() as running:
        yield running


def checker(site: Site, *, allow_private: bool = True) -> LinkChecker:
    return LinkChecker(load_config(site.config), allow_private=allow_private)


def test_each_page_is_asked_once_and_only_its_head_is_read(site: Site, server: WebServer) -> None:
    server.pages["/a"] = Page(b"x" * 50_000)
    server.redirect("/old", server.url("/a"))
    asked = checker(site)
    addresses = [server.url("/a"), server.url("/a#part"), server.url("/old"), "mailto:a@b.example", "relative"]
    replies = asked.ask(addresses)
    assert [reply.status for reply in replies.values()] == [200, 200, 200]
    assert replies[server.url("/a")].size == 50_000
    assert judge(replies) == []
    asked.ask(addresses)
    assert sorted(server.paths()) == ["/a", "/a", "/old"], "once by itself, once by the redirect, and no second time"


def test_dead_is_an_error_and_everything_else_a_warning(site: Site, server: WebServer) -> None:
    server.pages["/gone"] = Page(status=410)
    server.pages["/busy"] = Page(status=503)
    addresses = [server.url(path) for path in ("/never", "/gone", "/busy")] + ["http://nobody.invalid/"]
    found = {finding.quote: finding.rule for finding in judge(checker(site).ask(addresses))}
    assert [found[address] for address in addresses] == ["link-dead", "link-dead"] + ["link-unreachable"] * 2


def test_private_addresses_are_not_asked(site: Site, server: WebServer) -> None:
    (finding,) = judge(checker(site, allow_private=False).ask([server.url("/")]))
    assert finding.rule == "link-unreachable"
    assert "private address" in finding.message
    assert server.asked == []


def test_at_most_eight_are_asked_at_once(site: Site, server: WebServer) -> None:
    lock, most, now = threading.Lock(), [0], [0]
    full = threading.Event()

    def script(handler: Handler) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
            if now[0] == 8:
                full.set()
        full.wait(10)
        with lock:
            now[0] -= 1
        handler.send_response(204)
        handler.end_headers()

    for number in range(20):
        server.pages[f"/{number}"] = script
    replies = checker(site).ask([server.url(f"/{number}") for number in range(20)])
    assert {reply.status for reply in replies.values()} == {204}
    assert most[0] == 8


def test_a_mail_full_of_links_is_not_asked_to_the_end(site: Site, server: WebServer) -> None:
    server.pages["/a"] = Page(b"x")
    asked = checker(site)
    asked.ask([server.url("/a")])
    many = [f"http://127.0.0.1:1/{number}" for number in range(600)]
    assert len(asked.ask([server.url("/a"), *many])) == 500
    assert len(asked.ask(many)) == 499
