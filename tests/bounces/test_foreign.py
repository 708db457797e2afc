"""What flufl.bounce does that our door repairs."""

from __future__ import annotations

import email

import pytest
from flufl.bounce import all_failures

from publisher.bounces import foreign
from publisher.bounces.letter import read_letter
from tests.bounces.reports import PLAIN, READER


def test_it_knows_forms_that_keep_to_no_standard() -> None:
    qmail, exim = PLAIN[0], PLAIN[1]
    assert foreign.find_failures(read_letter(qmail.make())) == ([], [READER])
    assert foreign.find_failures(read_letter(exim.make())) == ([], [READER])


def test_it_gives_addresses_as_bytes() -> None:
    _, permanent = all_failures(email.message_from_bytes(PLAIN[0].make()))
    assert permanent == {READER.encode()}


def test_it_knows_nothing_of_japanese_carriers() -> None:
    report = next(report for report in PLAIN if report.name == "SoftBank")
    assert foreign.find_failures(read_letter(report.make())) == ([], [])


@pytest.mark.parametrize(
    "content",
    [
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\nno part at all",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n"
        b"--x\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\nFinal-Recipient: \xff\xfe\r\n\r\n--x--",
        b"From: =?utf-8?q?",
        b"\x00" * 2000,
        b"",
    ],
)
def test_nothing_it_raises_comes_through(content: bytes) -> None:
    temporary, permanent = foreign.find_failures(read_letter(content))
    assert isinstance(temporary, list)
    assert isinstance(permanent, list)
