"""A server that says what a test tells it to, word by word: for everything a well-behaved one would never do.

def script(peer: Peer) -> None:
    peer.greet("PIPELINING")
    peer.hear("MAIL")
    peer.say("250 ok")
    peer.reset()

with ScriptedServer(script) as server:
    ... send to server.host, server.port ...
"""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable
from typing import Self

HOST = "127.0.0.1"
_PATIENCE = 5.0
_START = 60.0  # seconds; whoever calls may be a program that has yet to be started


class Peer:
    """One connection, seen from the server. Waits at most five seconds for anything."""

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(_PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = connection
        self._buffer = b""

    def greet(self, *extensions: str) -> None:
        self.say("220 relay.example.com")
        self.introduce(*extensions)

    def introduce(self, *extensions: str) -> None:
        self.hear("ehlo")
        lines = ["relay.example.com", *extensions]
        self.say(*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}")

    def take_envelope(self) -> None:
        for verb, reply in (("MAIL", "250 ok"), ("RCPT", "250 ok"), ("DATA", "354 go")):
            self.hear(verb)
            self.say(reply)

    def take_message(self) -> bytes:
        self.take_envelope()
        content = self.read_content()
        self.say("250 queued")
        return content

    def say(self, *lines: str) -> None:
        self.write("".join(f"{line}\r\n" for line in lines).encode())

    def write(self, data: bytes) -> None:
        self._connection.sendall(data)

    def hear(self, verb: str) -> str:
        line = self._read_until(b"\r\n").decode()
        assert line.upper().startswith(verb.upper()), f"expected {verb}, got {line!r}"
        return line.removesuffix("\r\n")

    def read_content(self) -> bytes:
        """What stands before the lone dot, as it came."""
        content = self._read_until(b"\r\n.\r\n")
        return content[: -len(b".\r\n")]

    def read_some(self) -> bytes:
        return self._connection.recv(65536)

    def read_rest(self) -> bytes:
        """Everything until the other side hangs up."""
        rest, self._buffer = self._buffer, b""
        while True:
            try:
                data = self.read_some()
            except ConnectionResetError:
                return rest
            if not data:
                return rest
            rest += data

    def unread(self) -> bytes:
        """What has come and was not heard yet."""
        return self._buffer

    def start_tls(self, context: ssl.SSLContext) -> None:
        self._connection = context.wrap_socket(self._connection, server_side=True)

    def close(self) -> None:
        self._connection.close()

    def reset(self) -> None:
        """Hang up at once and without a goodbye (RST)."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()

    def _read_until(self, end: bytes) -> bytes:
        while end not in self._buffer:
            data = self.read_some()
            assert data, f"the other side hung up after {self._buffer[-200:]!r}"
            self._buffer += data
        head, _, self._buffer = self._buffer.partition(end)
        return head + end


Script = Callable[[Peer], None]


class ScriptedServer:
    """Plays one script for each connection, in order, then hangs up. What a script asserts fails the test."""

    def __init__(self, *scripts: Script) -> None:
        self._listener = socket.create_server((HOST, 0))
        self._listener.settimeout(_START)
        self._scripts = scripts
        self._trouble: BaseException | None = None
        self._thread = threading.Thread(target=self._play, name="scripted-server", daemon=True)
        self.host = HOST
        self.port: int = self._listener.getsockname()[1]
        self.played = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._thread.join(_PATIENCE * 2)
        self._listener.close()
        assert not self._thread.is_alive(), "a script waits for something that does not come"
        if self._trouble is not None and kind is None:
            raise self._trouble

    def _play(self) -> None:
        try:
            for script in self._scripts:
                connection, _ = self._listener.accept()
                peer = Peer(connection)
                try:
                    script(peer)
                finally:
                    peer.close()
                self.played += 1
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            self._trouble = error
