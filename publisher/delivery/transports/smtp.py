"""Messages to an SMTP relay, one transaction at a time over a connection that is kept."""

from __future__ import annotations

import smtplib
import ssl
from typing import ClassVar

from publisher.delivery.transports.base import StartHook
from publisher.delivery.transports.session import close_session, make_tls_context, open_session
from publisher.delivery.transports.settings import SmtpSettings
from publisher.delivery.transports.transaction import SessionLost, offer_envelope, send_content
from publisher.delivery.transports.wire import refuse_addresses
from publisher.errors import TransportUnavailable
from publisher.model import Message, Outcome, Receipt

__all__ = ["SmtpSettings", "SmtpTransport"]

# Relays stop listening after some number of messages on one connection; 100 is below what is common.
MESSAGES_PER_CONNECTION = 100


class SmtpTransport:
    """One connection; not for two threads at once."""

    repeatable: ClassVar[bool] = False

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._context: ssl.SSLContext | None = None
        self._connection: smtplib.SMTP | None = None
        self._offered = 0

    def send(self, message: Message, start: StartHook) -> Receipt:
        """See `Transport.send`."""
        refusal = refuse_addresses(message)
        if refusal is not None:
            return refusal
        try:
            return self._offer(message) or self._deliver(message, start)
        except BaseException:
            # After a 354 there is no other way to take a message back (RFC 5321 4.1.1.4).
            self._drop()
            raise

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            close_session(connection)

    def _offer(self, message: Message) -> Receipt | None:
        """None when the content is waited for. A connection that ended while it was idle is replaced, once."""
        if self._offered >= MESSAGES_PER_CONNECTION:
            self.close()
        if self._connection is not None:
            try:
                return self._exchange(self._connection, message)
            except SessionLost:
                self._drop()
        try:
            return self._exchange(self._open(), message)
        except SessionLost as lost:
            self._drop()
            if lost.sender_taken:
                # Perhaps because of this recipient: the others must not wait for ever behind it.
                return Receipt(Outcome.DEFERRED, lost.code, f"the connection ended before the content ({lost})")
            raise TransportUnavailable(f"{self._settings.address} ended the connection: {lost}") from lost

    def _exchange(self, connection: smtplib.SMTP, message: Message) -> Receipt | None:
        self._offered += 1
        refusal = offer_envelope(connection, message)
        self._forget_closed()
        return refusal

    def _deliver(self, message: Message, start: StartHook) -> Receipt:
        assert self._connection is not None  # noqa: S101 - _offer has left it open
        start()
        receipt = send_content(self._connection, message.content, patience=self._settings.final_timeout)
        self._forget_closed()
        return receipt

    def _open(self) -> smtplib.SMTP:
        if self._context is None:
            self._context = make_tls_context(self._settings)
        self._connection = open_session(self._settings, self._context)
        self._offered = 0
        return self._connection

    def _forget_closed(self) -> None:
        if self._connection is not None and self._connection.sock is None:
            self._connection = None

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
