"""Messages to an SMTP relay, one transaction at a time over a connection that is kept."""

from __future__ import annotations

import ssl
from typing import ClassVar

from publisher.delivery.steps import Call, Steps, run
from publisher.delivery.transports.base import StartHook, StartSteps
from publisher.delivery.transports.session import make_tls_context, open_session
from publisher.delivery.transports.settings import SmtpSettings
from publisher.delivery.transports.transaction import Dialogue, SessionLost
from publisher.delivery.transports.wire import refuse_addresses
from publisher.errors import TransportUnavailable
from publisher.model.message import Message, Outcome, Receipt

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
        return run(self.send_in_steps(message, _in_no_steps(start)))

    def close(self) -> None:
        run(self.close_in_steps())

    def send_in_steps(self, message: Message, start: StartSteps) -> Steps[Receipt]:
        """See `SteppedTransport.send_in_steps`."""
        refusal = refuse_addresses(message)
        if refusal is not None:
            return refusal
        try:
            refusal = yield from self._offer(message)
            return refusal or (yield from self._deliver(message, start))
        except BaseException:
            # After a 354 there is no other way to take a message back (RFC 5321 4.1.1.4).
            self._drop()
            raise

    def close_in_steps(self) -> Steps[None]:
        dialogue, self._dialogue = self._dialogue, None
        if dialogue is not None:
            yield from dialogue.quit()

    def _offer(self, message: Message) -> Steps[Receipt | None]:
        """None when the content is waited for. A connection that ended while it was idle is replaced, once."""
        kept = yield from self._take_kept(message)
        if kept is not None:
            try:
                return (yield from kept.offer(message))
            except SessionLost:
                self._drop()
        try:
            opened = yield from self._open()
            return (yield from opened.offer(message))
        except SessionLost as lost:
            self._drop()
            if lost.sender_taken:
                # Perhaps because of this recipient: the others must not wait for ever behind it.
                words = f"the connection ended before the content ({lost})"
                return Receipt(Outcome.DEFERRED, lost.code, words, self._settings.address)
            raise TransportUnavailable(f"{self._settings.address} ended the connection: {lost}") from lost

    def _take_kept(self, message: Message) -> Steps[Dialogue | None]:
        """The open connection, if `message` can go on it."""
        dialogue = self._dialogue
        if dialogue is None or not dialogue.is_open:
            return None
        if not dialogue.awaits(message):
            self._drop()
        elif dialogue.offered >= self._settings.recycle and not dialogue.is_ahead:
            yield from self.close_in_steps()
        return self._dialogue

    def _deliver(self, message: Message, start: StartSteps) -> Steps[Receipt]:
        assert self._dialogue is not None  # noqa: S101 - _offer has left it open
        following = yield from start()
        if following is not None and refuse_addresses(following) is not None:
            following = None
        return (yield from self._dialogue.deliver(message, following))

    def _open(self) -> Steps[Dialogue]:
        self._dialogue = yield Call(self._connect)
        return self._dialogue

    def _connect(self) -> Dialogue:
        if self._context is None:
            self._context = make_tls_context(self._settings)
        return Dialogue(open_session(self._settings, self._context), self._settings)

    def _drop(self) -> None:
        dialogue, self._dialogue = self._dialogue, None
        if dialogue is not None:
            dialogue.close()


def _in_no_steps(start: StartHook) -> StartSteps:
    def begin() -> Steps[Message | None]:
        yield from ()
        return start()

    return begin
