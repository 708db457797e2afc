"""SMTP servers that hang up, talk nonsense or fall silent: what was certainly not sent, what may have been."""

from __future__ import annotations

import base64
import ssl
import threading
from collections.abc import Callable

import pytest

from publisher.delivery.transports.smtp import SmtpSettings
from publisher.errors import ClaimLost, DeliveryError, TransportRefused, TransportUnavailable
from publisher.model.message import Outcome, Receipt
from tests.delivery.conftest import Connector
from tests.delivery.messages import Starts, make_message
from tests.delivery.scriptedserver import Peer, Script, ScriptedServer
from tests.delivery.smtpserver import CERTIFICATE

SendTo = Callable[..., Receipt]
HUGE = "あ" * 10_000_000  # more than any socket buffer takes


@pytest.fixture
def send_to(connect: Connector) -> SendTo:
    """Send one message to a server that plays this script."""

    def send_to(script: Script, *, start: Callable[[], None], **seconds: float) -> Receipt:
        with ScriptedServer(script) as server:
            return connect(server, **seconds).send(make_message(), start)

    return send_to


def answer_envelope(*replies: str, pipelining: bool = True) -> Script:
    """Greets, hears MAIL, RCPT, DATA as far as it has replies, then hangs up."""

    def script(peer: Peer) -> None:
        peer.greet(*(["PIPELINING"] if pipelining else []))
        verbs = ("MAIL", "RCPT", "DATA")
        if pipelining:
            for verb in verbs:
                peer.hear(verb)
            peer.say(*replies)
            return
        for verb, reply in zip(verbs, replies, strict=False):
            peer.hear(verb)
            peer.say(reply)

    return script


def listen(peer: Peer) -> None:
    peer.read_rest()


def serve(peer: Peer) -> None:
    peer.greet("PIPELINING")
    peer.take_message()


# ------------------------------------------------------------------------------------- before the content


@pytest.mark.parametrize("words", ["554 5.7.1 ここには送れません", "550 go away"], ids=["no service", "refused"])
def test_a_server_that_will_not_have_us_stops_everything(words: str, send_to: SendTo) -> None:
    with pytest.raises(TransportRefused, match=words[:3]):
        send_to(lambda peer: peer.say(words), start=Starts())


@pytest.mark.parametrize("words", ["421 4.3.2 休止中", "451 busy", "こんにちは", "SSH-2.0-OpenSSH_9.9", ""])
def test_a_server_that_is_not_ready_keeps_everything_queued(words: str, send_to: SendTo) -> None:
    starts = Starts()
    with pytest.raises(TransportUnavailable, match=r"127\.0\.0\.1:\d+"):
        send_to(lambda peer: peer.say(words), start=starts)
    assert starts.count == 0


def test_a_server_that_hangs_up_at_once_keeps_everything_queued(send_to: SendTo) -> None:
    with pytest.raises(TransportUnavailable):
        send_to(lambda peer: peer.reset(), start=Starts())


def test_a_server_that_says_nothing_keeps_everything_queued(send_to: SendTo) -> None:
    with pytest.raises(TransportUnavailable, match="timed out"):
        send_to(listen, start=Starts(), timeout=0.1)


def test_an_endless_line_is_not_read_to_its_end(send_to: SendTo) -> None:
    def script(peer: Peer) -> None:
        peer.write(b"220 " + b"x" * 100_000)
        peer.read_rest()

    with pytest.raises(DeliveryError, match="too long"):
        send_to(script, start=Starts())


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("replies", [["421 4.3.2 休止中"], ["なに？"], ["354 go"], [""]])
def test_a_new_connection_that_ends_before_the_sender_is_taken_keeps_everything_queued(
    replies: list[str], send_to: SendTo, *, pipelining: bool
) -> None:
    starts = Starts()
    with pytest.raises(TransportUnavailable):
        send_to(answer_envelope(*replies, pipelining=pipelining), start=starts)
    assert starts.count == 0


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize(
    ("replies", "code"),
    [
        (["250 ok", "421 4.3.2 too many"], 421),
        (["250 ok", "250 ok", "421 4.3.2 bye"], 421),
        (["250 ok", "なに？"], 0),
        (["250 ok", "250 ok", "250 not a go-ahead"], 250),
        (["250 ok"], 0),
    ],
)
def test_a_recipient_at_whom_the_connection_ends_does_not_stop_the_others(
    replies: list[str], code: int, connect: Connector, *, pipelining: bool
) -> None:
    starts = Starts()
    with ScriptedServer(answer_envelope(*replies, pipelining=pipelining), serve) as server:
        transport = connect(server)
        receipt = transport.send(make_message(), starts)
        assert (receipt.outcome, receipt.code, starts.count) == (Outcome.DEFERRED, code, 0)
        assert transport.send(make_message("7-43"), Starts()).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("ending", ["421 4.4.2 idle too long", None])
def test_a_kept_connection_that_has_ended_is_replaced_once_and_the_message_starts_once(
    ending: str | None, connect: Connector
) -> None:
    ended = threading.Event()

    def serve_and_end(peer: Peer) -> None:
        serve(peer)
        if ending:
            peer.say(ending)
        peer.close()
        ended.set()

    with ScriptedServer(serve_and_end, serve) as server:
        transport, starts = connect(server), Starts()
        transport.send(make_message("7-1"), Starts())
        assert ended.wait(5)
        assert transport.send(make_message("7-2"), starts).outcome is Outcome.ACCEPTED
    assert (starts.count, server.played) == (1, 2)


def test_a_server_that_ends_the_new_connection_too_keeps_everything_queued(connect: Connector) -> None:
    with ScriptedServer(serve, answer_envelope("421 休止中")) as server:
        transport = connect(server)
        transport.send(make_message("7-1"), Starts())
        with pytest.raises(TransportUnavailable, match="休止中"):
            transport.send(make_message("7-2"), Starts())


@pytest.mark.parametrize(("reply", "outcome"), [("451 あとで", Outcome.DEFERRED), ("554 だめ", Outcome.FAILED)])
@pytest.mark.parametrize("pipelining", [True, False])
def test_a_refusal_of_data_is_a_refusal(reply: str, outcome: Outcome, connect: Connector, *, pipelining: bool) -> None:
    def script(peer: Peer) -> None:
        answer_envelope("250 ok", "250 ok", reply, pipelining=pipelining)(peer)
        peer.hear("RSET")
        peer.say("250 ok")
        peer.take_message()

    starts = Starts()
    with ScriptedServer(script) as server:
        transport = connect(server)
        assert transport.send(make_message(), starts).outcome is outcome
        assert transport.send(make_message("7-43"), Starts()).outcome is Outcome.ACCEPTED
    assert starts.count == 0


def test_a_server_that_wants_content_for_nobody_gets_a_lone_dot(connect: Connector) -> None:
    def script(peer: Peer) -> None:
        answer_envelope("250 ok", "550 5.1.1 宛先不明", "354 go")(peer)
        assert peer.hear(".") == "."
        peer.say("554 no valid recipients")
        peer.take_message()

    starts = Starts()
    with ScriptedServer(script) as server:
        transport = connect(server)
        receipt = transport.send(make_message(), starts)
        assert (receipt.outcome, receipt.reply) == (Outcome.FAILED, "5.1.1 宛先不明")
        assert transport.send(make_message("7-43"), Starts()).outcome is Outcome.ACCEPTED
    assert starts.count == 0


def test_a_server_that_would_take_an_empty_message_gets_none(send_to: SendTo) -> None:
    def script(peer: Peer) -> None:
        answer_envelope("450 sender later", "250 ok", "354 go")(peer)
        assert peer.read_rest() == b""

    receipt = send_to(script, start=Starts())
    assert (receipt.outcome, receipt.code) == (Outcome.DEFERRED, 450)


@pytest.mark.parametrize("after_reset", [None, "421 bye"])
def test_a_refusal_stands_though_the_connection_ends_behind_it(after_reset: str | None, connect: Connector) -> None:
    def script(peer: Peer) -> None:
        answer_envelope("250 ok", "550 5.1.1 宛先不明", "503 no recipients")(peer)
        if after_reset:
            peer.hear("RSET")
            peer.say(after_reset)

    with ScriptedServer(script, answer_envelope("550 5.7.1 no"), serve) as server:
        transport = connect(server)
        assert transport.send(make_message("7-1"), Starts()).reply == "5.1.1 宛先不明"
        # Here it hangs up without having answered RCPT and DATA.
        assert transport.send(make_message("7-2"), Starts()).reply == "5.7.1 no"
        assert transport.send(make_message("7-3"), Starts()).outcome is Outcome.ACCEPTED


def test_answers_that_were_not_read_are_not_taken_for_those_to_the_next_message(connect: Connector) -> None:
    def script(peer: Peer) -> None:
        answer_envelope("450 later", "なに？", "503 no sender")(peer)
        peer.read_rest()

    with ScriptedServer(script, serve) as server:
        transport = connect(server)
        assert transport.send(make_message("7-1"), Starts()).code == 450
        assert transport.send(make_message("7-2"), Starts()).outcome is Outcome.ACCEPTED


def test_answers_in_many_lines_and_many_packets_are_understood(send_to: SendTo) -> None:
    def script(peer: Peer) -> None:
        peer.write(b"220-re")
        peer.write(b"lay\r\n220")
        peer.write(b" ready\r\n")
        peer.introduce("PIPELINING", "ENHANCEDSTATUSCODES")
        for verb in ("MAIL", "RCPT", "DATA"):
            peer.hear(verb)
        peer.write(b"250 ok\r")
        peer.write("\n250-2.1.5 はい\r\n250 2.1.5 ok\r\n3".encode())
        peer.write(b"54 go\r\n")
        peer.read_content()
        peer.write("250-2.0.0 受け取りました\r\n250-\x1b[31m2.0.0 id\r\n25".encode())
        peer.write(b"0 2.0.0 bye\r\n")

    receipt = send_to(script, start=Starts())
    assert (receipt.outcome, receipt.code, receipt.enhanced) == (Outcome.ACCEPTED, 250, "2.0.0")
    assert receipt.reply == "2.0.0 受け取りました / [31m2.0.0 id / 2.0.0 bye"


# ------------------------------------------------------------------------------------- in the content


def test_a_lost_claim_sends_not_one_byte_of_the_content(send_to: SendTo) -> None:
    rest: list[bytes] = []

    def script(peer: Peer) -> None:
        peer.greet("PIPELINING")
        peer.take_envelope()
        rest.append(peer.read_rest())

    starts = Starts(ClaimLost("not ours"))
    with pytest.raises(ClaimLost):
        send_to(script, start=starts)
    assert (starts.count, rest) == (1, [b""])


def test_a_connection_that_ends_at_the_go_ahead_is_safe_to_repeat(send_to: SendTo) -> None:
    gone = threading.Event()

    def script(peer: Peer) -> None:
        peer.greet("PIPELINING")
        peer.take_envelope()
        peer.reset()
        gone.set()

    def start() -> None:
        assert gone.wait(5)

    receipt = send_to(script, start=start)
    assert (receipt.outcome, receipt.code) == (Outcome.DEFERRED, 0)
    assert "being written" in receipt.reply


def test_a_connection_that_ends_in_the_content_is_safe_to_repeat(connect: Connector) -> None:
    def script(peer: Peer) -> None:
        peer.greet("PIPELINING")
        peer.take_envelope()
        peer.read_some()
        peer.reset()

    with ScriptedServer(script, serve) as server:
        transport, starts = connect(server), Starts()
        assert transport.send(make_message(body=HUGE), starts).outcome is Outcome.DEFERRED
        assert starts.count == 1
        assert transport.send(make_message("7-43"), Starts()).outcome is Outcome.ACCEPTED


def test_a_server_that_stops_reading_in_the_content_is_safe_to_repeat(connect: Connector) -> None:
    given_up = threading.Event()

    def script(peer: Peer) -> None:
        peer.greet("PIPELINING")
        peer.take_envelope()
        assert given_up.wait(5)
        assert not peer.read_rest().endswith(b"\r\n.\r\n")

    with ScriptedServer(script) as server:
        receipt = connect(server, timeout=0.3).send(make_message(body=HUGE), Starts())
        given_up.set()
    assert receipt.outcome is Outcome.DEFERRED


# ------------------------------------------------------------------------------------- after the last line


def end_after_content(peer: Peer) -> None:
    peer.greet("PIPELINING")
    peer.take_envelope()
    peer.read_content()


def test_a_connection_that_ends_after_the_content_leaves_us_uncertain(send_to: SendTo) -> None:
    def reset(peer: Peer) -> None:
        end_after_content(peer)
        peer.reset()

    for script in (end_after_content, reset):
        starts = Starts()
        receipt = send_to(script, start=starts)
        assert (receipt.outcome, receipt.code, starts.count) == (Outcome.UNCERTAIN, 0, 1)
        assert "no answer" in receipt.reply


@pytest.mark.parametrize("reply", ["ありがとう", "354 and now?", "", "999 ok", "250"[:2], "250-half an answer"])
def test_an_answer_that_is_none_leaves_us_uncertain(reply: str, connect: Connector) -> None:
    def script(peer: Peer) -> None:
        end_after_content(peer)
        peer.say(reply)

    with ScriptedServer(script, serve) as server:
        transport = connect(server)
        assert transport.send(make_message(), Starts()).outcome is Outcome.UNCERTAIN
        assert transport.send(make_message("7-43"), Starts()).outcome is Outcome.ACCEPTED


def test_an_answer_that_does_not_come_in_time_leaves_us_uncertain(send_to: SendTo) -> None:
    def script(peer: Peer) -> None:
        end_after_content(peer)
        assert peer.read_rest() == b""

    assert send_to(script, start=Starts(), final_timeout=0.1).outcome is Outcome.UNCERTAIN


def test_the_answer_to_the_content_may_take_longer_than_the_others(connect: Connector) -> None:
    """The patience for it is a setting of its own, and the next command has the ordinary one again."""
    silent = threading.Event()

    def script(peer: Peer) -> None:
        peer.greet("PIPELINING")
        peer.take_message()
        for verb in ("MAIL", "RCPT", "DATA"):
            peer.hear(verb)
        silent.set()
        peer.read_rest()

    with ScriptedServer(script, Peer.close) as server:
        transport = connect(server, timeout=0.2, final_timeout=60)
        assert transport.send(make_message(), Starts()).outcome is Outcome.ACCEPTED
        with pytest.raises(TransportUnavailable):
            transport.send(make_message("7-43"), Starts())
    assert silent.is_set()


def test_a_server_that_closes_with_its_answer_is_believed_and_not_used_again(connect: Connector) -> None:
    def script(peer: Peer) -> None:
        end_after_content(peer)
        peer.say("421 4.3.2 休止します")

    with ScriptedServer(script, serve) as server:
        transport = connect(server)
        receipt = transport.send(make_message(), Starts())
        assert (receipt.outcome, receipt.code, receipt.reply) == (Outcome.DEFERRED, 421, "4.3.2 休止します")
        assert (receipt.server, receipt.enhanced) == (f"127.0.0.1:{server.port}", "4.3.2")
        assert transport.send(make_message("7-43"), Starts()).outcome is Outcome.ACCEPTED


# ------------------------------------------------------------------------------------- TLS and login


@pytest.mark.parametrize(
    ("reply", "error"), [("454 4.7.0 not now", TransportUnavailable), ("500 5.5.1 何？", TransportRefused)]
)
def test_starttls_that_is_offered_and_refused(reply: str, error: type[DeliveryError], connect: Connector) -> None:
    def script(peer: Peer) -> None:
        peer.greet("STARTTLS")
        peer.hear("STARTTLS")
        peer.say(reply)

    with ScriptedServer(script) as server, pytest.raises(error, match=reply[:3]):
        connect.with_settings(SmtpSettings(server.host, server.port)).send(make_message(), Starts())


def test_what_is_slipped_in_before_tls_is_not_believed(connect: Connector) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)

    def script(peer: Peer) -> None:
        peer.greet("STARTTLS", "AUTH PLAIN")
        peer.hear("STARTTLS")
        peer.say("220 go", "250-relay.example.com", "250 AUTH LOGIN")
        peer.start_tls(context)
        peer.introduce("AUTH PLAIN")
        assert peer.hear("AUTH").startswith("AUTH PLAIN ")
        peer.say("235 ok")
        peer.take_message()

    with ScriptedServer(script) as server:
        settings = SmtpSettings("localhost", server.port, "news", "hunter2", ca_file=CERTIFICATE)
        assert connect.with_settings(settings).send(make_message(), Starts()).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("auth", "reply", "error"),
    [
        ("AUTH PLAIN", "454 4.7.0 not now: {}", TransportUnavailable),
        ("AUTH PLAIN", "535 5.7.8 だめ: {}", TransportRefused),
        ("AUTH PLAIN", "500 unknown command AUTH PLAIN {}", TransportRefused),
        ("AUTH PLAIN", "334 a", TransportRefused),
        ("AUTH NTLM", "", TransportRefused),
    ],
)
def test_a_login_that_fails_is_explained_without_the_password(
    auth: str, reply: str, error: type[DeliveryError], connect: Connector
) -> None:
    said = base64.b64encode(b"\0token\0token").decode()

    def script(peer: Peer) -> None:
        peer.greet(auth)
        if reply:
            peer.hear("AUTH")
            peer.say(reply.format(said))
        peer.read_rest()

    with ScriptedServer(script) as server:
        settings = SmtpSettings(server.host, server.port, "token", "token", tls="none", timeout=5)
        with pytest.raises(error, match=r"127\.0\.0\.1") as caught:
            connect.with_settings(settings).send(make_message(), Starts())
    assert said not in str(caught.value)
    assert "token" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_connection_that_ends_in_the_login_keeps_everything_queued(connect: Connector) -> None:
    def script(peer: Peer) -> None:
        peer.greet("AUTH PLAIN")
        peer.hear("AUTH")

    with ScriptedServer(script) as server:
        settings = SmtpSettings(server.host, server.port, "news", "hunter2", tls="none")
        with pytest.raises(TransportUnavailable):
            connect.with_settings(settings).send(make_message(), Starts())
