"""Postmark: one message as JSON, since it takes none as a whole. Pure.

Request: https://postmarkapp.com/developer/api/email-api; statuses and error codes:
https://postmarkapp.com/developer/api/overview, what a 403 is:
https://postmarkapp.com/support/article/getting-a-403-that-doesnt-look-like-a-postmark-error, what an error 300 may be:
https://postmarkapp.com/support/article/1180-what-does-errorcode-300-mean. It knows no idempotency token. A stream for
broadcasts gets a link of Postmark's own for leaving, unless its support has turned that off.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import Message
from typing import Any, ClassVar

from publisher.addresses import envelope_form, normalise
from publisher.delivery.transports.verdict import (
    ApiRequest,
    Kind,
    Verdict,
    accept_or_doubt,
    judge_status,
    read_json,
    read_wait,
    read_words,
)
from publisher.fetch import Answer
from publisher.model.message import Message as Mail

# Fields of their own in the JSON, what belongs to the form of a message, and a signature over that form.
_NOT_PASSED = {
    "from", "to", "subject", "reply-to", "date", "mime-version", "content-type", "content-transfer-encoding",
    "dkim-signature",
}  # fmt: skip
_FOLD = re.compile(r"\r?\n(?=[ \t])")
# Error codes with status 422.
_ACCOUNT = {400, 401, 405, 412, 413, 1226, 1235}  # sender signature, credits, approval, streams
_OF_THE_SENDER = re.compile(r"'(?:From|Reply-?To)'", re.IGNORECASE)  # the same for every reader
_INVALID, _INACTIVE, _MAINTENANCE, _ATTACHMENT = 300, 406, 100, 411


@dataclass(frozen=True, slots=True)
class PostmarkApi:
    """`endpoint` is scheme and host, without a slash at the end; `stream` is one of the server's message streams."""

    secret: str = field(repr=False)
    endpoint: str
    is_private: bool = False
    stream: str = "broadcast"
    takes_utf8: ClassVar[bool] = False  # its reference does not say so

    @property
    def url(self) -> str:
        return f"{self.endpoint}/email"

    def write_request(self, message: Mail, now: datetime) -> ApiRequest:  # noqa: ARG002 - nothing is signed here
        """See `Api.write_request`. Nothing is tracked; the metadata `delivery` come back in webhooks."""
        parsed = message_from_bytes(message.content)
        body: dict[str, Any] = {
            "From": _read_header(parsed, "From") or message.sender,
            "To": envelope_form(normalise(message.recipient)),
            "Subject": _read_header(parsed, "Subject"),
            "MessageStream": self.stream,
            "TrackOpens": False,
            "TrackLinks": "None",
            "Metadata": {"delivery": message.key},
            "Headers": list(_pass_headers(parsed)),
            **_take_bodies(parsed),
        }
        if parsed["Reply-To"]:
            body["ReplyTo"] = _read_header(parsed, "Reply-To")
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "X-Postmark-Server-Token": self.secret,
        }
        return ApiRequest(self.url, headers, json.dumps(body, ensure_ascii=False).encode())

    def judge(self, answer: Answer, now: datetime) -> Verdict:
        """See `Api.judge`. Error 406: the address has bounced or complained before, and gets nothing any more."""
        found = read_json(answer)
        error = found.get("ErrorCode")
        if answer.status == 200 and error in {0, None}:
            return accept_or_doubt(found.get("MessageID"), answer)
        words = read_words(answer, "Message")
        if answer.status == 403 and error is None:  # not of the API: a guard before it, which knows nothing of keys
            return Verdict(Kind.REFUSED, f"HTTP 403 of a guard before the API: {words}")
        if answer.status not in {200, 422} or not isinstance(error, int):
            return judge_status(answer, words, now)
        return _judge_error(error, words, answer, now)


def _judge_error(error: int, words: str, answer: Answer, now: datetime) -> Verdict:
    said = f"error {error}: {words}"
    if error in _ACCOUNT or (error == _INVALID and _OF_THE_SENDER.search(words)):
        return Verdict(Kind.REFUSED, said)
    if error == _INACTIVE:
        return Verdict(Kind.FAILED, said, 550, "5.2.1")
    if error == _INVALID and "'To'" in words:
        return Verdict(Kind.FAILED, said, 553, "5.1.3")
    if error == _MAINTENANCE:
        return Verdict(Kind.LATER, said, 451, "4.3.2")
    if error == 429:
        return Verdict(Kind.THROTTLED, said, 451, "4.3.2", read_wait(answer, now))
    return Verdict(Kind.FAILED, said, 554, "5.6.1" if error == _ATTACHMENT else "5.6.0")


def _pass_headers(parsed: Message[str, str]) -> Iterator[dict[str, str]]:
    for name in parsed.keys():  # noqa: SIM118 - iterating over it is not in its contract
        if name.lower() not in _NOT_PASSED:
            yield {"Name": name, "Value": _read_header(parsed, name)}
    if parsed["Message-ID"]:
        # Without this they give it an id of their own.
        yield {"Name": "X-PM-KeepID", "Value": "true"}


def _read_header(parsed: Message[str, str], name: str) -> str:
    """On one line, and as people read it. Only encoded words need the parser that knows them, which takes 1 ms."""
    value = _FOLD.sub("", str(parsed.get(name, ""))).strip()
    return str(policy.default.header_factory(name, value)) if "=?" in value else value


def _take_bodies(parsed: Message[str, str]) -> dict[str, Any]:
    """Text and HTML, and each picture in the message under its Content-ID."""
    found: dict[str, Any] = {}
    attached: list[dict[str, str]] = []
    for part in parsed.walk():
        kind = part.get_content_type()
        if part.is_multipart():
            continue
        if kind in {"text/plain", "text/html"} and not part.get_filename():
            name = "TextBody" if kind == "text/plain" else "HtmlBody"
            found.setdefault(name, _read_text(part))
        else:
            attached.append(_describe_attachment(part))
    if not found:
        raise ValueError("has neither text nor HTML")
    return {**found, "Attachments": attached} if attached else found


def _read_text(part: Message[str, str]) -> str:
    data = part.get_payload(decode=True)
    text = data.decode(part.get_content_charset("utf-8"), "replace") if isinstance(data, bytes) else ""
    return text.replace("\r\n", "\n")


def _describe_attachment(part: Message[str, str]) -> dict[str, str]:
    data = part.get_payload(decode=True)
    content_id = str(part.get("Content-ID", "")).strip().strip("<>")
    described = {
        "Name": part.get_filename() or content_id or "attachment",
        "Content": base64.b64encode(data if isinstance(data, bytes) else b"").decode("ascii"),
        "ContentType": part.get_content_type(),
    }
    return {**described, "ContentID": f"cid:{content_id}"} if content_id else described
