"""Sizes of pictures: from files, and from a real server on the loopback interface, which may be slow or lie."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.app.context import Context
from publisher.app.issuing import create_due_issues
from publisher.app.letters import render
from publisher.app.people import add_subscriber
from publisher.app.pictures import PictureReader, load_facts
from publisher.app.reading import scan
from publisher.model.issue import Selection
from publisher.model.picture import Picture
from publisher.storage.pictures import KnownPicture, save_pictures
from tests.pictures import make_picture, make_upright
from tests.site import CONFIG, Site
from tests.webserver import Handler, Page, WebServer

PRIVATE = CONFIG + "mail: {images: {allow_private: true}}\n"
PNG = make_picture("PNG", 800, 600)
UNKNOWN = Picture("", 0, 0)


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer() as running:
        yield running


@pytest.fixture
def site(site: Site) -> Site:
    site.configure(PRIVATE)
    return site


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def read(context: Context, *urls: str, wait: float = 10) -> list[Picture]:
    found = PictureReader(context, scan(context).articles, wait)(urls)
    return [found[url] for url in urls]


def known(context: Context, url: str) -> KnownPicture:
    return load_facts(context, [url])[url]


# ------------------------------------------------------------------------------------------------ files


def test_files_are_found_where_readers_find_them(site: Site) -> None:
    site.write("trip/index.md", "旅", image="cover.jpg")
    write(site.articles / "trip" / "cover.jpg", make_upright(900, 700))
    write(site.output / "images" / "a b.png", make_picture("PNG", 10, 20))
    write(site.folder / "static" / "s.gif", make_picture("GIF", 30, 40))
    write(site.folder / "assets" / "r.png", make_picture("PNG", 50, 60))
    with site.open() as context:
        (article,) = scan(context).articles
        assert article.image is not None
        found = read(
            context,
            article.image.url,
            "https://note.example/images/a%20b.png?v=2#x",
            "https://note.example/s.gif",
            "https://note.example/assets/r.png",
        )
    assert [(one.kind, one.width, one.height) for one in found] == [
        ("jpg", 700, 900),
        ("png", 10, 20),
        ("gif", 30, 40),
        ("png", 50, 60),
    ]


def test_an_address_leads_out_of_no_folder(site: Site) -> None:
    site.configure(CONFIG + "mail: {images: {measure: false}}\n")
    write(site.folder.parent / "out.png", PNG)
    addresses = [f"https://note.example/{path}" for path in ("../out.png", "%2e%2e/out.png", "a/%00", "x" * 1900, "")]
    with site.open() as context:
        assert read(context, *addresses) == [UNKNOWN] * len(addresses)


def test_without_measure_no_server_is_asked(site: Site, server: WebServer) -> None:
    site.configure(CONFIG + "mail: {images: {measure: false, allow_private: true}}\n")
    server.pages["/a.png"] = Page(PNG)
    with site.open() as context:
        assert read(context, server.url("/a.png")) == [UNKNOWN]
    assert server.asked == []


# ------------------------------------------------------------------------------------------------ servers


def test_a_server_is_asked_for_the_first_bytes_and_once_in_a_month(site: Site, server: WebServer) -> None:
    server.pages["/a.png"] = Page(PNG + bytes(500_000))
    url = server.url("/a.png")
    with site.open() as context:
        assert read(context, url) == [Picture("png", 800, 600)]
        assert read(context, url) == [Picture("png", 800, 600)]
        assert known(context, url).size == len(PNG) + 500_000
        assert len(server.asked) == 1
        assert server.asked[0].headers["range"] == "bytes=0-262143"
        site.clock.advance(days=31)
        read(context, url)
    assert len(server.asked) == 2


def test_an_answer_in_part_says_how_large_the_file_is(site: Site, server: WebServer) -> None:
    headers = {"Content-Range": f"bytes 0-{len(PNG) - 1}/7654321"}
    server.pages["/a.png"] = Page(PNG, status=206, headers=headers)
    with site.open() as context:
        assert read(context, server.url("/a.png")) == [Picture("png", 800, 600)]
        assert known(context, server.url("/a.png")).size == 7654321


def test_what_is_no_picture_is_remembered_for_an_hour(site: Site, server: WebServer) -> None:
    server.pages["/page.png"] = Page(b"<!DOCTYPE html><html>")
    url, gone = server.url("/page.png"), server.url("/gone.png")
    with site.open() as context:
        assert read(context, url, gone) == [UNKNOWN, UNKNOWN]
        assert known(context, url).problem == "is no picture of a known format and size"
        assert known(context, gone).problem == "is not to be had (HTTP status 404)"
        server.pages["/page.png"] = Page(PNG)
        assert read(context, url) == [UNKNOWN]
        site.clock.advance(hours=1)
        assert read(context, url) == [Picture("png", 800, 600)]


def test_a_server_that_is_down_does_not_make_its_pictures_unknown(site: Site, server: WebServer) -> None:
    server.pages["/a.png"] = Page(PNG)
    url = server.url("/a.png")
    with site.open() as context:
        read(context, url)
        server.pages["/a.png"] = Page(status=503)
        site.clock.advance(days=40)
        assert read(context, url) == [Picture("png", 800, 600)]
        assert known(context, url).problem == "is not to be had (HTTP status 503)"


def test_private_addresses_are_not_asked(site: Site, server: WebServer) -> None:
    site.configure(CONFIG)
    server.pages["/a.png"] = Page(PNG)
    with site.open() as context:
        assert read(context, server.url("/a.png")) == [UNKNOWN]
        assert "private address" in (known(context, server.url("/a.png")).problem or "")
    assert server.asked == []


def test_what_is_not_known_in_time_is_left_out_and_asked_again(site: Site, server: WebServer) -> None:
    def script(handler: Handler) -> None:
        server.stopped.wait(20)
        handler.close_connection = True

    server.pages["/slow.png"] = script
    server.pages["/quick.png"] = Page(PNG)
    slow, quick = server.url("/slow.png"), server.url("/quick.png")
    with site.open() as context:
        start = time.monotonic()
        assert read(context, slow, quick, wait=1.0) == [UNKNOWN, Picture("png", 800, 600)]
        assert time.monotonic() - start < 5
        assert list(load_facts(context, [slow, quick])) == [quick]
        server.pages["/slow.png"] = Page(PNG)
        assert read(context, slow) == [Picture("png", 800, 600)]


def test_at_most_six_are_asked_at_once(site: Site, server: WebServer) -> None:
    lock, now, most = threading.Lock(), [0], [0]
    full = threading.Event()

    def script(handler: Handler) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
            if now[0] == 6:
                full.set()
        full.wait(10)
        with lock:
            now[0] -= 1
        handler.say(f"HTTP/1.1 200 OK\nContent-Length: {len(PNG)}", PNG)

    urls = [server.url(f"/{number}.png") for number in range(20)]
    server.pages.update({f"/{number}.png": script for number in range(20)})
    with site.open() as context:
        assert read(context, *urls) == [Picture("png", 800, 600)] * 20
    assert most[0] == 6


def test_rows_nobody_asks_for_go_after_a_year(site: Site, server: WebServer) -> None:
    server.pages["/a.png"] = Page(PNG)
    with site.open() as context:
        with context.database.write() as connection:
            save_pictures(connection, [KnownPicture("https://old.example/a.png", site.clock())])
        site.clock.advance(days=366)
        read(context, server.url("/a.png"))
        assert load_facts(context, ["https://old.example/a.png"]) == {}


# ------------------------------------------------------------------------------------------------ an issue


def test_an_issue_has_the_sizes_of_its_pictures(site: Site, server: WebServer) -> None:
    server.pages["/a.png"] = Page(PNG)
    site.write("a.md", "絵", image="/cover.png", body=f"![図]({server.url('/a.png')})")
    write(site.output / "cover.png", make_picture("PNG", 1200, 630))
    with site.open() as context:
        articles = scan(context).articles
        html = render(context, "new-article", Selection(articles=tuple(articles))).html
    assert (html.count(' height="281"'), html.count(' height="402"'), html.count('width="536"')) == (1, 1, 2)


def test_the_report_names_formats_that_the_address_hides_and_heavy_files(site: Site, server: WebServer) -> None:
    server.pages["/picture"] = Page(make_picture("WEBP", 80, 60) + bytes(1_000_000))
    with site.open() as context:
        scan(context)
        add_subscriber(context, "a@reader.example", [])
        site.write("a.md", "絵", body=f"![図]({server.url('/picture')})")
        report = create_due_issues(context, scan(context).articles)
    warnings = report.warnings["new-article"]
    assert len(report.created) == 1
    (kind,) = [warning for warning in warnings if "image-format" in warning]
    assert kind.startswith("articles/a.md:6: image-format: ")
    assert "is WEBP, which is not shown by" in kind
    assert any("image-heavy" in warning for warning in warnings)
