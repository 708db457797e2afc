"""Signatures, held against verifiers that others wrote."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.mail.compile import compile_issue
from publisher.mail.dkim import COVERED, choose_keys, cover, relax_headers, write_signature
from publisher.mail.dkimkeys import SigningKey
from publisher.mail.slots import Slot
from publisher.model.rendered import RenderedIssue
from tests.mail.dkimverifiers import (
    OPENDKIM,
    ask_opendkim,
    ed25519_secret,
    make_keys,
    rsa_secret,
    verify_all,
)
from tests.mail.test_compile import (
    EMAIL,
    HANAKO,
    LETTERHEAD,
    MARKER,
    NAME,
    RENDERED,
    TOKEN,
    bodies,
    check_wire_format,
    parse,
    safe,
)

KEYS = make_keys()
ASCII = RenderedIssue(  # of what becomes quoted-printable, with the white space that canonical forms are about
    subject="  Two   spaces\tand a tab".strip().replace("\t", " "),
    text=f"Dear {NAME},\n\n    code  with   spaces \t\n\t\n. \n{TOKEN}\n\n\n",
    html="<table>\n" + "    <tr>\t<td>a  b</td>   </tr>  \n" * 30 + f"</table>  {EMAIL}  \n\n\n",
    language="en",
    marker=MARKER,
)


def sign(rendered: RenderedIssue = RENDERED, keys: tuple[SigningKey, ...] = KEYS) -> bytes:
    return compile_issue(rendered, LETTERHEAD).splice(HANAKO, keys)


def signature_of(message: bytes) -> str:
    return str(message_from_bytes(message, policy=policy.default)["DKIM-Signature"])


def tags_of(message: bytes) -> dict[str, str]:
    """Of the first signature."""
    parts = (part.partition("=") for part in signature_of(message).split(";"))
    return {name.strip(): re.sub(r"\s", "", value) for name, _, value in parts}


@pytest.mark.parametrize("rendered", [RENDERED, ASCII], ids=["base64", "quoted-printable"])
@pytest.mark.parametrize("keys", [KEYS[:1], KEYS[1:], KEYS], ids=["rsa", "ed25519", "both"])
def test_dkimpy_verifies_every_signature(rendered: RenderedIssue, keys: tuple[SigningKey, ...]) -> None:
    message = sign(rendered, keys)
    check_wire_format(message)
    assert verify_all(message, KEYS) == [True] * len(keys)


@settings(deadline=None, max_examples=20)
@given(text=bodies, name=safe)
def test_a_mail_of_text_alone_verifies(text: str, name: str) -> None:
    rendered, person = replace(RENDERED, text=text, html=""), replace(HANAKO, name=name.strip())
    assert verify_all(compile_issue(rendered, LETTERHEAD).splice(person, KEYS), KEYS) == [True, True]


@pytest.mark.skipif(OPENDKIM is None, reason="OpenDKIM is not installed (Debian: apt-get install opendkim)")
@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"], ids=["on the wire", "in a Maildir"])
@pytest.mark.parametrize("rendered", [RENDERED, ASCII], ids=["base64", "quoted-printable"])
def test_opendkim_verifies_every_signature(rendered: RenderedIssue, line_end: bytes, tmp_path: Path) -> None:
    message = sign(rendered).replace(b"\r\n", line_end)
    assert ask_opendkim(message, KEYS, tmp_path) == ["pass", "pass"]
    assert ask_opendkim(message.replace(b"hanako@", b"hanaka@"), KEYS, tmp_path) == ["fail", "fail"]


@settings(deadline=None, max_examples=40)
@given(subject=safe, name=safe, text=bodies, body=bodies)
def test_any_message_verifies(subject: str, name: str, text: str, body: str) -> None:
    rendered = RenderedIssue(subject=subject.strip(), text=text, html=body or "\n", language="ja", marker=MARKER)
    person = replace(HANAKO, name=name.strip())
    compiled = compile_issue(rendered, LETTERHEAD)
    message = compiled.splice(person, KEYS)
    check_wire_format(message)
    parse(message)
    assert verify_all(message, KEYS) == [True, True]
    assert message.endswith(compiled.splice(person))


@settings(deadline=None, max_examples=60)
@given(text=bodies, body=bodies)
def test_a_body_is_its_own_canonical_form(text: str, body: str) -> None:
    rendered = replace(ASCII, text=text, html=body or "\n")
    raw = compile_issue(rendered, LETTERHEAD).splice(replace(HANAKO, name="a  b")).partition(b"\r\n\r\n")[2]
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in raw.split(b"\r\n")]
    assert b"\r\n".join(lines).rstrip(b"\r\n") + b"\r\n" == raw  # RFC 6376 3.4.4


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_one_changed_byte_of_the_body_is_found(data: st.DataObject) -> None:
    message = sign(keys=KEYS[1:])
    begin = message.index(b"\r\n\r\n") + 4
    at = data.draw(st.sampled_from([at for at in range(begin, len(message)) if message[at] not in b"\r\n "]))
    changed = message[:at] + (b"x" if message[at : at + 1] != b"x" else b"y") + message[at + 1 :]
    assert verify_all(changed, KEYS) == [False]


@pytest.mark.parametrize("name", COVERED)
def test_no_header_that_is_signed_can_be_changed_removed_or_added(name: str) -> None:
    message = sign(keys=KEYS[1:])
    present = re.search(rf"^{name}: .*\r\n(?:[ \t].*\r\n)*".encode(), message, re.MULTILINE)
    if present:
        whole = present[0]
        assert verify_all(message.replace(whole, whole[:-2] + b"x\r\n"), KEYS) == [False]
        assert verify_all(message.replace(whole, b""), KEYS) == [False]
    added = message.replace(b"\r\nDate: ", b"\r\n" + f"{name}: <https://evil.example/>".encode() + b"\r\nDate: ", 1)
    assert verify_all(added, KEYS) == [False]


def test_what_a_relay_may_do_to_headers_breaks_nothing() -> None:
    message = sign()
    traced = b"Received: from a.example by b.example; Thu, 08 Jan 2026 08:00:06 +0900\r\nX-Spam: no\r\n" + message
    folded = traced.replace(b"Subject: ", b"SUBJECT:\r\n\t ").replace(b"From: ", b"from:   ")
    assert folded != traced
    assert verify_all(folded, KEYS) == [True, True]


def test_both_headers_for_leaving_and_from_twice_are_in_h() -> None:
    names = tags_of(sign())["h"].split(":")
    assert names.count("from") == 2
    assert {"list-unsubscribe", "list-unsubscribe-post", "list-id"} <= set(names)
    assert {name.lower() for name in COVERED} == set(names)


def test_a_signature_says_what_it_must_and_nothing_of_the_length_of_the_body() -> None:
    tags = tags_of(sign())
    assert tags["v"] == "1"
    assert tags["c"] == "relaxed/relaxed"
    assert (tags["a"], tags["d"], tags["s"]) == ("rsa-sha256", "news.example.com", "rsa1")
    assert int(tags["t"]) == int(HANAKO.date.timestamp())
    assert "l" not in tags  # anything could be put behind a message that says how much of it is signed


def test_signing_again_gives_the_same_bytes() -> None:
    assert sign() == sign()
    assert sign() != sign(replace(RENDERED, text=RENDERED.text + "."))


def test_without_keys_there_is_no_signature() -> None:
    assert b"DKIM-Signature" not in sign(keys=())


def test_the_longest_names_of_domain_and_selector_still_fit() -> None:
    domain = ".".join(["d" * 63] * 3) + ".example"
    keys = (SigningKey(domain, "s" * 63, rsa_secret()), SigningKey(domain, "t" * 63, ed25519_secret()))
    message = sign(keys=keys)
    assert all(len(line) <= 998 for line in message.split(b"\r\n"))
    assert verify_all(message, keys) == [True, True]


# ------------------------------------------------------------------------------------------------ canonical headers


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        (b"A: X\r\n", b"a:X\r\n"),
        (b"B : Y\t\r\n\tZ  \r\n", b"b:Y Z\r\n"),  # the example of RFC 6376 3.4.5
        (b"Subject:\r\n one\r\n  two\r\n", b"subject:one two\r\n"),
        (b"X:\r\n", b"x:\r\n"),
        (b"X: a:b: c\r\nY: d\r\n", b"x:a:b: c\r\ny:d\r\n"),
        (b"", b""),
    ],
)
def test_headers_are_relaxed_as_the_rfc_says(raw: bytes, canonical: bytes) -> None:
    assert relax_headers(raw) == canonical
    assert relax_headers(canonical) == canonical


@pytest.mark.parametrize(
    ("sender", "selectors"),
    [
        ("example.com", ["a", "b"]),
        ("news.example.com", ["a", "b"]),
        ("other.example.com", ["a"]),
        ("x.news.example.com", ["a", "b"]),
        ("notexample.com", []),
        ("example.org", ["c"]),
    ],
)
def test_a_key_speaks_for_its_domain_and_those_above_and_below(sender: str, selectors: list[str]) -> None:
    domains = {"a": "example.com", "b": "news.example.com", "c": "example.org"}
    keys = [SigningKey(domain, selector, ed25519_secret()) for selector, domain in domains.items()]
    assert [key.selector for key in choose_keys(keys, sender)] == selectors


def test_only_what_stands_in_the_message_is_covered_twice() -> None:
    coverage = cover(b"Subject: a\r\nPrecedence: bulk\r\nFrom: b\r\n", ["Date"])
    assert coverage.shared == b"from:b\r\nsubject:a\r\n"
    names = re.sub(r"\s", "", coverage.names).split(":")
    assert names[:3] == ["from", "subject", "date"]
    assert [names.count(name) for name in ("from", "subject", "date", "reply-to", "precedence")] == [2, 2, 2, 1, 0]


def test_what_is_signed_ends_with_the_signature_itself_but_for_its_value() -> None:
    signed: list[bytes] = []

    class Key(SigningKey):
        def sign(self, data: bytes) -> bytes:
            signed.append(data)
            return super().sign(data)

    key = Key("news.example.com", "ed1", ed25519_secret())
    moment = datetime(2026, 1, 8, tzinfo=UTC)
    header = write_signature(key, cover(b"From: a\r\n", ["To"]), b"To: b\r\n", bytes(32), moment)
    assert signed[0].startswith(b"from:a\r\nto:b\r\ndkim-signature:v=1; a=ed25519-sha256; ")
    assert signed[0].endswith(b"; b=")
    assert relax_headers(header).startswith(signed[0].rpartition(b"\r\n")[2])


def test_slots_of_every_kind_are_in_the_samples() -> None:
    others = {Slot.PREFERENCES, Slot.ACTION, Slot.ISSUE, Slot.ARCHIVE}  # those of links: see test_links.py
    assert all(slot.value in RENDERED.text + RENDERED.html for slot in Slot if slot not in others)
