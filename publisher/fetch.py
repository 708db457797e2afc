"""HTTP with limits: the one door to httpx.

A server decides nothing here: not how long we wait, how much we read, where we are led or what machine we talk to. The
network is reached through one class that resolves a name, looks at the addresses and connects to just those, so that a
name cannot mean another machine between check and connection. Without cookies, and without proxies of the environment;
`SSL_CERT_FILE` and `SSL_CERT_DIR` may name further authorities.
"""

from __future__ import annotations

import ipaddress
import os
import select
import socket
import ssl
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urljoin

import httpcore
import httpx

from publisher.errors import AnswerLost, FetchError

_PERMANENT = frozenset({301, 308})
_REDIRECTS = _PERMANENT | {302, 303, 307}
_MOST_ADDRESSES = 4  # of one name that are tried
_WITHOUT_BODY = frozenset({204, 304})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Seconds that an idle connection is used again. Servers close theirs after five seconds and more, and one that is being
# closed while we write to it would leave doubt.
_KEEP = 2.0
_PIECE = 65_536  # bytes decoded at once, so that a few bytes cannot become gigabytes


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for one connection and for everything together, decoded bytes, redirects.

    Without `body` only the head of an answer is read. Where the answer need not be `whole`, its first `size` bytes are
    taken of a larger one.
    """

    connect: float = 10.0
    total: float = 30.0
    size: int = 10_000_000
    redirects: int = 5
    body: bool = True
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said, redirects apart.

    `url` is where it said so, and `lasting_url` how far redirects led that are meant to last (301, 308). Names of
    headers are in lower case. `content` is decoded; it is empty unless the status is 200 to 299,
    or the answer is one of a Channel.
    """

    status: int
    url: str
    lasting_url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""


def fetch(
    url: str,
    agent: str,
    headers: Mapping[str, str] | None = None,
    *,
    allow_private: bool = False,
    limits: Limits | None = None,
) -> Answer:
    """GET, redirects followed. `headers` go out as they are (ISO 8859-1), so validators come back to the byte.

    Raises FetchError in words that follow the address and a colon.
    """
    limits = limits or Limits()
    network = _Network(limits, allow_private=allow_private)
    with _in_words(network), _Transport(network) as transport:
        return _follow(url, _Asker(transport, agent, headers or {}, network), limits)


def post(
    url: str,
    agent: str,
    content: bytes,
    headers: Mapping[str, str] | None = None,
    *,
    allow_private: bool = False,
    limits: Limits | None = None,
) -> Answer:
    """POST. A redirect is an answer like any other, and of no answer is the content read.

    Raises FetchError in words that follow the address and a colon.
    """
    limits = limits or Limits()
    network = _Network(limits, allow_private=allow_private)
    with _in_words(network), _Transport(network) as transport:
        asked = _check_url(httpx.URL(url))
        response = _Asker(transport, agent, headers or {}, network).open(asked, content)
        response.close()
        return Answer(response.status_code, str(asked), str(asked), _plain_headers(response))


class Channel:
    """POST to one server again and again over one connection, by one thread at a time."""

    def __init__(self, agent: str, *, allow_private: bool = False, limits: Limits | None = None) -> None:
        self._agent = agent
        self._limits = limits or Limits()
        self._network = _Network(self._limits, allow_private=allow_private)
        self._transport = _Transport(self._network, keep=_KEEP)

    def open(self, url: str) -> None:
        """Connect, TLS included, unless that has been done: what can fail before anything is said fails here.

        Raises FetchError in words that follow the address and a colon.
        """
        self._network.begin()
        with _in_words(self._network):
            self._transport.prepare(_check_url(httpx.URL(url)))

    def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """The answer with what it says, whatever its status, as far as it could be read.

        Raises AnswerLost when everything was written, FetchError when it was not: then the server cannot have it.
        """
        self._network.begin()
        wanted = {"Connection": "keep-alive", "Accept-Encoding": "identity", **headers}
        asked = httpx.URL(url)
        try:
            with _in_words(self._network):
                asker = _Asker(self._transport, self._agent, wanted, self._network)
                response = asker.open(_check_url(asked), content)
        except FetchError as error:
            if self._network.is_said:
                raise AnswerLost(str(error)) from None
            raise
        return Answer(response.status_code, str(asked), str(asked), _plain_headers(response), self._read(response))

    def close(self) -> None:
        self._transport.close()

    def _read(self, response: httpx.Response) -> bytes:
        """The status is what counts: words that break off are no words."""
        try:
            with _in_words(self._network):
                return _read_body(response, self._limits)
        except FetchError:
            return b""
        finally:
            response.close()


@contextmanager
def _in_words(network: _Network) -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise FetchError(network.too_late()) from None
    except ssl.SSLCertVerificationError as error:
        raise FetchError(f"the certificate of the host cannot be trusted ({error.verify_message})") from None
    except OSError as error:
        raise FetchError(f"the connection failed ({error.strerror or error})") from None
    except httpcore.ProtocolError as error:
        raise FetchError(f"the answer broke off or is not HTTP ({error})") from None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise FetchError(f"is or leads to no address that can be asked ({error})") from None


# ---------------------------------------------------------------------------------------------------- asking


class _Asker:
    """One request after the other, each with a client of its own: nothing a server set goes to the next one."""

    def __init__(self, transport: _Transport, agent: str, headers: Mapping[str, str], network: _Network) -> None:
        self._transport = transport
        self.network = network
        own = {"User-Agent": agent, "Accept-Encoding": "gzip, deflate", "Accept": "*/*", "Connection": "close"}
        self._headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in {**own, **headers}.items()]

    def open(self, url: httpx.URL, content: bytes | None = None) -> httpx.Response:
        """GET, or POST when there is something to say."""
        client = httpx.Client(transport=self._transport, trust_env=False, follow_redirects=False)
        # Our own list only: a client's defaults would offer encodings that are not read here.
        client.headers.clear()
        method = "GET" if content is None else "POST"
        return client.send(client.build_request(method, url, content=content, headers=self._headers), stream=True)


def _follow(url: str, asker: _Asker, limits: Limits) -> Answer:
    current = _check_url(httpx.URL(url))
    lasting, lasts = current, True
    for _ in range(limits.redirects + 1):
        response = asker.open(current)
        try:
            target = response.headers.get("location", "").strip()
            if response.status_code not in _REDIRECTS or not target:
                content = _read_body(response, limits) if response.is_success and limits.body else b""
                return Answer(response.status_code, str(current), str(lasting), _plain_headers(response), content)
        finally:
            response.close()
        lasts = lasts and response.status_code in _PERMANENT
        current = _check_url(_join(current, target))
        lasting = current if lasts else lasting
    if not limits.redirects:
        raise FetchError(f"redirects to {_shown(current)}, which is not followed")
    raise FetchError(f"leads on and on ({limits.redirects} redirects, the last to {_shown(current)})")


def _join(base: httpx.URL, target: str) -> httpx.URL:
    """The part behind `#` is for browsers. A password goes nowhere but where it was written for."""
    joined = httpx.URL(urljoin(str(base), target)).copy_with(fragment=None)
    same = (joined.scheme, joined.host, joined.port) == (base.scheme, base.host, base.port)
    return joined.copy_with(userinfo=base.userinfo if same else b"")


def _check_url(url: httpx.URL) -> httpx.URL:
    if url.scheme not in {"http", "https"} or not url.host:
        raise FetchError(f"leads to {_shown(url)}, which is no address with http or https")
    return url


def _shown(url: httpx.URL) -> str:
    return str(url.copy_with(userinfo=b""))[:200]


def _plain_headers(response: httpx.Response) -> dict[str, str]:
    plain: dict[str, str] = {}
    for name, value in response.headers.raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        plain[key] = f"{plain[key]}, {text}" if key in plain else text
    return plain


# ---------------------------------------------------------------------------------------------------- the body


def _read_body(response: httpx.Response, limits: Limits) -> bytes:
    if response.status_code in _WITHOUT_BODY:
        return b""
    raw = _read_bounded(response.iter_raw(), limits)
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding in {"", "identity"}:
        return b"".join(raw)
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise FetchError(f"is encoded as {encoding[:40]!r}, which was not asked for")
    packed = b"".join(raw)
    try:
        return _unpack(packed, is_gzip=encoding != "deflate", size=limits.size)
    except zlib.error as error:
        raise FetchError(f"is not the {encoding} that it says it is ({error})") from None


def _read_bounded(pieces: Iterable[bytes], limits: Limits) -> Iterator[bytes]:
    left = limits.size
    for piece in pieces:
        if len(piece) > left:
            if limits.whole:
                raise _too_large(limits.size)
            yield piece[:left]
            return
        left -= len(piece)
        yield piece


def _unpack(packed: bytes, *, is_gzip: bool, size: int) -> bytes:
    """All members of a gzip file (RFC 1952 2.2), or zlib data, with or (as some send it) without its header."""
    found: list[bytes] = []
    total = 0
    raw_deflate = not is_gzip and not _is_zlib(packed)
    mode = -zlib.MAX_WBITS if raw_deflate else zlib.MAX_WBITS | (16 if is_gzip else 0)
    rest = memoryview(packed)
    while rest:
        unpacker, position = zlib.decompressobj(mode), 0
        waiting = b""
        while not unpacker.eof:
            if not waiting:
                waiting = bytes(rest[position : position + _PIECE])
                position += len(waiting)
            was_last = not waiting
            piece = unpacker.decompress(waiting, _PIECE)
            waiting = unpacker.unconsumed_tail
            if was_last and not piece and not unpacker.eof:
                raise FetchError("broke off in the middle of its compressed data")
            total += len(piece)
            if total > size:
                raise _too_large(size)
            found.append(piece)
        rest = rest[position - len(unpacker.unused_data) :]
        if not is_gzip or bytes(rest[:2]) != b"\x1f\x8b":  # padding behind the last member
            break
    return b"".join(found)


def _is_zlib(packed: bytes) -> bool:
    """RFC 1950 2.2: method 8, and a check that makes a multiple of 31."""
    return len(packed) > 1 and packed[0] & 15 == 8 and (packed[0] << 8 | packed[1]) % 31 == 0


def _too_large(size: int) -> FetchError:
    return FetchError(f"is larger than {size / 1_000_000:g} MB")


# ---------------------------------------------------------------------------------------------------- the network


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet, and none of this machine, its networks or a group of machines."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
        if found.teredo is not None or found.is_site_local:
            return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


class _Network(httpcore.NetworkBackend):
    """Connections to checked addresses, all of them until one moment."""

    def __init__(self, limits: Limits, *, allow_private: bool) -> None:
        self._limits = limits
        self._allow_private = allow_private
        self._ready: tuple[tuple[str, int], _Stream] | None = None
        self.begin()

    def begin(self) -> None:
        """The time that everything together may take starts now. `is_said` tells whether all that was to be written
        since then has left this machine.
        """
        self._end = time.monotonic() + self._limits.total
        self._is_connecting = False
        self.is_said = False

    def too_late(self) -> str:
        if self._is_connecting and time.monotonic() < self._end:
            return f"no connection within {self._limits.connect:g} seconds"
        return f"no complete answer within {self._limits.total:g} seconds"

    def left(self, most: float | None = None) -> float:
        """Seconds. Raises TimeoutError when there are none left."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left if most is None else min(left, most)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - httpcore's signature; ours is in the limits
        local_address: str | None = None,  # noqa: ARG002 - as above
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002 - as above
    ) -> httpcore.NetworkStream:
        ready, self._ready = self._ready, None
        if ready is not None and ready[0] == (host, port):
            return ready[1]
        return self._connect(host, port)

    def prepare(self, host: str, port: int, context: ssl.SSLContext | None) -> None:
        """Connect for the next `connect_tcp`, with TLS where there is a `context`."""
        self.drop_prepared()
        stream = self._connect(host, port)
        if context is not None:
            try:
                stream = stream.start_tls(context, host)
            except BaseException:
                stream.close()
                raise
        self._ready = (host, port), stream

    @property
    def is_prepared(self) -> bool:
        return self._ready is not None and not self._ready[1].is_readable()

    def drop_prepared(self) -> None:
        ready, self._ready = self._ready, None
        if ready is not None:
            ready[1].close()

    def _connect(self, host: str, port: int) -> _Stream:
        places = self._resolve(host, port)
        self._is_connecting = True
        for number, (family, place) in enumerate(places, start=1):
            connected = socket.socket(family, socket.SOCK_STREAM)
            try:
                connected.settimeout(self.left(self._limits.connect))
                connected.connect(place)
            except OSError:
                connected.close()
                if number == len(places):
                    raise
            else:
                self._is_connecting = False
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return _Stream(connected, self)
        raise AssertionError("a name without an address came through")  # pragma: no cover - _resolve refuses it

    def _resolve(self, host: str, port: int) -> list[tuple[int, Any]]:
        """Family and address of what may be talked to."""
        # getaddrinfo cannot be interrupted; the system's resolver has limits of its own, about half a minute.
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise FetchError(f"the host {host!r} cannot be found ({reason})") from None
        places = [(int(item[0]), item[4]) for item in found]
        allowed = [place for place in places if self._allow_private or is_public(str(place[1][0]))]
        if not allowed:
            shown = places[0][1][0] if places else "none"
            raise FetchError(f"{host!r} is a private address ({shown}); allow_private: true would allow it")
        return allowed[:_MOST_ADDRESSES]


@cache
def _load_trust(*_named: str | None) -> ssl.SSLContext:
    """The authorities that are trusted, which take 0.05 s to load; httpx looks at the two variables itself."""
    return httpx.create_ssl_context()


class _Transport(httpx.BaseTransport):
    """httpx on our own network; its own transport has no place for one."""

    def __init__(self, network: _Network, keep: float | None = None) -> None:
        self._trust = _load_trust(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
        self._network = network
        self._pool = httpcore.ConnectionPool(ssl_context=self._trust, network_backend=network, keepalive_expiry=keep)

    def prepare(self, url: httpx.URL) -> None:
        """Have a connection that can be written to at once."""
        if self._network.is_prepared or any(one.is_idle() and not one.has_expired() for one in self._pool.connections):
            return
        context = None
        if url.scheme == "https":
            context = self._trust
            context.set_alpn_protocols(["http/1.1"])
        host = url.raw_host.decode("ascii")
        self._network.prepare(host, url.port or (443 if context else 80), context)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        asked = httpcore.Request(request.method, target, headers=request.headers.raw, content=request.read())
        answer = self._pool.handle_request(asked)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    def close(self) -> None:
        self._network.drop_prepared()
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


class _Stream(httpcore.NetworkStream):
    """A socket on which every single wait ends at the same moment, however small the pieces that come."""

    def __init__(self, connected: socket.socket, network: _Network) -> None:
        self._socket = connected
        self._network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - httpcore's signature
        self._socket.settimeout(self._network.left())
        return self._socket.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - httpcore's signature
        self._network.is_said = False
        self._socket.settimeout(self._network.left())
        self._socket.sendall(buffer)
        self._network.is_said = True

    def close(self) -> None:
        self._socket.close()

    def is_readable(self) -> bool:
        """Something has come that nobody asked for: most likely the end."""
        ready, _, _ = select.select([self._socket], [], [], 0)
        return bool(ready)

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - httpcore's signature
    ) -> _Stream:
        if isinstance(self._socket, ssl.SSLSocket):  # prepared
            return self
        # The timeout of a socket is one of the whole handshake, of all its reads together.
        self._socket.settimeout(self._network.left())
        return _Stream(ssl_context.wrap_socket(self._socket, server_hostname=server_hostname), self._network)

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self.is_readable()
        return self._socket if info == "socket" else None
