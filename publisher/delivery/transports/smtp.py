"""Messages to an SMTP relay, one transaction at a time over a connection that is kept."""

from __future__ import annotations

import ssl
from typing import ClassVar

from publisher.delivery.transports.base import StartHook
from publisher.delivery.transports.session import make_tls_context, open_session
from publisher.delivery.transports.settings import SmtpSettings
from publisher.delivery.transports.transaction import Dialogue, SessionLost
from publisher.delivery.transports.wire import refuse_addresses
from publisher.errors import TransportUnavailable
from publisher.model import Message, Outcome, Receipt

__all__ = ["SmtpSettings", "SmtpTransport"]


class SmtpTransport:
    """One connection; not for two threads at once."""

    repeatable: ClassVar[bool] = False

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._context: ssl.SSLContext | None = None
        self._dialogue: Dialogue | None = None

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
        dialogue, self._dialogue = self._dialogue, None
        if dialogue is not None:
            dialogue.quit()

    def _offer(self, message: Message) -> Receipt | None:
        """None when the content is waited for. A connection that ended while it was idle is replaced, once."""
        kept = self._take_kept(message)
        if kept is not None:
            try:
                return kept.offer(message)
            except SessionLost:
                self._drop()
        try:
            return self._open().offer(message)
        except SessionLost as lost:
            self._drop()
            if lost.sender_taken:
                # Perhaps because of this recipient: the others must not wait for ever behind it.
                words = f"the connection ended before the content ({lost})"
                return Receipt(Outcome.DEFERRED, lost.code, words, self._settings.address)
            raise TransportUnavailable(f"{self._settings.address} ended the connection: {lost}") from lost

    def _take_kept(self, message: Message) -> Dialogue | None:
        """The open connection, if `message` can go on it."""
        dialogue = self._dialogue
        if dialogue is None or not dialogue.is_open:
            return None
        if not dialogue.awaits(message):
            self._drop()
        elif dialogue.offered >= self._settings.recycle and not dialogue.is_ahead:
            self.close()
        return self._dialogue

    def _deliver(self, message: Message, start: StartHook) -> Receipt:
        assert self._dialogue is not None  # noqa: S101 - _offer has left it open
        following = start()
        if following is not None and refuse_addresses(following) is not None:
            following = None
        return self._dialogue.deliver(message, following)

    def _open(self) -> Dialogue:
        if self._context is None:
            self._context = make_tls_context(self._settings)
        self._dialogue = Dialogue(open_session(self._settings, self._context), self._settings)
        return self._dialogue

    def _drop(self) -> None:
        dialogue, self._dialogue = self._dialogue, None
        if dialogue is not None:
            dialogue.close()
