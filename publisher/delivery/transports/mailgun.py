"""Mailgun: `messages.mime`, which takes a whole message. Pure.

Request: https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages/post-v3--domain-name--messages-mime;
statuses: https://documentation.mailgun.com/docs/mailgun/quickstart-guide/responses. It knows no idempotency token.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from publisher.addresses import envelope_form, normalise
from publisher.delivery.transports.verdict import (
    ApiRequest,
    Kind,
    Verdict,
    accept_or_doubt,
    judge_status,
    read_json,
    read_words,
)
from publisher.fetch import Answer
from publisher.model.message import Message

_ILLEGAL_ADDRESS = re.compile(r"\bto\b.*not a valid address|invalid (?:recipient|address)", re.IGNORECASE)
_OF_THE_ACCOUNT = re.compile(r"sandbox|not allowed to send|domain .*not found|disabled|not activated", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MailgunApi:
    """`endpoint` is scheme and host, without a slash at the end."""

    secret: str = field(repr=False)
    domain: str
    endpoint: str
    is_private: bool = False
    takes_utf8: ClassVar[bool] = True  # see "Internationalization" in its user manual

    @property
    def url(self) -> str:
        return f"{self.endpoint}/v3/{self.domain}/messages.mime"

    def write_request(self, message: Message, now: datetime) -> ApiRequest:  # noqa: ARG002 - nothing is signed here
        """See `Api.write_request`. Nothing is tracked; the variable `delivery` comes back in events."""
        fields = {"to": envelope_form(normalise(message.recipient)), "o:tracking": "no", "v:delivery": message.key}
        boundary = _choose_boundary(message)
        content = b"".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        )
        content += (
            f'--{boundary}\r\nContent-Disposition: form-data; name="message"; filename="message.eml"\r\n'
            "Content-Type: message/rfc822\r\n\r\n"
        ).encode()
        content += message.content + f"\r\n--{boundary}--\r\n".encode()
        headers = {
            "Authorization": "Basic " + base64.b64encode(f"api:{self.secret}".encode()).decode("ascii"),
            "Content-Type": f"multipart/form-data; boundary={boundary}",
        }
        return ApiRequest(self.url, headers, content)

    def judge(self, answer: Answer, now: datetime) -> Verdict:
        """See `Api.judge`."""
        if answer.status == 200:
            return accept_or_doubt(read_json(answer).get("id"), answer)
        words = read_words(answer, "message", "Error")
        if answer.status == 400 and _OF_THE_ACCOUNT.search(words):
            return Verdict(Kind.REFUSED, words)
        if answer.status == 400 and _ILLEGAL_ADDRESS.search(words):
            return Verdict(Kind.FAILED, words, 553, "5.1.3")
        if answer.status == 403:  # the key is known, and must not do this: a domain that is not verified, a limit
            return Verdict(Kind.REFUSED, f"HTTP 403: {words}")
        return judge_status(answer, words, now)


def _choose_boundary(message: Message) -> str:
    """A line that the message does not have, the same for the same message (RFC 2046 5.1.1)."""
    boundary = "publisher-" + hashlib.sha256(message.content).hexdigest()[:32]
    while boundary.encode() in message.content or boundary in message.key:
        boundary = "publisher-" + hashlib.sha256(boundary.encode()).hexdigest()[:32]
    return boundary
