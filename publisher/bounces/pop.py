"""A mailbox over POP3 (RFC 1939). What was dealt with is deleted at the end; what nobody understood stays.

POP3 cannot mark a mail, so whoever reads tells us which ones are known (`skip`). Lines are read by ourselves: poplib
refuses those beyond 2048 bytes, and one such mail would hold up all behind it.
"""

from __future__ import annotations

import hashlib
import poplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from publisher.bounces.letter import LARGEST_MAIL
from publisher.bounces.login import Login
from publisher.bounces.mailbox import Fate, Item
from publisher.errors import FetchError

_TIMEOUT = 30.0  # seconds for each answer
_PIECE = 65_536
_FAILURES = (poplib.error_proto, OSError, UnicodeError, ValueError, IndexError)


class PopMailbox:
    """Connects with the first mail that is asked for. Raises FetchError."""

    def __init__(self, login: Login, skip: Callable[[str], bool]) -> None:
        self._login = login
        self._skip = skip
        self._client: poplib.POP3 | None = None

    def read(self, limit: int) -> Iterator[Item]:
        with self._explained():
            client = self._connect()
            listed = [line.decode("ascii", "replace").split() for line in client.uidl()[1]]
        taken = 0
        for number, uid in (line for line in listed if len(line) == 2):
            name = f"pop3:{hashlib.sha256(f'{self._login.user}@{self._login.place}/{uid}'.encode()).hexdigest()[:40]}"
            if self._skip(name):
                continue
            with self._explained():
                content = _retrieve(client, int(number))
            yield Item(number, content, kept_as=name)
            taken += 1
            if taken == limit:
                return

    def settle(self, item: Item, fate: Fate) -> None:
        if fate is Fate.DONE:
            with self._explained():
                self._connect().dele(int(item.id))

    def close(self) -> None:
        """Only now the server deletes. When it does not hear of it, all is read once more, and nothing counts twice."""
        if self._client is not None:
            with suppress(*_FAILURES):
                self._client.quit()
            with suppress(*_FAILURES):
                self._client.close()  # a connection that broke is not closed by `quit`
        self._client = None

    def _connect(self) -> poplib.POP3:
        if self._client is None:
            login = self._login
            if login.is_encrypted:
                context = ssl.create_default_context()
                client: poplib.POP3 = poplib.POP3_SSL(login.host, login.port, timeout=_TIMEOUT, context=context)
            else:
                client = poplib.POP3(login.host, login.port, timeout=_TIMEOUT)
            self._client = client
            client.user(login.user)
            client.pass_(login.password)
        return self._client

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except _FAILURES as error:
            raise FetchError(self._login.explain(error)) from None


def _retrieve(client: poplib.POP3, number: int) -> bytes:
    client._shortcmd(f"RETR {number}")  # type: ignore[attr-defined] # noqa: SLF001 - see the head of this module
    content = bytearray()
    at_start = True
    while True:
        piece = client.file.readline(_PIECE)
        if not piece:
            raise poplib.error_proto("the connection ended in the middle of a mail")
        if at_start and piece in {b".\r\n", b".\n"}:
            return bytes(content)
        if at_start and piece.startswith(b"."):
            piece = piece[1:]
        at_start = piece.endswith(b"\n")
        content += piece[: LARGEST_MAIL - len(content)]
