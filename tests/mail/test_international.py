"""Mail to an address with letters beyond ASCII before the @ (RFC 6532)."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_string
from email.errors import NonASCIILocalPartDefect
from email.message import EmailMessage
from email.policy import SMTPUTF8
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from publisher.addresses import normalise, problem_with_reader
from publisher.delivery.transports.wire import stuff_dots
from publisher.mail.compile import compile_issue
from publisher.model.issue import OneOff, Selection
from tests.mail.dkimverifiers import make_keys, verify_all
from tests.mail.newsletters import make_context, render
from tests.mail.test_compile import HANAKO, LETTERHEAD, RENDERED

ODD = "o'b&花..子@xn--r8jz45g.jp"
KEYS = make_keys()
COMPILED = compile_issue(RENDERED, LETTERHEAD)
PERSONAL = compile_issue(
    render(
        Selection(
            intro="[予約](https://example.com/visit?who={{ subscriber.email }})",
            one_off=OneOff("{{ subscriber.email }} さんへ", "letter.md", "0"),
        ),
        make_context(),
    ),
    LETTERHEAD,
)


def parse(data: bytes) -> EmailMessage:
    """The standard library calls letters before the @ a defect whatever the policy; there must be no other."""
    message: EmailMessage = message_from_string(data.decode(), policy=SMTPUTF8)
    for part in message.walk():
        assert not part.defects
        defects = [(name, defect) for name, value in part.items() for defect in value.defects]
        assert all(name == "To" and isinstance(defect, NonASCIILocalPartDefect) for name, defect in defects)
    return message


@pytest.mark.parametrize("email", ["花子@xn--r8jz45g.jp", "jürgen@example.com", ODD])
@pytest.mark.parametrize("name", ["", "山田 花子🌸", 'J. "J" Müller'])
def test_only_the_to_line_is_utf8_and_all_reads_back(email: str, name: str) -> None:
    data = COMPILED.splice(replace(HANAKO, email=email, name=name))
    eight_bit = [line for line in data.split(b"\r\n") if not line.isascii()]
    assert len(eight_bit) == 1
    assert b"@" in eight_bit[0]
    message = parse(data)
    [to] = message["To"].addresses
    assert (to.display_name, normalise(f"{to.username}@{to.domain}")) == (name, email)
    plain, rich = message.iter_parts()
    assert email in plain.get_content()
    assert email.replace("&", "&amp;").replace("'", "&#x27;") in rich.get_content()


@pytest.mark.parametrize("email", ["花子@example.com", ODD])
def test_signatures_cover_the_bytes_as_they_are(email: str) -> None:
    data = COMPILED.splice(replace(HANAKO, email=email), KEYS)
    assert verify_all(data, KEYS) == [True, True]
    assert verify_all(data.replace("花".encode(), "華".encode(), 1), KEYS) == [False, False]


def test_in_a_subject_and_in_a_url_the_address_is_encoded() -> None:
    data = PERSONAL.splice(replace(HANAKO, email=ODD), KEYS)
    assert verify_all(data, KEYS) == [True, True]
    message = parse(data)
    assert message["Subject"] == f"{ODD} さんへ"
    _, rich = message.iter_parts()
    root = etree.fromstring(rich.get_content().encode(), etree.HTMLParser(encoding="utf-8"))
    [link] = [str(found.get("href")) for found in root.iter("a") if "/visit?" in str(found.get("href"))]
    assert link.isascii()
    assert parse_qs(urlsplit(link).query) == {"who": [ODD]}


@settings(deadline=None, max_examples=100)
@given(local=st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs"]), min_size=1, max_size=20))
def test_whatever_address_is_taken_stands_whole_in_its_message(local: str) -> None:
    email = normalise(f"{local}@例え.jp")
    if problem_with_reader(email) is None:
        data = COMPILED.splice(replace(HANAKO, email=email))
        assert stuff_dots(data) == data  # what Message.is_plain promises
        header = data.split(b"\r\nMessage-ID:")[0].partition(b"\r\nTo: ")[2].decode()
        assert header.replace('"', "").endswith(f"<{email}>")
