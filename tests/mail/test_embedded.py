"""Pictures in the mail itself: which, how they stand in the message, and that nothing else changes."""

from __future__ import annotations

import re
from dataclasses import replace
from email.message import EmailMessage, MIMEPart
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from publisher.mail.compile import compile_issue
from publisher.mail.embedded import attach, choose_embedded, content_id, detach
from publisher.mail.slots import Slot, word
from publisher.model.rendered import Embedded, RenderedIssue
from tests.mail.dkimverifiers import OPENDKIM, ask_opendkim, make_keys, verify_all
from tests.mail.test_compile import HANAKO, LETTERHEAD, MARKER, RENDERED, bodies, check_wire_format, parse
from tests.pictures import make_picture

LIST = LETTERHEAD.list_id
SITE = "https://example.com/mail"
MOSS = Embedded(f"{SITE}/moss.png?a=1&b=2", "png", make_picture("PNG", 90, 60))
TRAIN = Embedded(f"{SITE}/train.jpg", "jpg", make_picture("JPEG", 80, 50))
GONE = Embedded(f"{SITE}/gone.jpg", "jpg", b"not shown")
BODY = (
    f'<p>{word(MARKER, Slot.NAME)} 様</p><img src="{SITE}/moss.png?a=1&amp;b=2" alt="苔">'
    f'<img src="{SITE}/train.jpg" alt="">'
    f'<a href="{SITE}/train.jpg">大きく</a><img src="{SITE}/moss.png?a=1&amp;b=2" alt="苔">{"森の話🌿" * 200}\n'
)
ISSUE = replace(RENDERED, html=BODY, embedded=(MOSS, GONE, TRAIN))
KEYS = make_keys()


def read(data: bytes) -> tuple[EmailMessage, MIMEPart, list[MIMEPart]]:
    """The message, its part of HTML, and the pictures."""
    message = parse(data)
    assert message.get_content_type() == "multipart/alternative"
    plain, related = message.iter_parts()
    assert (plain.get_content_type(), related.get_content_type()) == ("text/plain", "multipart/related")
    html, *pictures = related.iter_parts()
    return message, html, pictures


def test_the_html_shows_the_pictures_beside_it() -> None:
    data = compile_issue(ISSUE, LETTERHEAD).splice(HANAKO)
    check_wire_format(data)
    _, html, pictures = read(data)
    root = etree.fromstring(html.get_content().encode(), etree.HTMLParser(encoding="utf-8"))
    ids = [f"<{(image.get('src') or '').removeprefix('cid:')}>" for image in root.iter("img")]
    assert [part["Content-ID"] for part in pictures] == [ids[0], ids[1]]
    assert ids[2] == ids[0], "one part for a picture that is shown twice"
    assert [part.get_content() for part in pictures] == [MOSS.content, TRAIN.content]
    assert [part.get_content_type() for part in pictures] == ["image/png", "image/jpeg"]
    assert [part.get_content_disposition() for part in pictures] == ["inline", "inline"]
    assert [part.get_filename() for part in pictures] == ["picture-1.png", "picture-2.jpg"]
    assert root.findall(".//a")[0].get("href") == TRAIN.url, "a link stays a link"


def test_the_root_of_the_related_parts_is_the_html() -> None:
    message, _, _ = read(compile_issue(ISSUE, LETTERHEAD).splice(HANAKO))
    related = list(message.iter_parts())[1]
    assert dict(related["Content-Type"].params)["type"] == "text/html"  # RFC 2387 3.1
    outer, inner = message.get_boundary(), related.get_boundary()
    assert outer is not None
    assert inner is not None
    assert not inner.startswith(outer)
    assert not outer.startswith(inner)


def test_without_pictures_the_bytes_are_what_they_were() -> None:
    bare = compile_issue(replace(ISSUE, embedded=()), LETTERHEAD).splice(HANAKO)
    assert compile_issue(replace(ISSUE, embedded=(GONE,)), LETTERHEAD).splice(HANAKO) == bare
    assert b"related" not in bare


def test_a_mail_of_text_alone_has_none() -> None:
    message = parse(compile_issue(replace(ISSUE, html=""), LETTERHEAD).splice(HANAKO))
    assert message.get_content_type() == "text/plain"


def test_the_same_issue_gives_the_same_bytes() -> None:
    first, second = (compile_issue(ISSUE, LETTERHEAD).splice(HANAKO) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("keys", [KEYS[:1], KEYS], ids=["rsa", "both"])
def test_dkimpy_verifies_the_signature(keys: tuple[object, ...]) -> None:
    data = compile_issue(ISSUE, LETTERHEAD).splice(HANAKO, KEYS[: len(keys)])
    assert verify_all(data, KEYS) == [True] * len(keys)
    content_of_a_picture = re.search(rb"Content-ID: .*?\r\n\r\n(\w{8})", data, re.DOTALL)
    assert content_of_a_picture
    changed = data.replace(content_of_a_picture[1], b"AAAAAAAA")
    assert verify_all(changed, KEYS) == [False] * len(keys), "they are signed too"


@pytest.mark.skipif(OPENDKIM is None, reason="OpenDKIM is not installed (Debian: apt-get install opendkim)")
def test_opendkim_verifies_it_too(tmp_path: Path) -> None:
    assert ask_opendkim(compile_issue(ISSUE, LETTERHEAD).splice(HANAKO, KEYS), KEYS, tmp_path) == ["pass", "pass"]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.binary(min_size=1, max_size=300), max_size=4), bodies, bodies)
def test_any_content_comes_through(contents: list[bytes], text: str, before: str) -> None:
    pictures = tuple(Embedded(f"{SITE}/{n}.png", "png", content) for n, content in enumerate(contents))
    shown = "".join(f'<img src="{picture.url}">' for picture in pictures)
    rendered = RenderedIssue("題", text, f"{before}\n{shown}\n", "ja", MARKER, embedded=pictures)
    data = compile_issue(rendered, LETTERHEAD).splice(HANAKO)
    check_wire_format(data)
    parts = [part for part in parse(data).walk() if part.get_content_maintype() == "image"]
    assert [part.get_content() for part in parts] == [picture.content for picture in pictures]


@given(st.lists(st.binary(max_size=60), max_size=8), st.integers(0, 200))
def test_the_smallest_are_in_it_and_the_budget_is_kept(contents: list[bytes], budget: int) -> None:
    pictures = [Embedded(f"{SITE}/{n}.png", "png", content) for n, content in enumerate(contents)]
    chosen = choose_embedded(pictures, budget)
    assert sum(len(picture.content) for picture in chosen) <= budget
    assert list(chosen) == [picture for picture in pictures if picture in chosen]
    left = [picture for picture in pictures if picture not in chosen]
    if left:
        smallest = min(len(picture.content) for picture in left)
        assert sum(len(picture.content) for picture in chosen) + smallest > budget
        assert all(len(picture.content) <= smallest for picture in chosen)


def test_a_browser_gets_the_addresses_back() -> None:
    attached = attach(BODY, ISSUE.embedded, LIST)
    assert attached.pictures == (MOSS, TRAIN)
    assert f'src="cid:{content_id(MOSS, LIST)}"' in attached.html
    assert detach(attached.html, attached.pictures, LIST) == BODY
