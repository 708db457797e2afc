"""An SMTP server with a fault at one step, and a log of what it took: the witness of who got a message, and how often.

with FaultyServer(Fault("RCPT", "stall"), times=2) as server:
    ... send to server.host, server.port ...
    assert server.taken == Counter({"<m1@example.com>": 1})
"""

from __future__ import annotations

import re
import socket
import struct
import threading
from collections import Counter
from dataclasses import dataclass
from typing import Literal, Self

HOST = "127.0.0.1"
_PATIENCE = 20.0

Step = Literal["GREETING", "EHLO", "MAIL", "RCPT", "DATA", "BODY", "DOT", "REPLY"]
Kind = Literal["refuse", "blame", "defer", "close", "drop", "stall", "garbage", "late", "split"]

_WORDS: dict[Kind, bytes] = {
    "refuse": b"550 5.1.1 nobody of that name\r\n",
    "blame": b"554 5.7.1 not you\r\n",
    "defer": b"451 4.3.0 not now\r\n",
    "close": b"421 4.3.2 going down\r\n",
    "garbage": b"\xff\xfe what?\r\n",
}
_YES = {
    "GREETING": b"220 faulty.example\r\n",
    "EHLO": b"250-faulty.example\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE\r\n",
    "MAIL": b"250 2.1.0 ok\r\n",
    "RCPT": b"250 2.1.5 ok\r\n",
    "DATA": b"354 go\r\n",
    "REPLY": b"250 2.0.0 taken\r\n",
}


@dataclass(frozen=True)
class Fault:
    """What happens at a step. BODY is in the middle of a content, DOT after all of it and before it is taken, REPLY
    after it was taken and before that is said.
    """

    step: Step
    kind: Kind


class _Gone(Exception):
    """This connection is over."""


class FaultyServer:
    """`taken` counts the Message-IDs of what it took; the fault occurs so many `times`, `after` so many good passes."""

    def __init__(self, fault: Fault | None = None, *, times: int = 2, after: int = 3) -> None:
        self._fault = fault
        self._left = times
        self._after = after
        self._lock = threading.Condition()
        self._listener = socket.create_server((HOST, 0), backlog=64)
        self._peers: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._is_over = threading.Event()
        self.host = HOST
        self.port: int = self._listener.getsockname()[1]
        self.taken: Counter[str] = Counter()
        self.occurred = 0
        self.connections = 0

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._listen, name="faulty-server", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(_PATIENCE)
        for peer in self._peers:
            peer.close()
        for thread in self._threads:
            thread.join(_PATIENCE)

    def _listen(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            peer.settimeout(_PATIENCE)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._peers.append(peer)
            thread = threading.Thread(target=self._serve, args=(peer,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, peer: socket.socket) -> None:
        try:
            _Conversation(self, peer).run()
        except (_Gone, OSError):
            pass
        finally:
            peer.close()

    def occurs(self, step: Step) -> Kind | None:
        """The fault, when this is its time."""
        if self._fault is None or self._fault.step != step:
            return None
        with self._lock:
            self._after -= 1
            if self._after >= 0 or not self._left:
                return None
            self._left -= 1
            self.occurred += 1
            return self._fault.kind

    def take(self, content: bytes) -> None:
        match = re.search(rb"^Message-ID: *(\S+)\r$", content, re.MULTILINE)
        with self._lock:
            self.taken[match[1].decode() if match else "?"] += 1
            self._lock.notify_all()

    def wait_for(self, number: int) -> bool:
        """Until it has taken so many; False when that takes too long."""
        with self._lock:
            return self._lock.wait_for(lambda: self.taken.total() >= number, _PATIENCE)

    def wait_for_end(self, seconds: float) -> None:
        self._is_over.wait(seconds)


class _Conversation:
    def __init__(self, server: FaultyServer, peer: socket.socket) -> None:
        self._server = server
        self._peer = peer
        self._buffer = b""

    def run(self) -> None:
        self._answer("GREETING")
        has_recipient = False
        while True:
            verb = self._read(b"\r\n").split(b" ")[0].strip().upper().decode()
            if verb in {"EHLO", "MAIL", "RCPT"}:
                has_recipient = self._answer(verb)  # type: ignore[arg-type] # the three that Step has
            elif verb == "DATA" and not has_recipient:
                self._peer.sendall(b"503 5.5.1 no recipient\r\n")
            elif verb == "DATA":
                if self._answer("DATA"):
                    self._take_content()
            elif verb == "QUIT":
                self._peer.sendall(b"221 bye\r\n")
                return
            else:
                self._peer.sendall(b"250 ok\r\n")

    def _take_content(self) -> None:
        kind = self._server.occurs("BODY")
        if kind is not None:
            while len(self._buffer) < 10:
                self._buffer += self._receive()
            if kind != "late":
                self._misbehave(kind)
        content = self._read(b"\r\n.\r\n")
        if not self._answer("DOT", b""):
            return
        self._server.take(content)
        self._answer("REPLY")

    def _answer(self, step: Step, words: bytes | None = None) -> bool:
        """Whether it was the good answer."""
        kind = self._server.occurs(step)
        words = _YES.get(step, b"") if words is None else words
        if kind == "late":
            self._server.wait_for_end(0.1)
        elif kind == "split":
            for byte in words:
                self._peer.sendall(bytes([byte]))
            return True
        elif kind is not None:
            self._misbehave(kind)
            return False
        self._peer.sendall(words)
        return True

    def _misbehave(self, kind: Kind) -> None:
        if kind in _WORDS:
            self._peer.sendall(_WORDS[kind])
        if kind == "drop":
            self._peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if kind == "stall":
            self._server.wait_for_end(_PATIENCE)
        if kind in {"drop", "close", "stall", "garbage"}:
            raise _Gone

    def _read(self, end: bytes) -> bytes:
        while end not in self._buffer:
            self._buffer += self._receive()
        head, _, self._buffer = self._buffer.partition(end)
        return head + end

    def _receive(self) -> bytes:
        data = self._peer.recv(65536)
        if not data:
            raise _Gone
        return data
