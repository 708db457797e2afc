"""What a client may do to the server, and what it gets for it. Bytes on real sockets."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator

import pytest

from publisher.config.values import Listen
from publisher.errors import ServeError
from publisher.web import feedserver, guard, protocol, watching
from publisher.web.server import open_socket, serving
from tests.site import Site
from tests.web.served import ANYWHERE, Served, read_all, serve

GET = b"GET /rss.xml HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture
def served(site: Site) -> Iterator[Served]:
    site.write("a.md", "題")
    with serve(site) as made:
        made.get("/rss.xml")  # held in memory from now on
        yield made


def status(answer: bytes) -> bytes:
    return answer.partition(b"\r\n")[0]


def test_connections_are_kept_and_requests_may_follow_at_once(served: Served) -> None:
    with served.connect() as connection:
        connection.sendall((GET + b"\r\n") * 2 + GET + b"Connection: close\r\n\r\n")
        answers = read_all(connection)
    assert answers.count(b"HTTP/1.1 200 OK\r\n") == 3
    assert answers.count(b"connection: close\r\n") == 1
    assert answers.count(b"</rss>") == 3


def test_answers_come_in_the_order_of_the_requests(served: Served) -> None:
    with served.connect() as connection:
        # The page needs a thread, the feed nothing at all.
        page = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
        connection.sendall(page + GET + b"\r\n" + page + GET + b"Connection: close\r\n\r\n")
        answers = read_all(connection)
    places = [answers.find(b"application/json"), answers.find(b"</rss>"), answers.rfind(b"application/json")]
    assert -1 not in places
    assert places == sorted(places)


def test_http_1_0_closes(served: Served) -> None:
    answer = served.raw(b"GET /rss.xml HTTP/1.0\r\n\r\n")
    assert status(answer) == b"HTTP/1.1 200 OK"
    assert b"connection: close\r\n" in answer


def test_a_body_that_nobody_wants_is_passed_over(served: Served) -> None:
    with_body = GET + b"Content-Length: 5\r\n\r\nhello"
    answers = served.raw(with_body + GET + b"Connection: close\r\n\r\n")
    assert answers.count(b"HTTP/1.1 200 OK") == 2


def test_an_address_too_long(served: Served) -> None:
    answer = served.raw(b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    assert status(answer) == b"HTTP/1.1 414 Request-URI Too Long" or status(answer) == b"HTTP/1.1 414 URI Too Long"
    assert b"content-type: text/plain; charset=utf-8\r\n" in answer


@pytest.mark.parametrize("header", [b"X: " + b"a" * 40_000, b"\r\n".join(b"X-%d: 1" % n for n in range(9000))])
def test_headers_too_large(served: Served, header: bytes) -> None:
    answer = served.raw(GET + header + b"\r\n\r\n")
    assert status(answer) == b"HTTP/1.1 431 Request Header Fields Too Large"
    assert b"connection: close\r\n" in answer


def test_a_header_without_an_end(served: Served) -> None:
    """It comes in pieces, and the parser says nothing of it until it ends."""
    with served.connect() as connection:
        connection.sendall(GET + b"X: ")
        sent = 0
        try:
            while sent < 5_000_000:
                connection.sendall(b"a" * 1000)
                sent += 1000
        except OSError:  # the server has closed
            pass
        assert sent < 5_000_000


def test_what_is_no_request(served: Served) -> None:
    answer = served.raw(b"\x16\x03\x01 hello\r\n\r\n")
    assert status(answer) == b"HTTP/1.1 400 Bad Request"


def test_who_says_nothing_is_not_waited_for(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "_MOST_SECONDS", 0.2)
    with serve(site) as served:
        assert served.raw(b"") == b""
        assert served.raw(GET + b"X: a") == b""


def test_a_large_form_is_refused_before_it_is_read(served: Served) -> None:
    post = b"POST /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    assert status(served.raw(post + b"Content-Length: 100000\r\n\r\n")) == b"HTTP/1.1 413 Request Entity Too Large"


def test_a_body_of_unknown_length_ends_at_the_limit() -> None:
    sent = [{"type": "http.request", "body": b"a" * 40_000, "more_body": True}] * 3
    given = iter(sent)

    async def receive() -> dict[str, object]:
        return next(given)

    async def take() -> list[str]:
        limited = guard._limit_body(receive)
        return [(await limited())["type"] for _ in sent]

    assert asyncio.run(take()) == ["http.request", "http.disconnect", "http.disconnect"]


def test_a_body_that_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "_LONGEST_WAIT", 0.05)

    async def never() -> dict[str, object]:
        await asyncio.Event().wait()
        return {}

    async def take() -> str:
        return str((await guard._limit_body(never)())["type"])

    assert asyncio.run(take()) == "http.disconnect"


def test_a_flood_of_connections_gets_503_and_the_server_lives_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("publisher.web.server._CONNECTIONS", 20)
    with serve(site) as served:
        opened = [served.connect() for _ in range(30)]
        answers = []
        for connection in opened:  # each stays open behind its answer, but those that are one too many
            connection.sendall(GET + b"\r\n")
            answers.append(status(connection.recv(65_536)))
        assert set(answers) == {b"HTTP/1.1 200 OK", b"HTTP/1.1 503 Service Unavailable"}
        for connection in opened:
            connection.close()
        while served.get("/rss.xml").status_code == 503:  # until it has seen that they are gone
            pass


def test_an_address_that_is_taken_is_an_error_in_words(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, site.open() as context:
        port = taken.getsockname()[1]
        with (
            pytest.raises(ServeError, match=f"127.0.0.1:{port}: cannot listen there: address already in use"),
            serving(context, Listen("127.0.0.1", port)),
        ):
            pass
    with pytest.raises(ServeError, match=r"cannot listen there: .*; name an address of this machine in web.listen"):
        open_socket(Listen("192.0.2.1", 0))
    with pytest.raises(ServeError, match=r"host.invalid:1: cannot listen there"):
        open_socket(Listen("host.invalid", 1))


def test_an_answer_under_way_is_finished(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file comes in two parts; between them the server is told to stop."""
    first_is_out, may_go_on = threading.Event(), threading.Event()

    async def in_two_parts(_file: object, length: int, send: feedserver.Send) -> None:
        await send({"type": "http.response.body", "body": b"0" * 10, "more_body": True})
        first_is_out.set()
        await asyncio.to_thread(may_go_on.wait)
        await send({"type": "http.response.body", "body": b"1" * (length - 10)})

    monkeypatch.setattr(feedserver, "_send_chunks", in_two_parts)
    monkeypatch.setattr("publisher.web.memory._LARGEST_HELD", 100)
    (site.output).mkdir()
    (site.output / "talk.mp3").write_bytes(b"x" * 1000)
    with site.open() as context:
        with serving(context, ANYWHERE) as address:
            host, port = address.removeprefix("http://").rstrip("/").split(":")
            connection = socket.create_connection((host, int(port)), timeout=20)
            connection.sendall(b"GET /talk.mp3 HTTP/1.1\r\nHost: x\r\n\r\n")
            assert first_is_out.wait(20)
            threading.Timer(0.3, may_go_on.set).start()  # when the server is already stopping
        with connection:
            assert read_all(connection).endswith(b"0" * 10 + b"1" * 990)


def test_a_bug_in_a_page_is_logged_and_answered(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[tuple[str, dict[str, str]]] = []

    class Log:
        def error(self, event: str, **values: str) -> None:
            logged.append((event, values))

    monkeypatch.setattr(guard, "get_log", Log)
    monkeypatch.setattr(watching, "get_health", lambda _context: 1 / 0)
    answer = served.get("/health")
    assert answer.status_code == 500
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "Traceback" not in answer.text
    assert logged == [("page failed", {"page": "health", "reason": "ZeroDivisionError: division by zero"})]
    assert served.get("/rss.xml").status_code == 200
