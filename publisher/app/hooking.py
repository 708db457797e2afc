"""The verbs behind the addresses that mail services report to: is it really them, and what do they say?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from publisher.app.bouncing import BounceReport, Verdict, settle_bounces
from publisher.app.context import Context
from publisher.bounces.hooks import mailgun, postmark, sendgrid, ses
from publisher.bounces.hooks.fields import dig_text, parse_json
from publisher.bounces.signatures import is_signed_by_certificate, is_signed_by_key
from publisher.errors import FetchError
from publisher.fetch import Limits, fetch
from publisher.model.bounce import Bounce

_LIMITS = Limits(connect=5, total=15, size=100_000, redirects=0)
_MOST_CERTIFICATES = 16

Fetch = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class HookReply:
    """What the service is told. `report` is None when it was not believed, or asked for no report."""

    status: int
    words: str
    report: BounceReport | None = None


_OK = HookReply(200, "Thank you.")
_NO_JSON = HookReply(400, "This is not what the service sends.")
_FORBIDDEN = HookReply(403, "This is not signed as it should be.")


def take_mailgun(context: Context, key: str, body: bytes) -> HookReply:
    """406 tells Mailgun not to try again."""
    document = parse_json(body)
    if not mailgun.is_signed(document, key.encode("utf-8"), context.clock()):
        return HookReply(406, _FORBIDDEN.words)
    return _settle(context, mailgun.read_mailgun(document, context.keys))


def take_postmark(context: Context, login: str, authorization: str, body: bytes) -> HookReply:
    if not postmark.may_call(authorization, login):
        return HookReply(401, "User or password is wrong.")
    document = parse_json(body)
    return _settle(context, postmark.read_postmark(document, context.keys)) if document else _NO_JSON


def take_sendgrid(context: Context, key: str, headers: Mapping[str, str], body: bytes) -> HookReply:
    timestamp = headers.get(sendgrid.TIMESTAMP, "")
    signed = timestamp.encode("utf-8", "replace") + body
    is_signed = is_signed_by_key(key, headers.get(sendgrid.SIGNATURE, ""), signed)
    if not is_signed or not mailgun.is_recent(timestamp, context.clock(), sendgrid.WINDOW):
        return _FORBIDDEN
    return _settle(context, sendgrid.read_sendgrid(parse_json(body), context.keys))


class SesHook:
    """Keeps the certificates that it was shown. `fetch` gets a page of Amazon's; raises FetchError."""

    def __init__(self, context: Context, topics: Sequence[str], fetch_page: Fetch | None = None) -> None:
        self._context = context
        self._topics = frozenset(topics)
        self._fetch = fetch_page or (lambda url: _fetch_page(url, context.config.agent))
        self._certificates: dict[str, bytes] = {}

    def take(self, body: bytes) -> HookReply:
        """A topic that is not ours is told so before anything is fetched for it."""
        document = parse_json(body)
        if dig_text(document, "TopicArn") not in self._topics:
            return HookReply(403, "This topic is not known here.")
        try:
            if not self._is_signed(document):
                return _FORBIDDEN
            url = ses.subscribe_url(document)
            if url is not None:
                self._fetch(url)
                return HookReply(200, "Subscribed.")
        except FetchError:
            return HookReply(503, "Amazon does not answer; please try again.")
        return _settle(self._context, ses.read_ses(document, self._context.keys))

    def _is_signed(self, document: Any) -> bool:
        url, content = ses.certificate_url(document), ses.text_to_sign(document)
        if url is None or content is None:
            return False
        pem = self._certificates.get(url)
        if pem is None:
            pem = self._fetch(url)
            if len(self._certificates) >= _MOST_CERTIFICATES:
                self._certificates.clear()
            self._certificates[url] = pem
        version, signature = dig_text(document, "SignatureVersion"), dig_text(document, "Signature")
        return is_signed_by_certificate(pem, version, signature, content, self._context.clock())


def _fetch_page(url: str, agent: str) -> bytes:
    answer = fetch(url, agent, limits=_LIMITS)
    if answer.status != 200:
        raise FetchError(f"answered {answer.status}")
    return answer.content


def _settle(context: Context, found: Sequence[Bounce]) -> HookReply:
    """503 where a delivery is not settled yet: the service comes again, and everything is taken then."""
    report = BounceReport()
    if found and settle_bounces(context, found, report) is Verdict.LATER:
        return HookReply(503, "Too early; please try again.", report)
    return HookReply(200, _OK.words, report)
