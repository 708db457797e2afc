"""An IMAP and a POP3 server on the loopback interface: as much of each protocol as a reader of reports needs.

Written from RFC 3501 and RFC 1939. Mails are numbered from 1; what is done to them can be looked at.
"""

from __future__ import annotations

import base64
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

from tests.delivery.smtpserver import CERTIFICATE

USER, PASSWORD = "bounces@note.example", "pass:word/x"


@dataclass
class Box:
    """`broken`: the connection ends when this command comes (its first word, for IMAP without UID)."""

    mails: list[bytes] = field(default_factory=list)
    flags: dict[int, set[str]] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    commands: list[str] = field(default_factory=list)
    broken: str = ""
    answer: str = ""  # instead of the usual one, to `broken`
    port: int = 0

    def imap(self, folder: str = "") -> str:
        return f"imap://bounces%40note.example:pass%3Aword%2Fx@localhost:{self.port}/{folder}"

    def pop(self) -> str:
        return f"pop3://bounces%40note.example:pass%3Aword%2Fx@localhost:{self.port}"


@contextmanager
def serve_imap(box: Box, *, tls: bool = False) -> Iterator[Box]:
    with _serve(box, _speak_imap, tls=tls):
        yield box


@contextmanager
def serve_pop(box: Box, *, tls: bool = False) -> Iterator[Box]:
    with _serve(box, _speak_pop, tls=tls):
        yield box


@contextmanager
def _serve(box: Box, speak: object, *, tls: bool) -> Iterator[None]:
    listener = socket.create_server(("127.0.0.1", 0))
    box.port = listener.getsockname()[1]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.settimeout(10)
            try:
                with context.wrap_socket(connection, server_side=True) if tls else connection as peer:
                    stream = peer.makefile("rwb")
                    with stream:
                        speak(box, stream)  # type: ignore[operator] # one of two functions below
            except (OSError, ValueError):
                continue

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _say(stream: BinaryIO, *lines: str) -> None:
    stream.write("".join(f"{line}\r\n" for line in lines).encode())
    stream.flush()


def _speak_imap(box: Box, stream: BinaryIO) -> None:
    _say(stream, "* OK ready")
    while line := stream.readline().decode():
        tag, verb, *rest = line.rstrip("\r\n").split(" ", 2)
        words = rest[0] if rest else ""
        if verb == "UID":
            verb, _, words = words.partition(" ")
        box.commands.append(f"{verb} {words}".strip())
        if verb == box.broken:
            if not box.answer:
                return
            _say(stream, f"{tag} {box.answer}")
            continue
        if verb == "AUTHENTICATE":
            _say(stream, "+ ")
            box.commands.append(base64.b64decode(stream.readline()).decode())
            _say(stream, f"{tag} OK done")
            continue
        if verb == "LOGIN" and _imap_login(words) != (USER, PASSWORD):
            _say(stream, f"{tag} NO [AUTHENTICATIONFAILED] no")
            continue
        _imap_answer(box, stream, verb, words)
        _say(stream, f"{tag} OK done")
        if verb == "LOGOUT":
            return


def _imap_login(words: str) -> tuple[str, str]:
    user, _, password = words.partition(" ")
    return user.strip('"'), password.strip('"')


def _imap_answer(box: Box, stream: BinaryIO, verb: str, words: str) -> None:
    if verb == "CAPABILITY":
        _say(stream, "* CAPABILITY IMAP4rev1")
    elif verb == "SELECT":
        _say(stream, f"* {len(box.mails)} EXISTS", "* OK [UIDVALIDITY 1]")
    elif verb == "SEARCH":
        new = [str(uid) for uid in range(1, len(box.mails) + 1) if not box.flags.get(uid)]
        _say(stream, " ".join(["* SEARCH", *new]))
    elif verb == "FETCH":
        uid = int(words.split(" ", maxsplit=1)[0])
        limit = re.search(r"<0\.(\d+)>", words)
        content = box.mails[uid - 1][: int(limit[1]) if limit else None]
        stream.write(f"* {uid} FETCH (UID {uid} BODY[]<0> {{{len(content)}}}\r\n".encode() + content + b")\r\n")
    elif verb == "STORE":
        uid = int(words.split(" ", maxsplit=1)[0])
        box.flags.setdefault(uid, set()).update(re.findall(r"\\\w+", words))


def _speak_pop(box: Box, stream: BinaryIO) -> None:
    marked: set[int] = set()
    _say(stream, "+OK ready")
    user = ""
    while line := stream.readline().decode():
        verb, _, words = line.rstrip("\r\n").partition(" ")
        box.commands.append(line.strip())
        if verb == box.broken:
            if not box.answer:
                return
            _say(stream, box.answer)
        elif verb == "USER":
            user = words
            _say(stream, "+OK")
        elif verb == "PASS":
            _say(stream, "+OK" if (user, words) == (USER, PASSWORD) else "-ERR no")
        elif verb == "UIDL":
            there = [number for number in range(1, len(box.mails) + 1) if number not in box.deleted]
            _say(stream, "+OK", *(f"{number} uid-{number}" for number in there), ".")
        elif verb == "RETR":
            _say(stream, "+OK")
            stuffed = re.sub(rb"^\.", b"..", box.mails[int(words) - 1], flags=re.MULTILINE)
            stream.write(stuffed.rstrip(b"\r\n") + b"\r\n.\r\n")
            stream.flush()
        elif verb == "DELE":
            marked.add(int(words))
            _say(stream, "+OK")
        elif verb == "QUIT":
            box.deleted |= marked
            _say(stream, "+OK")
            return
