"""Reports of every form: what each says, and that none of them, whatever is done to it, makes the reader fail."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.addresses import bounce_address
from publisher.bounces.letter import LARGEST_MAIL
from publisher.bounces.read import read_bounces
from publisher.model.bounce import Bounce, BounceKind
from tests.bounces.reports import ALL, COMPLAINTS, KEY, MESSAGE_ID, NOTIFICATIONS, PLAIN, READER, TOKEN, Report

SIGNED = bounce_address("bounces@note.example", KEY, (7, 12))


def read(report: Report, verp: str = "bounces@note.example") -> list[Bounce]:
    return read_bounces(report.make(verp), [KEY])


@pytest.mark.parametrize("report", ALL, ids=lambda report: report.name)
def test_what_it_says(report: Report) -> None:
    found = read(report)
    assert (found[0].kind, found[0].code, found[0].address) == (report.kind, report.code, report.address)
    assert len(found) == report.recipients
    assert len({bounce.source_id for bounce in found}) == len(found)
    assert not any(bounce.is_trusted for bounce in found)


@pytest.mark.parametrize("report", ALL, ids=lambda report: report.name)
def test_whose_it_is_by_the_address_it_came_to(report: Report) -> None:
    (bounce,) = read(report, SIGNED)
    assert bounce.delivery == (7, 12)


@pytest.mark.parametrize("report", [*NOTIFICATIONS, *COMPLAINTS], ids=lambda report: report.name)
def test_what_is_returned_names_the_message(report: Report) -> None:
    assert [(bounce.message_id, bounce.token) for bounce in read(report)] == [(MESSAGE_ID, TOKEN)] * report.recipients


def test_the_reports_own_message_id_is_not_that_of_the_message() -> None:
    for report in PLAIN[1:]:
        assert read(report)[0].message_id == ""


def test_a_signed_address_in_what_is_returned_is_enough() -> None:
    report = COMPLAINTS[1]
    content = report.make(SIGNED).replace(f"To: {SIGNED}".encode(), b"To: abuse@note.example", 1)
    (bounce,) = read_bounces(content, [KEY])
    assert (bounce.delivery, bounce.address) == ((7, 12), "")


def test_another_key_signs_nothing_and_an_old_one_still_does() -> None:
    content = NOTIFICATIONS[0].make(SIGNED)
    assert read_bounces(content, [b"another key"])[0].delivery is None
    assert read_bounces(content, [b"a new key", KEY])[0].delivery == (7, 12)


def test_of_several_recipients_of_one_delivery_the_mildest_word_counts() -> None:
    three = next(report for report in NOTIFICATIONS if report.recipients == 3)
    (bounce,) = read(three, SIGNED)
    assert bounce.kind is BounceKind.NOTICE


def test_a_copy_has_the_same_source_and_another_report_has_not() -> None:
    content = NOTIFICATIONS[0].make()
    copy = b"Received: from a.example by b.example; Thu, 19 Nov 2026 12:00:00 +0900\r\n" + content
    piped = b"From MAILER-DAEMON Thu Nov 19 12:00:00 2026\n" + content
    other = content.replace(b"AAAA@relay", b"BBBB@relay")
    first, second, third, fourth = (read_bounces(item, [KEY])[0].source_id for item in (content, copy, piped, other))
    assert first == second == third != fourth


def test_a_mail_without_an_id_is_known_by_its_content() -> None:
    content = NOTIFICATIONS[0].make().replace(b"Message-ID: <2026", b"X-Other: <2026", 1)
    assert read_bounces(content, [])[0].source_id == read_bounces(content, [])[0].source_id
    assert read_bounces(content, [])[0].source_id != read_bounces(content + b" ", [])[0].source_id


def test_a_persons_mail_that_quotes_a_newsletter_asks_for_nothing() -> None:
    words = f"unsubscribe {TOKEN} という件名は何ですか"
    content = f"From: {READER}\r\nTo: news@note.example\r\nSubject: question\r\n\r\n{words}\r\n".encode()
    (bounce,) = read_bounces(content, [KEY])
    assert bounce.kind is BounceKind.UNKNOWN


def test_an_address_that_could_break_a_line_is_left_out() -> None:
    content = NOTIFICATIONS[0].make().replace(b"rfc822; taro@reader.example", b"rfc822; ta\x07ro@reader.example")
    assert read_bounces(content, [])[0].address == ""


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=3000))
def test_nonsense_is_unknown_and_never_an_error(content: bytes) -> None:
    assert len(read_bounces(content, [KEY])) >= 1


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ALL), st.data())
def test_a_damaged_report_is_never_an_error(report: Report, data: st.DataObject) -> None:
    content = report.make(SIGNED)
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 200)))
    put = data.draw(
        st.binary(max_size=60) | st.sampled_from([b"\r\n\r\n", b"--B1\r\n", b"=?utf-8?B?////?=", b";;=\x00"])
    )
    found = read_bounces(content[:start] + put + content[end:], [KEY])
    assert all(len(bounce.text) <= 500 and len(bounce.address) <= 254 for bounce in found)


_DEEP = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(20_000))
_HOSTILE = {
    "nested parts": _DEEP,
    "mails within mails": b"Content-Type: message/rfc822\r\n\r\n" * 30_000,
    "many blocks": b"Content-Type: message/delivery-status\r\n\r\n" + b"Status: 5.1.1\r\n\r\n" * 50_000,
    "one long line": b"From: mailer-daemon@a.example\r\nSubject: failure notice\r\n\r\n" + b"a@" * 500_000,
    "dots": b"From: mailer-daemon@a.example\r\n\r\n" + b"a." * 500_000,
    "angle brackets": b"From: mailer-daemon@a.example\r\n\r\n" + b"<" * 900_000,
    "spaces": b"From: mailer-daemon@a.example\r\n\r\n" + b" " * 900_000,
    "blank lines": b"From: mailer-daemon@a.example\r\n\r\n" + b" \r\n" * 300_000,
    "many headers": b"".join(b"X-%d: a\r\n" % n for n in range(60_000)) + b"\r\n",
    "one long header": b"Subject: " + b"=?utf-8?Q?a?= " * 60_000 + b"\r\n\r\n",
    "many addresses": b"From: mailer-daemon@a.example\r\n\r\n" + b"bounces+1-2-aaaaaaaaaaaaa@note.example\r\n" * 20_000,
    "boundary in every line": b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\n" * 100_000,
    "too large": b"From: a@b.example\r\n\r\n" + b"x" * 3 * LARGEST_MAIL,
}


@pytest.mark.parametrize("name", _HOSTILE)
def test_a_hostile_mail_costs_little(name: str) -> None:
    """Seconds of CPU, generous for a busy machine: what is quadratic would take minutes."""
    began = time.process_time()
    assert len(read_bounces(_HOSTILE[name], [KEY])) <= 100
    assert time.process_time() - began < 8
