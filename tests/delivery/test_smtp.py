"""Messages to a well-behaved SMTP server. For all the others see test_smtp_trouble."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from publisher.delivery.transports.base import Transport
from publisher.delivery.transports.smtp import SmtpSettings, SmtpTransport
from publisher.errors import ClaimLost, TransportRefused, TransportUnavailable
from publisher.model.message import Message, Outcome
from tests.delivery.conftest import Connector
from tests.delivery.messages import Starts, make_message
from tests.delivery.scriptedserver import Peer, ScriptedServer
from tests.delivery.smtpserver import CERTIFICATE, SmtpServer

Tls = Literal["starttls", "implicit"]
LOGIN = ("news", "hunter2")


@pytest.fixture
def transport(smtp_server: SmtpServer, connect: Connector) -> SmtpTransport:
    return connect(smtp_server)


def test_a_message_arrives_byte_for_byte(smtp_server: SmtpServer, transport: SmtpTransport) -> None:
    message, starts = make_message(), Starts()
    receipt = transport.send(message, starts)
    assert (receipt.outcome, receipt.code, receipt.reply) == (Outcome.ACCEPTED, 250, "2.0.0 queued")
    assert starts.count == 1
    assert smtp_server.messages == [("bounces+7-42@example.com", ["hanako@example.com"], message.content)]


@pytest.mark.parametrize(
    "body", ["", ".\r\n", ".", "..\r\n.\r\n", "改行なし", "\r\n.\r\n\r\n.\r\nQUIT\r\n", "長い\r\n" * 9000]
)
def test_no_body_ends_early(smtp_server: SmtpServer, transport: SmtpTransport, body: str) -> None:
    message = make_message(body=body)
    assert transport.send(message, Starts()).outcome is Outcome.ACCEPTED
    assert transport.send(make_message("7-43"), Starts()).outcome is Outcome.ACCEPTED
    [first, _] = smtp_server.messages
    assert first.content.removesuffix(b"\r\n") == message.content.removesuffix(b"\r\n")


def test_a_long_list_goes_out_in_order_with_a_new_connection_each_hundred(
    smtp_server: SmtpServer, transport: SmtpTransport
) -> None:
    recipients = [f"reader{number}@example.com" for number in range(250)]
    for number, recipient in enumerate(recipients):
        assert transport.send(make_message(f"7-{number}", to=recipient), Starts()).outcome is Outcome.ACCEPTED
    assert [message.rcpt_tos for message in smtp_server.messages] == [[recipient] for recipient in recipients]
    assert smtp_server.connections == 3


@pytest.mark.parametrize("extensions", [("PIPELINING",), ()])
@pytest.mark.parametrize(
    ("step", "reply", "outcome"),
    [
        ("MAIL", "451 4.3.0 later", Outcome.DEFERRED),
        ("MAIL", "550 5.7.1 no", Outcome.FAILED),
        ("RCPT", "450 4.2.0 greylisted", Outcome.DEFERRED),
        ("RCPT", "550 5.1.1 unknown", Outcome.FAILED),
    ],
)
def test_a_refusal_before_the_content_spares_the_next_message(
    extensions: tuple[str, ...], step: str, reply: str, outcome: Outcome, connect: Connector
) -> None:
    with SmtpServer(extensions=extensions) as server:
        server.answer("MAIL" if step == "MAIL" else "RCPT", reply, times=1)
        transport, starts = connect(server), Starts()
        receipt = transport.send(make_message(to="gone@example.com"), starts)
        assert (receipt.outcome, receipt.code, receipt.reply) == (outcome, int(reply[:3]), reply[4:])
        assert starts.count == 0
        assert transport.send(make_message(), Starts()).outcome is Outcome.ACCEPTED
        transport.close()
        assert [message.rcpt_tos for message in server.messages] == [["hanako@example.com"]]
        assert server.connections == 1


@pytest.mark.parametrize(
    ("reply", "outcome"), [("451 4.3.0 later", Outcome.DEFERRED), ("554 5.7.1 spam?", Outcome.FAILED)]
)
def test_a_refusal_after_the_content_is_believed(
    smtp_server: SmtpServer, transport: SmtpTransport, reply: str, outcome: Outcome
) -> None:
    smtp_server.answer("CONTENT", reply, to="hanako@example.com")
    starts = Starts()
    receipt = transport.send(make_message(), starts)
    assert (receipt.outcome, receipt.code, receipt.reply) == (outcome, int(reply[:3]), reply[4:])
    assert starts.count == 1
    assert transport.send(make_message("7-43", to="taro@example.com"), Starts()).outcome is Outcome.ACCEPTED


def test_a_message_too_large_for_the_server_is_refused_before_it_is_sent(connect: Connector) -> None:
    with SmtpServer(largest=10_000) as server:
        starts = Starts()
        receipt = connect(server).send(make_message(body="あ" * 10_000), starts)
    assert (receipt.outcome, receipt.code, starts.count) == (Outcome.FAILED, 552, 0)


def test_a_lost_claim_sends_nothing_and_the_next_message_goes_out(
    smtp_server: SmtpServer, transport: SmtpTransport
) -> None:
    with pytest.raises(ClaimLost):
        transport.send(make_message(), Starts(ClaimLost("not ours")))
    assert transport.send(make_message("7-43", to="taro@example.com"), Starts()).outcome is Outcome.ACCEPTED
    assert [message.rcpt_tos for message in smtp_server.messages] == [["taro@example.com"]]
    assert smtp_server.connections == 2


def test_a_connection_that_ended_while_it_was_idle_is_replaced_in_silence(
    smtp_server: SmtpServer, transport: SmtpTransport
) -> None:
    transport.send(make_message("7-1"), Starts())
    smtp_server.hang_up()
    starts = Starts()
    assert transport.send(make_message("7-2"), starts).outcome is Outcome.ACCEPTED
    assert starts.count == 1
    assert len(smtp_server.messages) == smtp_server.connections == 2


def test_closing_twice_and_sending_after_it_is_fine(smtp_server: SmtpServer, transport: SmtpTransport) -> None:
    transport.close()
    transport.send(make_message("7-1"), Starts())
    transport.close()
    transport.close()
    assert transport.send(make_message("7-2"), Starts()).outcome is Outcome.ACCEPTED
    assert smtp_server.connections == 2


def test_nobody_listening_keeps_everything_queued(smtp_server: SmtpServer, connect: Connector) -> None:
    transport = connect(smtp_server)
    transport.send(make_message("7-1"), Starts())
    smtp_server.stop()
    starts = Starts()
    with pytest.raises(TransportUnavailable, match=f"{smtp_server.host}:{smtp_server.port}"):
        transport.send(make_message("7-2"), starts)
    assert starts.count == 0


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_mail_and_login_go_over_tls_with_a_verified_certificate(tls: Tls, connect: Connector) -> None:
    with SmtpServer(tls=tls, login=LOGIN) as server:
        transport = connect.with_settings(SmtpSettings(server.host, server.port, *LOGIN, tls=tls, ca_file=CERTIFICATE))
        message = make_message()
        assert transport.send(message, Starts()).outcome is Outcome.ACCEPTED
        transport.close()
        assert server.messages[0].content == message.content


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize(
    ("host", "trusted", "words"), [("localhost", False, "self-signed"), ("127.0.0.1", True, "127.0.0.1")]
)
def test_a_certificate_that_cannot_be_verified_stops_everything(
    tls: Tls, host: str, words: str, connect: Connector, *, trusted: bool
) -> None:
    with SmtpServer(tls=tls, login=LOGIN) as server:
        ca_file = CERTIFICATE if trusted else None
        transport = connect.with_settings(SmtpSettings(host, server.port, *LOGIN, tls=tls, ca_file=ca_file))
        with pytest.raises(TransportRefused, match="certificate") as caught:
            transport.send(make_message(), Starts())
    assert words in str(caught.value).replace("self signed", "self-signed")
    assert f"{host}:{server.port}" in str(caught.value)
    assert server.messages == []


@pytest.mark.parametrize(("begins", "words"), [(-20, "expired"), (10, "not yet valid")])
def test_a_certificate_that_is_out_of_date_is_no_matter_of_names(
    begins: int, words: str, connect: Connector, tmp_path: Path
) -> None:
    certificate = make_certificate(tmp_path / "old.pem", begins=timedelta(days=begins))
    with SmtpServer(tls="implicit", certificate=certificate) as server:
        settings = SmtpSettings(server.host, server.port, tls="implicit", ca_file=certificate)
        with pytest.raises(TransportRefused, match=f"{words}.*renew.*clock") as caught:
            connect.with_settings(settings).send(make_message(), Starts())
    assert "host name" not in str(caught.value)
    assert server.messages == []


def make_certificate(path: Path, *, begins: timedelta) -> Path:
    """For localhost, with its key, good for ten days from `begins` from now on."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    first = datetime.now(UTC) + begins
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, first, first + timedelta(days=10))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + builder.sign(key, SHA256()).public_bytes(Encoding.PEM))
    return path


def test_without_starttls_no_mail_goes_out(smtp_server: SmtpServer, connect: Connector) -> None:
    transport = connect.with_settings(SmtpSettings(smtp_server.host, smtp_server.port))
    with pytest.raises(TransportRefused, match="STARTTLS"):
        transport.send(make_message(), Starts())
    assert smtp_server.messages == []


def test_tls_at_once_with_a_server_that_does_not_speak_it_is_explained(
    smtp_server: SmtpServer, connect: Connector
) -> None:
    transport = connect.with_settings(SmtpSettings(smtp_server.host, smtp_server.port, tls="implicit"))
    with pytest.raises(TransportRefused, match="STARTTLS"):
        transport.send(make_message(), Starts())


def test_a_ca_file_that_is_not_there_is_named(smtp_server: SmtpServer, connect: Connector) -> None:
    missing = CERTIFICATE.with_name("missing.pem")
    transport = connect.with_settings(SmtpSettings(smtp_server.host, smtp_server.port, ca_file=missing))
    with pytest.raises(TransportRefused, match=r"missing\.pem"):
        transport.send(make_message(), Starts())


def test_a_wrong_password_stops_everything_and_is_not_shown(connect: Connector) -> None:
    with SmtpServer(tls="starttls", login=LOGIN) as server:
        transport = connect.with_settings(
            SmtpSettings(server.host, server.port, "news", "wrong-secret", ca_file=CERTIFICATE)
        )
        with pytest.raises(TransportRefused, match="login of 'news'") as caught:
            transport.send(make_message(), Starts())
    assert "535" in str(caught.value)
    assert "wrong-secret" not in str(caught.value)


def test_a_login_that_the_server_does_not_offer_is_explained(connect: Connector) -> None:
    def script(peer: Peer) -> None:
        peer.greet("PIPELINING")

    with ScriptedServer(script) as server:
        transport = connect.with_settings(SmtpSettings(server.host, server.port, *LOGIN, tls="none"))
        with pytest.raises(TransportRefused, match="no login"):
            transport.send(make_message(), Starts())


def test_envelopes_go_out_in_one_packet_where_the_server_allows_it(connect: Connector) -> None:
    def script(peer: Peer) -> None:
        peer.greet("PIPELINING", "SIZE 1000000")
        mail = peer.hear("MAIL")
        assert mail == f"MAIL FROM:<bounces+7-42@example.com> SIZE={len(make_message().content)}"
        assert peer.hear("RCPT") == "RCPT TO:<hanako@example.com>"
        peer.hear("DATA")
        peer.say("250 ok", "250 ok", "354 go")
        peer.read_content()
        peer.say("250 ok")
        peer.hear("QUIT")
        peer.say("221 bye")

    with ScriptedServer(script) as server:
        transport = connect(server)
        assert transport.send(make_message(), Starts()).outcome is Outcome.ACCEPTED
        transport.close()


def test_commands_wait_for_their_answers_where_the_server_does_not_allow_it(connect: Connector) -> None:
    def script(peer: Peer) -> None:
        peer.greet("8BITMIME")
        for verb, reply in (("MAIL", "250 ok"), ("RCPT", "250 ok"), ("DATA", "354 go")):
            peer.hear(verb)
            assert peer.unread() == b""
            peer.say(reply)
        peer.read_content()
        peer.say("250 ok")

    with ScriptedServer(script) as server:
        assert connect(server).send(make_message(), Starts()).outcome is Outcome.ACCEPTED


def test_the_start_is_written_down_after_the_go_ahead_and_before_any_content(connect: Connector) -> None:
    started, checked = threading.Event(), threading.Event()

    def script(peer: Peer) -> None:
        peer.greet()
        for verb in ("MAIL", "RCPT"):
            peer.hear(verb)
            peer.say("250 ok")
        peer.hear("DATA")
        assert not started.is_set()
        peer.say("354 go")
        assert started.wait(5)
        assert peer.unread() == b""
        checked.set()
        peer.read_content()
        peer.say("250 ok")

    def start() -> None:
        started.set()
        assert checked.wait(5)

    with ScriptedServer(script) as server:
        assert connect(server).send(make_message(), start).outcome is Outcome.ACCEPTED


def test_a_server_that_knows_only_helo_serves_on_loopback(connect: Connector) -> None:
    def script(peer: Peer) -> None:
        peer.say("220 old")
        peer.hear("EHLO")
        peer.say("502 what?")
        peer.hear("HELO")
        peer.say("250 old")
        peer.take_message()

    with ScriptedServer(script) as server:
        assert connect(server).send(make_message(), Starts()).outcome is Outcome.ACCEPTED


def test_an_address_that_could_forge_a_command_never_reaches_the_server(
    smtp_server: SmtpServer, connect: Connector
) -> None:
    transport, starts = connect(smtp_server), Starts()
    message = Message("1-1", "news@example.com", "a@example.com>\r\nRCPT TO:<b@example.com", b"")
    assert transport.send(message, starts).outcome is Outcome.FAILED
    assert (starts.count, smtp_server.connections) == (0, 0)


def test_repeating_is_not_harmless_and_the_sender_may_know() -> None:
    transport: Transport = SmtpTransport(SmtpSettings("mail.example.com", 587))
    assert not transport.repeatable
