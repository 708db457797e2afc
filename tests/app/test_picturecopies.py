"""Copies of pictures in the output folder, and mails that show them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image

from publisher.app.context import Reporter
from publisher.app.issuing import create_due_issues
from publisher.app.letters import render
from publisher.app.people import add_subscriber
from publisher.app.picturecopies import LARGEST
from publisher.app.reading import scan
from publisher.app.sending import deliver
from publisher.model.issue import Selection
from tests.pictures import make_picture, make_upright
from tests.site import CONFIG, Site
from tests.webserver import Page, WebServer

COPYING = CONFIG + "mail: {images: {copies: true, width: 400, allow_private: true}}\n"
COPY = re.compile(r'src="https://note\.example/(mail/[0-9a-f]{24}-\d+-\d+\.(?:jpg|png))"')


class Notes(Reporter):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer() as running:
        yield running


@pytest.fixture
def site(site: Site) -> Site:
    site.configure(COPYING)
    return site


def make_html(site: Site) -> str:
    with site.open() as context:
        return render(context, "new-article", Selection(articles=tuple(scan(context).articles))).html


def copies(site: Site) -> list[str]:
    return sorted(path.name for path in (site.output / "mail").glob("*"))


def open_copy(site: Site, name: str) -> Image.Image:
    return Image.open(BytesIO((site.output / name).read_bytes()))


def test_a_file_of_ones_own_is_copied_once(site: Site) -> None:
    site.write("trip/index.md", "旅", image="cover.jpg")
    (site.articles / "trip" / "cover.jpg").write_bytes(make_upright(1600, 800))
    html = make_html(site)
    (name,) = COPY.findall(html)
    assert open_copy(site, name).size == (400, 800)
    assert ' height="1072"' in html
    path = site.output / name
    before = path.stat().st_mtime_ns
    assert COPY.findall(make_html(site)) == [name]
    assert path.stat().st_mtime_ns == before
    assert copies(site) == [path.name]


def test_a_picture_of_another_site_is_fetched_once(site: Site, server: WebServer) -> None:
    server.pages["/a.webp"] = Page(make_picture("WEBP", 800, 600))
    site.write("a.md", "絵", body=f"![図]({server.url('/a.webp')})")
    html = make_html(site)
    (name,) = COPY.findall(html)
    assert open_copy(site, name).format == "JPEG"
    assert ' width="536" height="402"' in re.sub(r' (?:style|class|src|alt)="[^"]*"', "", html)
    assert COPY.findall(make_html(site)) == [name]
    assert server.paths() == ["/a.webp"]


def test_a_copy_that_is_gone_or_of_another_width_is_made_anew(site: Site, server: WebServer) -> None:
    server.pages["/a.png"] = Page(make_picture("PNG", 800, 600))
    site.write("a.md", "絵", body=f"![図]({server.url('/a.png')})")
    (first,) = COPY.findall(make_html(site))
    (site.output / first).unlink()
    assert COPY.findall(make_html(site)) == [first]
    site.configure(COPYING.replace("width: 400", "width: 300"))
    (second,) = COPY.findall(make_html(site))
    assert second != first
    assert open_copy(site, second).size == (300, 225)
    assert len(copies(site)) == 2, "mails that are out show the first one"


def test_what_is_no_matter_of_copies_stays_a_link(site: Site, server: WebServer) -> None:
    server.pages["/a.svg"] = Page(b"<svg xmlns='http://www.w3.org/2000/svg'></svg>")
    server.pages["/huge.png"] = Page(make_picture("PNG", 8, 6) + bytes(LARGEST))
    links = " ".join(f"![図]({server.url(path)})" for path in ("/a.svg", "/huge.png", "/gone.png"))
    site.write("a.md", "絵", body=links)
    html = make_html(site)
    assert COPY.findall(html) == []
    assert copies(site) == []
    for path in ("/a.svg", "/huge.png", "/gone.png"):
        assert f'src="{server.url(path)}"' in html
    asked = len(server.asked)
    make_html(site)
    assert len(server.asked) == asked


def test_a_folder_in_which_nothing_can_be_written_is_told(site: Site, server: WebServer) -> None:
    server.pages["/a.png"] = Page(make_picture("PNG", 800, 600))
    site.write("a.md", "絵", body=f"![図]({server.url('/a.png')})")
    site.output.mkdir()
    (site.output / "mail").write_text("in the way", encoding="utf-8")
    reporter = Notes()
    with site.open() as context:
        context.reporter = reporter
        html = render(context, "new-article", Selection(articles=tuple(scan(context).articles))).html
    assert server.url("/a.png") in html
    assert len(reporter.notes) == 1
    assert reporter.notes[0].startswith("no copies of pictures in ")


def test_a_mail_shows_the_copy_and_nothing_is_wrong_with_it(site: Site, server: WebServer) -> None:
    server.pages["/a.webp"] = Page(make_picture("WEBP", 800, 600))
    with site.open() as context:
        scan(context)
        add_subscriber(context, "a@reader.example", [])
        site.write("a.md", "絵", body=f"![図]({server.url('/a.webp')})")
        report = create_due_issues(context, scan(context).articles)
        assert not [warning for one in report.warnings.values() for warning in one if "image" in warning]
        deliver(context)
    (mail,) = site.mails()
    html = list(mail.iter_parts())[1].get_content()
    (name,) = COPY.findall(html)
    assert (site.output / name).is_file()


def test_without_the_key_nothing_is_copied(site: Site, server: WebServer) -> None:
    server.pages["/a.png"] = Page(make_picture("PNG", 800, 600))
    site.write("a.md", "絵", body=f"![図]({server.url('/a.png')})")
    make_html(site)
    site.configure(COPYING.replace("copies: true", "copies: false"))
    assert f'src="{server.url("/a.png")}"' in make_html(site)
    assert len(copies(site)) == 1, "mails that are out show it"
