"""Messages to a mail service over HTTP: one POST each, over a connection that is kept."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from urllib.parse import urlsplit

from publisher import __version__
from publisher.addresses import needs_smtputf8
from publisher.delivery.transports.base import StartHook
from publisher.delivery.transports.verdict import Api, ApiRequest, Kind, Verdict
from publisher.delivery.transports.wire import LONGEST_REPLY, refuse_addresses
from publisher.errors import AnswerLost, DeliveryError, FetchError, LoginRefused, TransportRefused, TransportUnavailable
from publisher.fetch import Channel, Limits
from publisher.model.message import Message, Outcome, Receipt

# Ten minutes for the whole of one request would do, as over SMTP; services answer within seconds.
LIMITS = Limits(connect=30.0, total=120.0, size=20_000, redirects=0, whole=False)
# Seconds between tries of one message that comes too fast, where the service names none.
_PAUSES = (1.0, 2.0, 4.0)
_LONGEST_PAUSE = 10.0
_OUTCOMES = {
    Kind.ACCEPTED: Outcome.ACCEPTED,
    Kind.FAILED: Outcome.FAILED,
    Kind.DOUBT: Outcome.UNCERTAIN,
}
_CHECK = "check delivery.transport and the account"

# Until when a service wants to be left alone: what one connection was told holds for all, and for the next run.
_closed: dict[Api, datetime] = {}


class ApiTransport:
    """One connection. `wait` sleeps so many seconds."""

    repeatable: ClassVar[bool] = False

    def __init__(self, api: Api, *, limits: Limits = LIMITS, wait: Callable[[float], None] = time.sleep) -> None:
        self._api = api
        self._server = urlsplit(api.url).netloc
        self._wait = wait
        agent = f"publisher/{__version__}"
        self._channel = Channel(agent, allow_private=api.is_private, limits=limits)
        self._trouble: DeliveryError | None = None

    def send(self, message: Message, start: StartHook) -> Receipt:
        """See `Transport.send`. Whether our key is taken shows only with a message: that one is deferred, and those
        after it are not begun.
        """
        refusal = refuse_addresses(message)
        if refusal is not None:
            return refusal
        if needs_smtputf8(message.recipient) and not self._api.takes_utf8:
            words = "5.6.7 the service does not take international addresses (SMTPUTF8)"
            return Receipt(Outcome.FAILED, 550, words, self._server, "5.6.7")
        self._check_trouble()
        try:
            request = self._api.write_request(message, datetime.now(UTC))
        except ValueError as error:
            return Receipt(Outcome.FAILED, 0, f"cannot be said to {self._server}: {error}")
        try:
            self._channel.open(request.url)
        except FetchError as error:
            raise self._explain(error) from None
        start()
        return self._post(request)

    def close(self) -> None:
        self._channel.close()

    def _check_trouble(self) -> None:
        if self._trouble is not None:
            raise self._trouble
        until = _closed.get(self._api)
        if until is not None and until > datetime.now(UTC):
            raise TransportUnavailable(f"{self._server} wants to be asked again after {until:%H:%M:%S} UTC, not before")

    def _explain(self, error: FetchError) -> DeliveryError:
        if isinstance(error.__context__, ssl.SSLCertVerificationError):
            return TransportRefused(f"{self._server}: {error}; for a CA of your own name its file in SSL_CERT_FILE")
        return TransportUnavailable(f"cannot talk to {self._server}: {error}")

    def _post(self, request: ApiRequest) -> Receipt:
        """What is refused for its speed is the same message a moment later: nobody else need wait behind it."""
        try:
            verdict = self._ask(request)
            for pause in _PAUSES:
                seconds = pause if verdict.wait is None else verdict.wait.total_seconds()
                if verdict.kind is not Kind.THROTTLED or seconds > _LONGEST_PAUSE:
                    break
                self._wait(seconds)
                verdict = self._ask(request)
        except AnswerLost as error:
            words = f"no answer after the whole message was written ({error})"
            return Receipt(Outcome.UNCERTAIN, 0, words, self._server)
        except FetchError as error:
            words = f"the connection broke while the message was being written ({error})"
            return Receipt(Outcome.DEFERRED, 0, words, self._server)
        return self._take(verdict)

    def _ask(self, request: ApiRequest) -> Verdict:
        answer = self._channel.post(request.url, request.content, request.headers)
        return self._api.judge(answer, datetime.now(UTC))

    def _take(self, verdict: Verdict) -> Receipt:
        words = self._clean(verdict.words)
        self._trouble = self._find_trouble(verdict, words)
        outcome = _OUTCOMES.get(verdict.kind, Outcome.DEFERRED)
        return Receipt(outcome, verdict.code, words, self._server, verdict.enhanced)

    def _find_trouble(self, verdict: Verdict, words: str) -> DeliveryError | None:
        """What keeps the messages after this one from being begun."""
        if verdict.kind is Kind.LOGIN:
            return LoginRefused(f"{self._server} does not take the key in delivery.transport: {words}")
        if verdict.kind is Kind.REFUSED:
            return TransportRefused(f"{self._server} will not send for us: {words}; {_CHECK}")
        if verdict.kind in {Kind.THROTTLED, Kind.CLOSED}:
            _closed[self._api] = datetime.now(UTC) + (verdict.wait or timedelta(0))
            return TransportUnavailable(f"{self._server} takes nothing more just now: {words}")
        return None

    def _clean(self, words: str) -> str:
        """Some services repeat what they were asked with."""
        secret = self._api.secret
        return (words.replace(secret, "…") if secret else words)[:LONGEST_REPLY]
