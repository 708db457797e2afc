"""The next envelope travels with the content (RFC 2920): what comes of it when either is refused or the way breaks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from publisher.delivery.transports.smtp import SmtpSettings, SmtpTransport
from publisher.errors import ClaimLost
from publisher.model.message import Message, Outcome, Receipt
from tests.delivery.conftest import Connector
from tests.delivery.messages import Starts, make_message
from tests.delivery.scriptedserver import Peer, ScriptedServer
from tests.delivery.smtpserver import SmtpServer


def hear_envelope(peer: Peer) -> None:
    for verb in ("MAIL", "RCPT", "DATA"):
        peer.hear(verb)


def send_all(transport: SmtpTransport, messages: list[Message]) -> list[Receipt]:
    """One after the other, each announcing the next."""
    following: list[Message | None] = [*messages[1:], None]
    return [
        transport.send(message, partial(lambda coming: coming, coming))
        for message, coming in zip(messages, following, strict=True)
    ]


def make_messages(count: int) -> list[Message]:
    return [make_message(f"7-{number}", to=f"reader{number}@example.com") for number in range(count)]


@pytest.mark.parametrize("extensions", [("PIPELINING",), ()])
def test_a_list_arrives_in_order_whether_or_not_the_server_can_be_told_ahead(
    extensions: tuple[str, ...], connect: Connector
) -> None:
    with SmtpServer(extensions=extensions) as server:
        receipts = send_all(connect(server), make_messages(250))
        assert {receipt.outcome for receipt in receipts} == {Outcome.ACCEPTED}
        assert [item.rcpt_tos for item in server.messages] == [[f"reader{number}@example.com"] for number in range(250)]
        assert server.connections == 3


def test_a_message_costs_one_round_trip(connect: Connector) -> None:
    """The server answers nothing before it has the content and the next envelope in hand."""

    def script(peer: Peer) -> None:
        peer.greet("PIPELINING")
        peer.take_envelope()
        peer.read_content()
        hear_envelope(peer)
        peer.say("250 one", "250 ok", "250 ok", "354 go")
        peer.read_content()
        peer.say("250 two")

    with ScriptedServer(script) as server:
        receipts = send_all(connect(server), make_messages(2))
    assert [receipt.reply for receipt in receipts] == ["one", "two"]


def test_a_refusal_of_the_next_recipient_is_that_ones_alone(smtp_server: SmtpServer, connect: Connector) -> None:
    smtp_server.answer("RCPT", "550 5.1.1 nobody here", to="reader1@example.com")
    smtp_server.answer("CONTENT", "451 4.3.0 later", to="reader3@example.com")
    receipts = send_all(connect(smtp_server), make_messages(5))
    assert [receipt.outcome.value for receipt in receipts] == ["accepted", "failed", "accepted", "deferred", "accepted"]
    assert receipts[1].enhanced == "5.1.1"
    assert len(smtp_server.messages) == 3


@pytest.mark.parametrize("instead", [True, False])
def test_an_announced_message_that_does_not_come_leaves_nothing_behind(
    smtp_server: SmtpServer, connect: Connector, *, instead: bool
) -> None:
    """A content that is waited for cannot be taken back but by hanging up: an empty message must not arrive."""
    transport = connect(smtp_server)
    first, announced, other = make_messages(3)
    transport.send(first, lambda: announced)
    if instead:
        assert transport.send(other, Starts()).outcome is Outcome.ACCEPTED
    transport.close()
    expected = ["reader0@example.com", "reader2@example.com"][: 1 + instead]
    assert [message.rcpt_tos[0] for message in smtp_server.messages] == expected


def test_an_announced_message_whose_claim_is_lost_never_arrives(smtp_server: SmtpServer, connect: Connector) -> None:
    transport = connect(smtp_server)
    first, lost, third = make_messages(3)
    transport.send(first, lambda: lost)
    with pytest.raises(ClaimLost):
        transport.send(lost, Starts(ClaimLost("not ours")))
    assert transport.send(third, Starts()).outcome is Outcome.ACCEPTED
    assert len(smtp_server.messages) == 2


def end(*replies: str) -> Callable[[Peer], None]:
    """Takes a message and the next envelope, says so much, and hangs up."""

    def script(peer: Peer) -> None:
        peer.greet("PIPELINING")
        peer.take_envelope()
        peer.read_content()
        hear_envelope(peer)
        peer.say(*replies)

    return script


@pytest.mark.parametrize(
    ("replies", "outcome"),
    [
        (["250 ok"], Outcome.ACCEPTED),
        (["250 ok", "421 4.3.2 休止中"], Outcome.ACCEPTED),
        (["250 ok", "250 ok", "250 ok"], Outcome.ACCEPTED),
        (["421 4.3.2 休止中"], Outcome.DEFERRED),
        (["554 5.6.0 だめ"], Outcome.FAILED),
        (["なに？", "250 ok"], Outcome.UNCERTAIN),
        ([], Outcome.UNCERTAIN),
    ],
)
def test_a_connection_that_ends_around_the_next_envelope_costs_that_message_nothing(
    replies: list[str], outcome: Outcome, connect: Connector
) -> None:
    def serve(peer: Peer) -> None:
        peer.greet("PIPELINING")
        peer.take_message()

    with ScriptedServer(end(*replies), serve) as server:
        transport, starts = connect(server), Starts()
        first, second = make_messages(2)
        assert transport.send(first, lambda: second).outcome is outcome
        assert transport.send(second, starts).outcome is Outcome.ACCEPTED
    assert (starts.count, server.played) == (1, 2)


def test_a_message_too_large_for_the_server_fails_in_clear_words_and_is_never_sent(connect: Connector) -> None:
    with SmtpServer(largest=2000) as server:
        transport, starts = connect(server), Starts()
        small, large = make_message("7-1"), make_message("7-2", body="あ" * 3000)
        assert transport.send(small, lambda: large).outcome is Outcome.ACCEPTED
        receipt = transport.send(large, starts)
        assert (receipt.outcome, receipt.code, receipt.enhanced) == (Outcome.FAILED, 552, "5.3.4")
        assert "the server takes 2,000 at most" in receipt.reply
        assert transport.send(make_message("7-3"), Starts()).outcome is Outcome.ACCEPTED
    assert (starts.count, len(server.messages)) == (0, 2)


def test_how_many_go_over_one_connection_is_a_setting(smtp_server: SmtpServer, connect: Connector) -> None:
    settings = SmtpSettings(smtp_server.host, smtp_server.port, tls="none", recycle=2)
    receipts = send_all(connect.with_settings(settings), make_messages(5))
    assert {receipt.outcome for receipt in receipts} == {Outcome.ACCEPTED}
    assert smtp_server.connections == 3


def test_a_content_that_takes_too_long_to_write_is_given_up_before_its_end(connect: Connector) -> None:
    def script(peer: Peer) -> None:
        peer.greet("PIPELINING")
        peer.take_envelope()
        assert not peer.read_rest().endswith(b"\r\n.\r\n")

    with ScriptedServer(script) as server:
        settings = SmtpSettings(server.host, server.port, tls="none", write_timeout=-1)
        receipt = connect.with_settings(settings).send(make_message(), Starts())
    assert (receipt.outcome, receipt.code) == (Outcome.DEFERRED, 0)
    assert "being written" in receipt.reply
