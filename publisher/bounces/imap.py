"""A mailbox over IMAP (RFC 3501). What was read is marked as seen; what nobody understood is flagged too.

Nothing is deleted. What a person has seen or flagged is not read.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from publisher.bounces.letter import LARGEST_MAIL
from publisher.bounces.login import Login
from publisher.bounces.mailbox import Fate, Item
from publisher.errors import FetchError

_TIMEOUT = 30.0  # seconds for each answer
_ATOM = re.compile(r"[A-Za-z0-9.@_+=-]+")
_FAILURES = (imaplib.IMAP4.error, OSError, UnicodeError, ValueError, IndexError, TypeError)


class ImapMailbox:
    """Connects with the first mail that is asked for. Raises FetchError."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._client: imaplib.IMAP4 | None = None

    def read(self, limit: int) -> Iterator[Item]:
        with self._explained():
            client = self._connect()
            answer = self._ask(*client.uid("SEARCH", "UNSEEN UNFLAGGED UNDELETED"))
            uids = (answer[0] or b"").decode("ascii").split()[:limit]
        for uid in uids:
            with self._explained():
                found = self._ask(*client.uid("FETCH", uid, f"(BODY.PEEK[]<0.{LARGEST_MAIL}>)"))
                content = next((item[1] for item in found if isinstance(item, tuple)), None)
            if content is not None:  # else another program has removed it
                yield Item(uid, content)

    def settle(self, item: Item, fate: Fate) -> None:
        if fate is Fate.KEEP:
            return
        flags = r"(\Seen \Flagged)" if fate is Fate.FLAG else r"(\Seen)"
        with self._explained():
            self._ask(*self._connect().uid("STORE", item.id, "+FLAGS.SILENT", flags))

    def close(self) -> None:
        if self._client is not None:
            with suppress(*_FAILURES):
                self._client.logout()
            with suppress(*_FAILURES):
                self._client.shutdown()  # a connection that broke is not closed by `logout`
        self._client = None

    def _connect(self) -> imaplib.IMAP4:
        if self._client is None:
            login = self._login
            if login.is_encrypted:
                context = ssl.create_default_context()
                client: imaplib.IMAP4 = imaplib.IMAP4_SSL(login.host, login.port, ssl_context=context, timeout=_TIMEOUT)
            else:
                client = imaplib.IMAP4(login.host, login.port, timeout=_TIMEOUT)
            self._client = client
            self._log_in(client)
            folder = login.folder.replace("\\", "\\\\").replace('"', '\\"')
            self._ask(*client.select(f'"{folder}"'))
        return self._client

    def _log_in(self, client: imaplib.IMAP4) -> None:
        """imaplib's LOGIN takes ASCII only and quotes no user name; SASL PLAIN takes any (RFC 4616)."""
        user, password = self._login.user, self._login.password
        if password.isascii() and _ATOM.fullmatch(user):
            client.login(user, password)
        else:
            client.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())

    def _ask(self, status: str, answer: Sequence[Any]) -> Sequence[Any]:
        if status != "OK":
            raise imaplib.IMAP4.error(answer[0] if answer else status)
        return answer

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except _FAILURES as error:
            raise FetchError(self._login.explain(error)) from None
