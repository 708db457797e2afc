"""What a server offers, and the envelope in its words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.delivery.transports.extensions import Extensions, envelope_commands, find_problem, find_size_problem
from publisher.model.message import Message

PLAIN = Message("7-42", "news@example.com", "hanako@example.com", b"Subject: x\r\n\r\nbody\r\n")


def read(**features: str) -> Extensions:
    return Extensions.read({name.replace("_", ""): value for name, value in features.items()})


def test_a_server_that_offers_nothing_hears_the_bare_envelope() -> None:
    assert envelope_commands(read(), PLAIN) == (
        b"MAIL FROM:<news@example.com>\r\n",
        b"RCPT TO:<hanako@example.com>\r\n",
        b"DATA\r\n",
    )


def test_what_is_offered_is_used() -> None:
    mail, rcpt, _ = envelope_commands(read(size="1000", dsn="", pipelining="", **{"8bitmime": ""}), PLAIN)
    assert mail == b"MAIL FROM:<news@example.com> SIZE=%d RET=HDRS ENVID=7-42\r\n" % len(PLAIN.content)
    assert rcpt == b"RCPT TO:<hanako@example.com> NOTIFY=FAILURE ORCPT=rfc822;hanako@example.com\r\n"


def test_eight_bits_are_announced_only_where_there_are_some() -> None:
    eight = Message("7-42", "", "a@example.com", "本文\r\n".encode())
    assert envelope_commands(read(**{"8bitmime": ""}), eight)[0] == b"MAIL FROM:<> BODY=8BITMIME\r\n"
    assert envelope_commands(read(), eight)[0] == b"MAIL FROM:<>\r\n"


@pytest.mark.parametrize(
    ("offer", "largest"), [("", 0), ("0", 0), ("50", 50), ("50 60", 50), ("many", 0), ("-1", 0), ("9" * 40, 0)]
)
def test_a_limit_is_one_only_when_it_is_a_number(offer: str, largest: int) -> None:
    extensions = read(size=offer)
    assert (extensions.size, extensions.largest) == (True, largest)


def test_a_message_too_large_is_known_before_it_is_offered() -> None:
    size = len(PLAIN.content)
    assert find_size_problem(read(size=str(size)), PLAIN) is None
    problem = find_size_problem(read(size=str(size - 1)), PLAIN)
    assert problem == (552, f"5.3.4 the message has {size} bytes, and the server takes {size - 1} at most".encode())


EAI = Message(
    "7-43", "news@example.com", "花子@xn--r8jz45g.jp", "To: 花子@xn--r8jz45g.jp\r\n\r\n".encode(), is_plain=True
)


def test_an_international_address_is_said_in_utf8_where_that_is_offered() -> None:
    extensions = read(smtputf8="", dsn="", **{"8bitmime": ""})
    assert find_problem(extensions, EAI) is None
    mail, rcpt, _ = envelope_commands(extensions, EAI)
    assert mail == b"MAIL FROM:<news@example.com> BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=7-43\r\n"
    assert rcpt.decode() == "RCPT TO:<花子@xn--r8jz45g.jp> NOTIFY=FAILURE\r\n"
    assert b"SMTPUTF8" not in envelope_commands(extensions, PLAIN)[0]


@pytest.mark.parametrize("offers", [{}, {"8bitmime": ""}, {"smtputf8": ""}])
def test_an_international_address_is_refused_where_it_is_not_offered(offers: dict[str, str]) -> None:
    extensions = read(**offers)
    assert find_problem(extensions, EAI) == (
        550,
        b"5.6.7 the relay does not take international addresses (SMTPUTF8)",
    )
    assert find_problem(extensions, PLAIN) is None


@given(st.text(max_size=300))
def test_no_key_leaves_its_command(key: str) -> None:
    extensions = read(dsn="")
    mail, _, _ = envelope_commands(extensions, Message(key, "", "a+b=c@example.com", b""))
    assert mail.startswith(b"MAIL FROM:<> RET=HDRS ENVID=")
    value = mail.removeprefix(b"MAIL FROM:<> RET=HDRS ENVID=").removesuffix(b"\r\n")
    assert all(33 <= one <= 126 and one != ord("=") for one in value)
    assert len(mail) < 512
    rcpt = envelope_commands(extensions, Message("k", "", "a+b=c@example.com", b""))[1]
    assert rcpt.endswith(b" ORCPT=rfc822;a+2Bb+3Dc@example.com\r\n")
