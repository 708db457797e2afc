"""Mails with their pictures inside, from the article to the mailbox."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from io import BytesIO

import pytest
from PIL import Image

from publisher.app.freezing import inspect
from publisher.app.issuing import create_due_issues
from publisher.app.letters import render
from publisher.app.people import add_subscriber
from publisher.app.reading import scan
from publisher.app.sending import deliver, write_preview
from publisher.model.issue import Selection
from publisher.model.rendered import RenderedIssue
from tests.pictures import make_picture
from tests.site import CONFIG, Site
from tests.webserver import Page, WebServer

EMBEDDING = CONFIG + "mail: {images: {embed: true, width: 400, allow_private: true}}\n"


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer() as running:
        running.pages["/small.webp"] = Page(make_picture("WEBP", 800, 600))
        running.pages["/large.png"] = Page(make_noise())
        yield running


def make_noise() -> bytes:
    """A photograph that no format makes small."""
    out = BytesIO()
    Image.effect_noise((400, 300), 90).convert("RGB").save(out, "PNG")
    return out.getvalue()


def render_one(site: Site, server: WebServer) -> RenderedIssue:
    site.write("a.md", "絵", body=f"![小]({server.url('/small.webp')})\n\n![大]({server.url('/large.png')})")
    with site.open() as context:
        return render(context, "new-article", Selection(articles=tuple(scan(context).articles)))


def test_each_message_has_its_pictures_and_needs_the_copies_no_more(site: Site, server: WebServer) -> None:
    site.configure(EMBEDDING)
    with site.open() as context:
        scan(context)
        add_subscriber(context, "a@reader.example", [])
        site.write("a.md", "絵", body=f"![小]({server.url('/small.webp')})")
        assert create_due_issues(context, scan(context).articles).created
        shutil.rmtree(site.output / "mail")
        deliver(context)
    (mail,) = site.mails()
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/jpeg",
    ]
    assert all(part.defects == [] for part in mail.walk())
    picture = list(mail.walk())[-1]
    assert Image.open(BytesIO(picture.get_content())).size == (400, 300)
    assert f"cid:{picture['Content-ID'].strip('<>')}" in list(mail.walk())[3].get_content()


def test_what_is_beyond_the_budget_stays_a_link(site: Site, server: WebServer) -> None:
    site.configure(EMBEDDING.replace("embed: true", "embed: true, embed_budget: 10000"))
    rendered = render_one(site, server)
    (small,) = rendered.embedded
    assert len(small.content) <= 10_000
    assert rendered.html.count('src="https://note.example/mail/') == 2, "both are copies"
    site.configure(EMBEDDING)
    assert len(render_one(site, server).embedded) == 2


def test_the_lint_says_what_they_weigh_and_finds_no_fault(site: Site, server: WebServer) -> None:
    site.configure(EMBEDDING)
    rendered = render_one(site, server)
    with site.open() as context:
        found = inspect(context, "new-article", Selection(), rendered)
    notes = {finding.rule: str(finding) for finding in found}
    weight = sum(len(picture.content) for picture in rendered.embedded)
    assert f"2 of them with {weight:,} bytes together" in notes["mail-embedded"]
    assert not {"image-format", "image-heavy", "link-relative", "link-scheme"} & set(notes)


def test_a_copy_in_a_folder_can_be_looked_at_in_a_browser(site: Site, server: WebServer) -> None:
    site.configure(EMBEDDING)
    rendered = render_one(site, server)
    with site.open() as context:
        write_preview(context, "new-article", rendered, site.folder / "look")
    html = (site.folder / "look" / "body.html").read_text(encoding="utf-8")
    assert "cid:" not in html
    assert html.count('src="https://note.example/mail/') == 2
    message = message_from_bytes((site.folder / "look" / "message.eml").read_bytes(), policy=default)
    assert sum(part.get_content_maintype() == "image" for part in message.walk()) == 2


def test_without_the_key_nothing_is_embedded(site: Site, server: WebServer) -> None:
    site.configure(EMBEDDING.replace("embed: true", "copies: true"))
    assert render_one(site, server).embedded == ()
    site.configure(EMBEDDING.replace("embed: true", "embed: true, embed_budget: 5"))
    shown = json.dumps(site.run("check", code=2).stderr, ensure_ascii=False)
    assert "embed_budget" in shown
