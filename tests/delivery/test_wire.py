"""Messages, commands and replies as bytes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.delivery.transports.wire import (
    clean_reply,
    enhanced_code,
    mail_command,
    rcpt_command,
    refuse_addresses,
    stuff_dots,
)
from publisher.errors import TransportRefused
from publisher.model.message import Message, Outcome

pieces = st.lists(
    st.sampled_from([b"\r\n", b".", b"..", b"\r", b"\n", b"\r\n.\r\n", b"a", b" ", "週刊🚀".encode()]), max_size=40
)


def unstuff(wire: bytes) -> bytes:
    """What a server makes of it (RFC 5321 4.5.2)."""
    lines = wire.split(b"\r\n")
    return b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines)


@settings(deadline=None, max_examples=300)
@given(pieces)
def test_content_comes_back_whole_and_never_ends_early(parts: list[bytes]) -> None:
    content = b"".join(parts)
    wire = stuff_dots(content)
    expected = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    if expected and not expected.endswith(b"\r\n"):
        expected += b"\r\n"
    assert unstuff(wire) == expected
    assert b"\r\n.\r\n" not in b"\r\n" + wire
    assert wire.count(b"\n") == wire.count(b"\r") == wire.count(b"\r\n")


def test_well_formed_content_without_dots_goes_out_as_it_is() -> None:
    content = "件名\r\n\r\n本文 🚀\r\n".encode()
    assert stuff_dots(content) == content


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=2000))
def test_a_reply_of_any_bytes_becomes_one_short_printable_line(reply: bytes) -> None:
    text = clean_reply(reply)
    assert len(text) <= 500
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", text)


def test_the_lines_of_a_reply_stand_behind_one_another() -> None:
    assert clean_reply("4.7.1 後でもう一度\n4.7.1 see\thttps://example.com/\x1b[31m".encode()) == (
        "4.7.1 後でもう一度 / 4.7.1 see https://example.com/ [31m"
    )


@pytest.mark.parametrize(
    ("email", "command"),
    [
        ("hanako@example.com", b"RCPT TO:<hanako@example.com>\r\n"),
        ("hana..ko@docomo.example", b'RCPT TO:<"hana..ko"@docomo.example>\r\n'),
        ("hanako.@docomo.example", b'RCPT TO:<"hanako."@docomo.example>\r\n'),
        ("hanako@例え.jp", b"RCPT TO:<hanako@xn--r8jz45g.jp>\r\n"),
    ],
)
def test_old_carrier_addresses_and_japanese_domains_can_be_written_to(email: str, command: bytes) -> None:
    assert rcpt_command(email) == command


def test_the_sender_may_be_nobody_and_parameters_stand_behind_it() -> None:
    assert mail_command("") == b"MAIL FROM:<>\r\n"
    assert mail_command("news@example.com", b" SIZE=30000") == b"MAIL FROM:<news@example.com> SIZE=30000\r\n"


@pytest.mark.parametrize(
    "recipient", ["a@example.com>\r\nRCPT TO:<b@example.com", "花\u3000子@example.com", "hanako", "a b@example.com", ""]
)
def test_an_address_that_could_break_a_command_fails_for_good(recipient: str) -> None:
    receipt = refuse_addresses(Message("1-1", "news@example.com", recipient, b""))
    assert receipt is not None
    assert receipt.outcome is Outcome.FAILED
    assert "address" in receipt.reply


def test_a_recipient_may_be_international_and_a_sender_may_not() -> None:
    assert refuse_addresses(Message("1-1", "news@example.com", "花子@例え.jp", b"")) is None
    assert rcpt_command("花子@例え.jp") == "RCPT TO:<花子@xn--r8jz45g.jp>\r\n".encode()
    with pytest.raises(TransportRefused, match="only ASCII"):
        refuse_addresses(Message("1-1", "便り@example.com", "hanako@example.com", b""))


def test_a_sender_that_could_break_a_command_stops_everything_and_is_named() -> None:
    with pytest.raises(TransportRefused, match=r"config\.yaml"):
        refuse_addresses(Message("1-1", "news@exa mple.com", "hanako@example.com", b""))
    assert refuse_addresses(Message("1-1", "", "hanako@example.com", b"")) is None


@pytest.mark.parametrize(
    ("code", "text", "enhanced"),
    [
        (550, b"5.1.1 no such user", "5.1.1"),
        (550, b"5.1.1", "5.1.1"),
        (250, b"2.0.0 ok\n2.0.0 id", "2.0.0"),
        (450, b"4.002.00 later", "4.2.0"),
        (550, b"4.2.2 the two do not agree", ""),
        (550, b"5.1.1x", ""),
        (550, b"say 5.1.1", ""),
        (550, b"5.1234.1", ""),
        (0, b"", ""),
        (-1, b"\xff\xfe", ""),
    ],
)
def test_the_enhanced_code_stands_first_and_agrees_with_the_reply_code(code: int, text: bytes, enhanced: str) -> None:
    assert enhanced_code(code, text) == enhanced


@given(st.integers(-1, 999), st.binary(max_size=200))
def test_no_reply_breaks_the_reading_of_its_code(code: int, text: bytes) -> None:
    assert re.fullmatch(r"([245]\.\d{1,3}\.\d{1,3})?", enhanced_code(code, text))
