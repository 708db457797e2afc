"""Addresses with letters beyond ASCII before the @, over SMTP (RFC 6531)."""

from __future__ import annotations

import pytest

from publisher.delivery.refusals import classify
from publisher.delivery.transports.wire import stuff_dots
from publisher.model.delivery import FailureClass
from publisher.model.message import Outcome
from tests.delivery.conftest import Connector
from tests.delivery.messages import Starts, make_message
from tests.delivery.scriptedserver import Peer, ScriptedServer
from tests.delivery.smtpserver import SmtpServer
from tests.delivery.test_smtp_ahead import send_all

MIXED = ["hanako@example.com", "花子@xn--r8jz45g.jp", "taro@example.com", "jürgen@example.com", "花..子@example.com"]
MESSAGES = [make_message(f"7-{number}", to=email) for number, email in enumerate(MIXED)]


@pytest.mark.parametrize("extensions", [("PIPELINING",), ()])
def test_where_it_is_offered_all_arrive(extensions: tuple[str, ...], connect: Connector) -> None:
    with SmtpServer(extensions=extensions, utf8=True) as server:
        receipts = send_all(connect(server), MESSAGES)
        assert {receipt.outcome for receipt in receipts} == {Outcome.ACCEPTED}
        assert server.connections == 1
        assert [item.rcpt_tos[0].replace('"', "") for item in server.messages] == MIXED
        assert ["SMTPUTF8" in options for options in server.options] == [False, True, False, True, True]
        # aiosmtpd takes the dots off, and nothing else.
        assert [stuff_dots(item.content) for item in server.messages] == [stuff_dots(item.content) for item in MESSAGES]


@pytest.mark.parametrize("extensions", [("PIPELINING",), ()])
def test_where_it_is_not_offered_those_fail_unsent_and_the_others_go_on(
    extensions: tuple[str, ...], connect: Connector
) -> None:
    with SmtpServer(extensions=extensions) as server:
        receipts = send_all(connect(server), MESSAGES)
        assert [receipt.outcome.value for receipt in receipts] == ["accepted", "failed", "accepted", "failed", "failed"]
        assert [item.rcpt_tos for item in server.messages] == [["hanako@example.com"], ["taro@example.com"]]
        assert server.connections == 1
    refused = receipts[1]
    assert (refused.code, refused.enhanced) == (550, "5.6.7")
    assert "does not take international addresses" in refused.reply
    assert classify(refused) is FailureClass.CONTENT  # not the fault of the address, which stays


def test_a_message_that_fails_unsent_was_never_begun(smtp_server: SmtpServer, connect: Connector) -> None:
    starts = Starts()
    assert connect(smtp_server).send(MESSAGES[1], starts).outcome is Outcome.FAILED
    assert starts.count == 0
    assert smtp_server.messages == []


def test_the_envelope_goes_ahead_with_the_content_before_it(connect: Connector) -> None:
    heard: list[str] = []

    def script(peer: Peer) -> None:
        peer.greet("PIPELINING", "8BITMIME", "SMTPUTF8")
        peer.take_envelope()
        peer.read_content()
        heard.extend(peer.hear(verb) for verb in ("MAIL", "RCPT", "DATA"))
        peer.say("250 one", "250 ok", "250 ok", "354 go")
        peer.read_content()
        peer.say("250 two")

    with ScriptedServer(script) as server:
        receipts = send_all(connect(server), MESSAGES[:2])
    assert [receipt.reply for receipt in receipts] == ["one", "two"]
    assert heard[0].endswith("BODY=8BITMIME SMTPUTF8")
    assert "花子@xn--r8jz45g.jp" in heard[1]
