"""POST over a connection that is kept: what is certain when it breaks, and what is not."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from publisher.errors import AnswerLost, FetchError
from publisher.fetch import Channel, Limits, _load_trust
from tests.webserver import Handler, Page, WebServer

AGENT = "publisher/0 (+https://note.example)"
PEM = Path(__file__).parent / "delivery" / "localhost.pem"


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer() as running:
        yield running


@pytest.fixture
def channel() -> Iterator[Channel]:
    with ExitStack() as stack:
        made = Channel(AGENT, allow_private=True, limits=Limits(connect=5, total=5, size=1000, whole=False))
        stack.callback(made.close)
        yield made


def peers_of(server: WebServer, path: str) -> list[int]:
    """The ports that requests to `path` come from, filled in as they come."""
    found: list[int] = []

    def note(handler: Handler) -> None:
        found.append(handler.client_address[1])
        handler.close_connection = False
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    server.pages[path] = note
    return found


def test_many_requests_go_over_one_connection(server: WebServer, channel: Channel) -> None:
    ports = peers_of(server, "/send")
    for number in range(3):
        channel.open(server.url("/send"))
        answer = channel.post(server.url("/send"), b"%d" % number, {"X-Token": "t"})
        assert (answer.status, answer.content) == (200, b"ok")
    assert len(ports) == 3
    assert len(set(ports)) == 1
    assert [asked.content for asked in server.asked] == [b"0", b"1", b"2"]
    assert {asked.headers["x-token"] for asked in server.asked} == {"t"}


def test_a_connection_that_was_opened_is_the_one_that_is_used(server: WebServer, channel: Channel) -> None:
    ports = peers_of(server, "/send")
    channel.open(server.url("/send"))
    assert server.asked == []
    assert channel._network._ready is not None
    own = channel._network._ready[1]._socket.getsockname()[1]
    channel.open(server.url("/send"))
    channel.post(server.url("/send"), b"x", {})
    assert ports == [own]


def test_a_connection_that_the_server_closed_is_replaced_before_anything_is_said(
    server: WebServer, channel: Channel
) -> None:
    server.pages["/send"] = Page(b"ok", headers={"Connection": "close"})
    for _ in range(2):
        channel.open(server.url("/send"))
        assert channel.post(server.url("/send"), b"x", {}).status == 200


def test_words_of_a_refusal_are_heard_up_to_a_limit(server: WebServer, channel: Channel) -> None:
    server.pages["/small"] = Page(b'{"message": "no"}', 422)
    server.pages["/large"] = Page(b"x" * 5000, 500)
    small = channel.post(server.url("/small"), b"x", {})
    assert (small.status, small.content) == (422, b'{"message": "no"}')
    large = channel.post(server.url("/large"), b"x", {})
    assert (large.status, len(large.content)) == (500, 1000)
    assert channel.post(server.url("/small"), b"x", {}).status == 422


def test_an_answer_whose_words_break_off_counts(server: WebServer, channel: Channel) -> None:
    server.pages["/send"] = lambda handler: handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhal")
    answer = channel.post(server.url("/send"), b"x", {})
    assert (answer.status, answer.content) == (200, b"")


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200", b"no HTTP at all\r\n\r\n"], ids=["nothing", "a part", "nonsense"]
)
def test_without_an_answer_to_all_that_was_said_there_is_doubt(
    server: WebServer, channel: Channel, answer: bytes
) -> None:
    server.pages["/send"] = lambda handler: handler.wfile.write(answer)
    channel.open(server.url("/send"))
    with pytest.raises(AnswerLost):
        channel.post(server.url("/send"), b"x", {})


def test_a_server_that_is_silent_leaves_doubt(server: WebServer) -> None:
    server.pages["/send"] = lambda _handler: server.stopped.wait(10)
    hasty = Channel(AGENT, allow_private=True, limits=Limits(total=0.3))
    with pytest.raises(AnswerLost, match=r"no complete answer within 0\.3 seconds"):
        hasty.post(server.url("/send"), b"x", {})
    hasty.close()
    server.stopped.set()


def test_a_server_that_stops_reading_in_the_middle_cannot_have_it(channel: Channel) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/send"
        channel.open(url)
        taken, _ = listener.accept()
        # Closing resets the connection at once, whatever is on its way.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        taken.close()
        with pytest.raises(FetchError) as caught:
            channel.post(url, b"x" * 30_000_000, {})
    assert not isinstance(caught.value, AnswerLost)


def test_nobody_to_talk_to_is_known_before_anything_is_said(channel: Channel) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(FetchError, match="connection failed"):
        channel.open(f"http://127.0.0.1:{port}/")
    with pytest.raises(FetchError, match="cannot be found"):
        channel.open("https://nowhere.invalid/")


def test_private_addresses_are_refused_unless_allowed(server: WebServer) -> None:
    strict = Channel(AGENT)
    with pytest.raises(FetchError, match="private address"):
        strict.open(server.url("/send"))
    strict.close()
    assert server.asked == []


def test_a_certificate_nobody_vouches_for_is_known_before_anything_is_said(channel: Channel) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    with WebServer(context) as secure:
        with pytest.raises(FetchError, match="certificate"):
            channel.open(secure.url("/send", "localhost"))
        assert secure.asked == []


def test_tls_is_spoken_over_the_connection_that_was_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(PEM))
    _load_trust.cache_clear()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    with WebServer(context) as secure:
        ports = peers_of(secure, "/send")
        made = Channel(AGENT, allow_private=True)
        for _ in range(2):
            made.open(secure.url("/send", "localhost"))
            assert made.post(secure.url("/send", "localhost"), b"x", {}).content == b"ok"
        made.close()
    assert len(ports) == 2
    assert len(set(ports)) == 1
