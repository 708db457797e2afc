"""The page for people and the stylesheet in a real browser: they fit, can be read, and keep their own policy."""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from publisher.app.publishing import publish_feeds
from publisher.app.reading import scan
from publisher.feeds.select import STYLESHEET
from tests.browser import launch_browser
from tests.npm import node_modules
from tests.site import CONFIG, Site

AXE = "axe-core@4.14.1"
WIDTHS = (320, 375, 600, 1200)
LOOKS = [("light", 1200), ("dark", 1200), ("light", 320), ("dark", 320)]
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
VIOLATIONS = """
async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
  .map(found => `${found.id}: ${found.nodes.map(node => node.html).join(" ")}`)
"""
# What a person sees of a feed: elements that are shown, by name.
SHOWN = """
() => [...document.querySelectorAll("*")].filter(element => getComputedStyle(element).display !== "none"
  && element.getClientRects().length).map(element => element.localName)
"""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class Handler(SimpleHTTPRequestHandler):
    extensions_map = {  # noqa: RUF012 - the name and kind are the standard library's
        ".html": "text/html; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".xml": "application/xml",
    }

    def do_GET(self) -> None:
        """A feed names its stylesheet by the address of the site, which is somewhere else; here it is a local one."""
        if not self.path.endswith(".xml"):
            super().do_GET()
            return
        content = Path(self.translate_path(self.path)).read_bytes()
        declaration, _, root = re.sub(rb"<\?xml-stylesheet[^>]*>\s*", b"", content).partition(b"\n")
        link = f'<?xml-stylesheet type="text/css" href="/{STYLESHEET}"?>'.encode()
        content = b"\n".join((declaration, link, root))
        self.send_response(200)
        self.send_header("Content-Type", "application/xml")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        pass


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launch_browser() as found:
        yield found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Japanese site whose names are as long and as many as names get."""
    site = Site(tmp_path_factory.mktemp("site"))
    site.configure(CONFIG.replace("title: 試験ノート\n", "title: とても長い名前の試験ノートとその周辺の話題\n", 1))
    names = [
        "とても長い名前のタグがつくこともある" * 2,
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk",
        "🎉",
        "C#",
    ]
    site.write("a.md", "題 & <印>", tags=[*names, *(f"札{number}" for number in range(40))], category="技術")
    site.write("b.md", "二つめ", excerpt="要約 & <印>", body="**本文**です", date="2026-11-17")
    with site.open() as context:
        publish_feeds(context, scan(context).articles)
    made = Server(("127.0.0.1", 0), functools.partial(Handler, directory=str(site.output)))
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def open_page(browser: Browser, address: str, *, width: int = 1200, scheme: Any = "light") -> Page:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(address)
    return page


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_screen(browser: Browser, server: Server, width: int) -> None:
    page = open_page(browser, server.url + "subscribe.html", width=width)
    page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")
    assert page.evaluate(OVERFLOW) <= 0
    page.close()


def test_the_page_asks_for_nothing_and_its_style_is_allowed(browser: Browser, server: Server) -> None:
    page = browser.new_page(color_scheme="light")
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(server.url + "subscribe.html")
    assert [url for url in asked if not url.endswith("favicon.ico")] == [server.url + "subscribe.html"]
    assert [text for text in said if "Content Security Policy" in text] == []
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(242, 240, 235)"
    page.close()


def test_one_click_selects_the_whole_address(browser: Browser, server: Server) -> None:
    page = open_page(browser, server.url + "subscribe.html")
    page.click(".address")
    assert page.evaluate("getSelection().toString().trim()") == "https://note.example/rss.xml"
    page.close()


def test_many_tags_are_folded_away_until_somebody_asks(browser: Browser, server: Server) -> None:
    page = open_page(browser, server.url + "subscribe.html")
    assert not page.locator("text=札39").is_visible()
    assert page.locator("text=技術").first.is_visible()
    page.click("summary:has-text('タグ別')")
    assert page.locator("text=札39").is_visible()
    page.close()


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_everybody_can_use_the_page(browser: Browser, server: Server, scheme: str, width: int) -> None:
    """axe-core finds nothing: contrast, names, order of headings, what a keyboard reaches."""
    axe = node_modules(AXE) / "axe-core" / "axe.min.js"
    page = open_page(browser, server.url + "subscribe.html", width=width, scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")
    page.evaluate(axe.read_text(encoding="utf-8"))
    assert page.evaluate(VIOLATIONS) == []
    page.close()


@pytest.mark.parametrize("width", [320, 900])
@pytest.mark.parametrize("name", ["rss.xml", "atom.xml"])
def test_a_feed_in_a_browser_shows_what_people_read(browser: Browser, server: Server, name: str, width: int) -> None:
    page = open_page(browser, server.url + name, width=width)
    shown = page.evaluate(SHOWN)
    assert shown.count("title") == 3
    assert not {"encoded", "content", "guid", "id", "author", "category", "generator"} & set(shown)
    assert shown.count("description") + shown.count("summary") + shown.count("subtitle") >= 2
    assert page.evaluate(OVERFLOW) <= 0
    page.close()
