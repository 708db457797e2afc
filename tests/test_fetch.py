"""HTTP with limits, against a real server on the loopback interface."""

from __future__ import annotations

import contextlib
import gzip
import ipaddress
import os
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import FetchError
from publisher.fetch import Answer, Limits, _unpack, fetch, is_public, post
from tests.webserver import Handler, Page, WebServer

AGENT = "publisher/0 (+https://note.example)"
PEM = Path(__file__).parent / "delivery" / "localhost.pem"


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer() as running:
        yield running


def ask(url: str, headers: dict[str, str] | None = None, limits: Limits | None = None) -> Answer:
    return fetch(url, AGENT, headers, allow_private=True, limits=limits)


def complaint(url: str, limits: Limits | None = None) -> str:
    with pytest.raises(FetchError) as caught:
        ask(url, limits=limits)
    return str(caught.value)


# ---------------------------------------------------------------------------------------------------- an answer


def test_an_answer_has_status_headers_and_content(server: WebServer) -> None:
    server.pages["/feed?a=1"] = Page(b"<rss/>", headers={"ETag": '"1"', "X-Two": "a"})
    answer = ask(server.url("/feed?a=1#top"))
    assert (answer.status, answer.content, answer.headers["etag"]) == (200, b"<rss/>", '"1"')
    assert answer.url == answer.lasting_url == server.url("/feed?a=1#top")
    sent = server.asked[0].headers
    assert (sent["user-agent"], sent["accept-encoding"]) == (AGENT, "gzip, deflate")
    assert "cookie" not in sent


def test_validators_go_back_to_the_byte_and_304_has_no_content(server: WebServer) -> None:
    etag, modified = 'W/"\xe9 odd, \'"', "Thu, 8 Jan 26 09:30:00 JST"
    server.pages["/"] = Page(b"x", headers={"ETag": etag, "Last-Modified": modified})
    first = ask(server.url("/"))
    again = ask(
        server.url("/"),
        {"If-None-Match": first.headers["etag"], "If-Modified-Since": first.headers["last-modified"]},
    )
    assert (again.status, again.content) == (304, b"")
    assert server.asked[1].headers["if-none-match"] == etag
    assert server.asked[1].headers["if-modified-since"] == modified


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 429, 500, 503])
def test_other_statuses_are_answers_without_content(server: WebServer, status: int) -> None:
    server.pages["/"] = Page(b"a page about it", status, {"Retry-After": "7"})
    answer = ask(server.url("/"))
    assert (answer.status, answer.content, answer.headers["retry-after"]) == (status, b"", "7")


# ---------------------------------------------------------------------------------------------------- saying


def test_a_post_says_its_content_once_and_takes_any_answer(server: WebServer) -> None:
    server.pages["/hub"] = Page(b"not now", 503, {"Retry-After": "7"})
    said = post(server.url("/hub"), AGENT, "本文".encode(), {"Content-Type": "text/plain"}, allow_private=True)
    assert (said.status, said.content, said.headers["retry-after"]) == (503, b"", "7")
    (asked,) = server.asked
    assert (asked.method, asked.content.decode()) == ("POST", "本文")
    assert (asked.headers["content-length"], asked.headers["content-type"]) == ("6", "text/plain")
    assert "transfer-encoding" not in asked.headers


def test_a_post_of_nothing_is_a_post(server: WebServer) -> None:
    server.pages["/hub"] = Page(status=204)
    assert post(server.url("/hub"), AGENT, b"", allow_private=True).status == 204
    assert [(asked.method, asked.headers["content-length"]) for asked in server.asked] == [("POST", "0")]


def test_a_post_is_not_led_on(server: WebServer) -> None:
    server.redirect("/hub", server.url("/other"), 307)
    answer = post(server.url("/hub"), AGENT, b"x", allow_private=True)
    assert (answer.status, answer.headers["location"]) == (307, server.url("/other"))
    assert server.paths() == ["/hub"]


def test_the_answer_to_a_post_may_be_endless(server: WebServer) -> None:
    server.pages["/hub"] = lambda handler: handler.say("HTTP/1.1 202 Fine\nContent-Length: 999999999", b"x" * 100_000)
    assert post(server.url("/hub"), AGENT, b"x", allow_private=True).status == 202


def test_a_post_goes_to_no_private_address_and_to_nothing_but_the_web(server: WebServer) -> None:
    with pytest.raises(FetchError, match="private address"):
        post(server.url("/hub"), AGENT, b"x")
    with pytest.raises(FetchError, match="no address with http"):
        post("file:///etc/passwd", AGENT, b"x")
    assert server.asked == []


def test_no_redirect_at_all_is_a_limit_too(server: WebServer) -> None:
    server.redirect("/", server.url("/other"))
    assert (
        complaint(server.url("/"), Limits(redirects=0)) == f"redirects to {server.url('/other')}, which is not followed"
    )
    assert server.paths() == ["/"]


# ---------------------------------------------------------------------------------------------------- compression


def _deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()


TEXT = "麹のはなし🍚".encode() * 1000


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("x-gzip", gzip.compress(TEXT, mtime=0)),
        ("gzip", gzip.compress(TEXT[:500], mtime=0) + gzip.compress(TEXT[500:], mtime=0) + b"\0\0padding"),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", _deflate(TEXT)),
        ("identity", TEXT),
    ],
)
def test_what_is_packed_is_unpacked(server: WebServer, encoding: str, packed: bytes) -> None:
    server.pages["/"] = Page(packed, headers={"Content-Encoding": encoding})
    assert ask(server.url("/")).content == TEXT


@pytest.mark.parametrize(
    ("encoding", "packed", "words"),
    [
        ("gzip", gzip.compress(TEXT, mtime=0)[:-20], "broke off in the middle"),
        ("gzip", b"no gzip at all", "is not the gzip that it says it is"),
        ("deflate", b"\xff\xff\xff", "is not the deflate"),
        ("br", b"...", "is encoded as 'br', which was not asked for"),
        ("gzip, gzip", b"...", "which was not asked for"),
    ],
)
def test_what_cannot_be_unpacked_is_said(server: WebServer, encoding: str, packed: bytes, words: str) -> None:
    server.pages["/"] = Page(packed, headers={"Content-Encoding": encoding})
    assert words in complaint(server.url("/"))


def test_a_bomb_is_not_unpacked(server: WebServer) -> None:
    server.pages["/"] = Page(b"\0" * 50_000_000, packed=True)
    assert complaint(server.url("/"), Limits(size=1_000_000)) == "is larger than 1 MB"


def test_members_without_content_end_too(server: WebServer) -> None:
    server.pages["/"] = Page(gzip.compress(b"", mtime=0) * 10_000, headers={"Content-Encoding": "gzip"})
    assert ask(server.url("/")).content == b""


@given(st.binary(max_size=3000), st.integers(min_value=0, max_value=9))
def test_whatever_was_packed_comes_out(content: bytes, level: int) -> None:
    assert _unpack(gzip.compress(content, level, mtime=0), is_gzip=True, size=3000) == content
    assert _unpack(zlib.compress(content, level), is_gzip=False, size=3000) == content
    assert _unpack(_deflate(content), is_gzip=False, size=3000) == content


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_content_or_one_error(packed: bytes, is_gzip: bool) -> None:  # noqa: FBT001 - hypothesis gives it by position
    with contextlib.suppress(FetchError, zlib.error):
        assert len(_unpack(packed, is_gzip=is_gzip, size=1000)) <= 1000


# ---------------------------------------------------------------------------------------------------- limits


def test_what_is_too_large_is_not_read_to_its_end(server: WebServer) -> None:
    sent: list[int] = []

    def endless(handler: Handler) -> None:
        handler.say("HTTP/1.1 200 OK")
        while True:
            handler.wfile.write(b"x" * 10_000)
            sent.append(10_000)

    server.pages["/"] = endless
    assert complaint(server.url("/"), Limits(size=100_000)) == "is larger than 0.1 MB"
    assert sum(sent) < 20_000_000  # what the buffers of two sockets take


@pytest.mark.parametrize("head", ["", "HTTP/1.1 200 OK\nContent-Length: 5000"])
def test_a_server_that_drips_is_left_in_time(server: WebServer, head: str) -> None:
    def drip(handler: Handler) -> None:
        if head:
            handler.say(head)
        while not server.stopped.wait(0.05):
            handler.wfile.write(b"H")

    server.pages["/"] = drip
    started = time.monotonic()
    assert complaint(server.url("/"), Limits(total=0.5)) == "no complete answer within 0.5 seconds"
    assert time.monotonic() - started < 2


def test_a_server_that_says_nothing_is_left_in_time(server: WebServer) -> None:
    server.pages["/"] = lambda _: server.stopped.wait(10)
    assert complaint(server.url("/"), Limits(total=0.3)) == "no complete answer within 0.3 seconds"


def test_all_redirects_together_have_the_time_of_one_answer(server: WebServer) -> None:
    def slow(handler: Handler) -> None:
        server.stopped.wait(0.2)
        handler.say("HTTP/1.1 302 Found\nContent-Length: 0\nLocation: /")

    server.pages["/"] = slow
    assert "no complete answer within 0.5 seconds" in complaint(server.url("/"), Limits(total=0.5, redirects=99))


def test_a_host_that_takes_no_connection_is_left_in_time() -> None:
    # A queue of one that is full: the next connection is neither taken nor refused.
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.settimeout(0)
            one.connect_ex(("127.0.0.1", port))
        assert "no connection within 0.3 seconds" in complaint(f"http://127.0.0.1:{port}/", Limits(connect=0.3))
        for one in waiting:
            one.close()


@pytest.mark.parametrize(
    "head",
    ["HTTP/1.1 200 OK\nContent-Length: 500", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked", "HTTP/1.1 200"],
)
def test_half_an_answer_is_none(server: WebServer, head: str) -> None:
    server.pages["/"] = lambda handler: handler.say(head, b"10\r\nhalf")
    if head.endswith("200"):  # neither a length nor chunks: the end of the connection is the end
        assert ask(server.url("/")).content == b"10\r\nhalf"
    else:
        assert "broke off or is not HTTP" in complaint(server.url("/"))


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-hello\r\n", b"HTTP/1.1 200 OK\r\nNo colon\r\n\r\n", b"\0" * 200_000])
def test_what_is_no_http_is_said(server: WebServer, said: bytes) -> None:
    server.pages["/"] = lambda handler: handler.wfile.write(said)
    assert "broke off or is not HTTP" in complaint(server.url("/")) or said == b""


def test_nobody_there_is_said() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    assert complaint(f"http://127.0.0.1:{port}/") == "the connection failed (Connection refused)"
    assert "cannot be found" in complaint("http://nobody.invalid/")


@pytest.mark.parametrize(
    "url", ["http://", "ftp://a.example/", "http://a.example:99999/", "http://[", "/feed", "http://\ud800/"]
)
def test_what_is_no_address_is_said(url: str) -> None:
    assert complaint(url)


# ---------------------------------------------------------------------------------------------------- redirects


def test_a_permanent_redirect_is_a_lasting_address_and_a_passing_one_is_not(server: WebServer) -> None:
    server.pages["/new"] = Page(b"x")
    for status, lasts in [(301, True), (308, True), (302, False), (303, False), (307, False)]:
        server.redirect(f"/{status}", "new", status)
        answer = ask(server.url(f"/{status}"))
        assert (answer.content, answer.url) == (b"x", server.url("/new"))
        assert answer.lasting_url == server.url("/new" if lasts else f"/{status}")


def test_a_chain_lasts_up_to_its_first_passing_redirect(server: WebServer) -> None:
    server.pages["/end"] = Page(b"x")
    server.redirect("/a", "/b", 301)
    server.redirect("/b", "/c", 302)
    server.redirect("/c", "/end", 301)
    assert ask(server.url("/a")).lasting_url == server.url("/b")


def test_a_loop_ends(server: WebServer) -> None:
    server.redirect("/a", "/a")
    assert complaint(server.url("/a")) == f"leads on and on (5 redirects, the last to {server.url('/a')})"
    assert len(server.asked) == 6


@pytest.mark.parametrize("target", ["file:///etc/passwd", "javascript:alert(1)", "gopher://a.example/"])
def test_a_redirect_to_something_else_is_not_followed(server: WebServer, target: str) -> None:
    server.redirect("/", target)
    assert "address" in complaint(server.url("/"))
    assert server.paths() == ["/"]


def test_cookies_are_not_sent_back(server: WebServer) -> None:
    server.pages["/"] = Page(status=302, headers={"Set-Cookie": "a=b; Path=/", "Location": "/next"})
    server.pages["/next"] = Page(b"x")
    ask(server.url("/"))
    assert "cookie" not in server.asked[1].headers


def test_a_password_stays_with_the_server_it_was_written_for(server: WebServer) -> None:
    with WebServer() as other:
        other.pages["/there"] = Page(b"x")
        server.redirect("/", "/same")
        server.redirect("/same", other.url("/there"))
        answer = ask(server.url("/", "me:secret@127.0.0.1"))
    assert [asked.headers.get("authorization") for asked in server.asked] == ["Basic bWU6c2VjcmV0"] * 2
    assert "authorization" not in other.asked[0].headers
    assert "secret" not in answer.url


def test_proxies_of_the_environment_are_not_used(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server.pages["/"] = Page(b"x")
    assert ask(server.url("/")).content == b"x"


# ---------------------------------------------------------------------------------------------------- private addresses


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "0"])
def test_this_machine_is_not_asked_under_any_name(server: WebServer, host: str) -> None:
    server.pages["/"] = Page(b"x")
    with pytest.raises(FetchError, match="is a private address"):
        fetch(server.url("/", host), AGENT)
    assert server.asked == []


def test_each_redirect_is_looked_at(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first host counts as public here; where it leads to is the same machine under its own name."""
    monkeypatch.setattr("publisher.fetch.is_public", lambda address: address == "127.0.0.1")
    server.redirect("/", f"http://127.0.0.2:{server.port}/inner")
    with pytest.raises(FetchError, match=r"'127\.0\.0\.2' is a private address"):
        fetch(server.url("/"), AGENT)
    assert server.paths() == ["/"]


def test_a_name_is_resolved_once_so_that_it_cannot_change_after_the_check(
    server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def changing(host: str, port: int, **_options: int) -> object:
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", changing)
    monkeypatch.setattr("publisher.fetch.is_public", lambda address: address == "127.0.0.1")
    server.pages["/"] = Page(b"x")
    assert fetch(server.url("/", "rebind.example"), AGENT).content == b"x"
    assert asked == ["rebind.example"]
    assert server.asked[0].headers["host"] == f"rebind.example:{server.port}"


def test_of_several_addresses_the_next_is_tried_and_private_ones_are_left_out(
    server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def several(_host: str, port: int, **_options: int) -> object:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{last}", port)) for last in (9, 3, 1)]

    server.pages["/"] = Page(b"x")
    looked_at: list[str] = []
    monkeypatch.setattr(socket, "getaddrinfo", several)

    def look(address: str) -> bool:
        looked_at.append(address)
        return address != "127.0.0.9"

    monkeypatch.setattr("publisher.fetch.is_public", look)
    # Nobody listens at .9 or .3 with this port: the one is left out unasked, the other refuses.
    assert fetch(server.url("/", "many.example"), AGENT).content == b"x"
    assert looked_at == ["127.0.0.9", "127.0.0.3", "127.0.0.1"]


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
)
def test_addresses_of_the_internet(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("10.0.0.1", "172.16.0.1", "192.168.1.1", "127.0.0.1", "0.0.0.1", "100.64.0.1", "169.254.169.254"),
        *("192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1", "fe80::1%lo", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1"),
        *("::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1", "::7f00:1", "2001::1"),
    ],
)
def test_addresses_that_are_not(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_an_address_inside_another_is_judged_by_itself(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    mapped = ipaddress.IPv6Address((0xFFFF << 32) + number)
    nat64 = ipaddress.IPv6Address((0x64FF9B << 96) + number)
    sixtofour = ipaddress.IPv6Address((0x2002 << 112) + (number << 80))
    assert {is_public(str(outer)) for outer in (mapped, nat64, sixtofour)} == {is_public(str(address))}
    assert not (is_public(str(address)) and (address.is_private or address.is_loopback or address.is_link_local))


# ---------------------------------------------------------------------------------------------------- TLS


@pytest.fixture
def secure() -> Iterator[WebServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    with WebServer(context) as running:
        running.pages["/"] = Page(b"safe")
        yield running


def test_a_certificate_is_verified_against_the_name_and_not_the_address(
    secure: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(PEM))
    assert ask(secure.url("/", "localhost")).content == b"safe"
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda _host, port, **_options: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))],
    )
    assert "certificate of the host cannot be trusted" in complaint(secure.url("/", "other.example"))


def test_a_certificate_that_nobody_vouches_for_is_refused(secure: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    assert "certificate of the host cannot be trusted" in complaint(secure.url("/", "localhost"))


def test_a_handshake_that_never_ends_is_left_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        done = threading.Event()

        def take() -> None:
            taken, _ = silent.accept()
            with taken:
                done.wait(10)

        thread = threading.Thread(target=take)
        thread.start()
        words = complaint(f"https://127.0.0.1:{silent.getsockname()[1]}/", Limits(total=0.3))
        done.set()
        thread.join()
    assert words == "no complete answer within 0.3 seconds"


def test_without_a_body_only_the_head_is_read(server: WebServer) -> None:
    server.pages["/large"] = Page(b"x" * 50_000)
    answer = ask(server.url("/large"), limits=Limits(size=10, body=False))
    assert (answer.status, answer.content, answer.headers["content-length"]) == (200, b"", "50000")


def test_of_what_need_not_be_whole_the_start_is_enough(server: WebServer) -> None:
    server.pages["/large"] = Page(bytes(range(256)) * 4_000)
    server.pages["/small"] = Page(b"x" * 10)
    limits = Limits(size=100_000, whole=False)
    assert ask(server.url("/large"), limits=limits).content == (bytes(range(256)) * 4_000)[:100_000]
    assert ask(server.url("/small"), limits=limits).content == b"x" * 10
    server.pages["/packed"] = Page(os.urandom(300_000), packed=True)
    assert complaint(server.url("/packed"), limits) == "broke off in the middle of its compressed data"
