"""Amazon SES, Mailgun and Postmark, as far as their documentation says what they take and answer.

Each refuses what the real one would refuse for its form, and keeps what it took.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from tests.webserver import Asked, Handler, WebServer

ACCESS_KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(\w+)/(\d{8})/([\w-]+)/ses/aws4_request, SignedHeaders=([\w;-]+), Signature=(\w{64})"
)


@dataclass
class Service:
    """`taken` is what was accepted; `said`, while it is not empty, what the next requests hear instead."""

    taken: list[Any] = field(default_factory=list)
    said: list[Callable[[Handler], object]] = field(default_factory=list)

    def hang(self, server: WebServer, path: str) -> None:
        server.pages[path] = self._answer

    def _answer(self, handler: Handler) -> None:
        handler.close_connection = False
        if self.said:
            self.said.pop(0)(handler)
            return
        status, body = self.take(handler.web.asked[-1])
        write_answer(handler, status, body)

    def take(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        raise NotImplementedError


class SesService(Service):
    path = "/v2/email/outbound-emails"

    def take(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        """https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html"""
        if not _is_signed(asked):
            return 403, {"__type": "InvalidSignatureException", "message": "The signature does not match."}
        body = json.loads(asked.content)
        message = base64.b64decode(body["Content"]["Raw"]["Data"], validate=True)
        self.taken.append((body["Destination"]["ToAddresses"], message, body))
        return 200, {"MessageId": f"010-{len(self.taken)}"}


def _is_signed(asked: Asked) -> bool:
    """Recomputed from what came over the wire, step by step as Amazon describes it."""
    match = _AUTHORIZATION.fullmatch(asked.headers["authorization"])
    if match is None or match[1] != ACCESS_KEY:
        return False
    date, region, names = match[2], match[3], match[4]
    headers = "".join(f"{name}:{asked.headers[name].strip()}\n" for name in names.split(";"))
    content = hashlib.sha256(asked.content).hexdigest()
    canonical = f"POST\n{asked.path}\n\n{headers}\n{names}\n{content}"
    moment = asked.headers["x-amz-date"]
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{moment}\n{date}/{region}/ses/aws4_request\n{digest}"
    key = ("AWS4" + SECRET).encode()
    for word in (date, region, "ses", "aws4_request"):
        key = hmac.digest(key, word.encode(), "sha256")
    has_all = {"host", "x-amz-date", "content-type"} <= set(names.split(";")) and moment.startswith(date)
    return has_all and hmac.digest(key, text.encode(), "sha256").hex() == match[5]


class MailgunService(Service):
    path = "/v3/mg.example.com/messages.mime"

    def take(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        """https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages"""
        if asked.headers["authorization"] != "Basic " + base64.b64encode(f"api:{SECRET}".encode()).decode():
            return 401, {"message": "Invalid private key"}
        form = BytesParser(policy=policy.HTTP).parsebytes(
            f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode() + asked.content
        )
        fields: dict[str, bytes] = {}
        for part in form.iter_parts():
            name = part["Content-Disposition"].params["name"]
            # The parser takes a message/rfc822 apart; the bytes are what matters.
            start = asked.content.index(b"\r\n\r\n", asked.content.index(f'name="{name}"'.encode())) + 4
            end = asked.content.index(f"\r\n--{form.get_boundary()}".encode(), start)
            fields[name] = asked.content[start:end]
        if not {"to", "message"} <= set(fields):
            return 400, {"message": "to or message parameter is missing"}
        self.taken.append((fields["to"].decode(), fields["message"], fields))
        return 200, {"id": f"<{len(self.taken)}@mg.example.com>", "message": "Queued. Thank you."}


class PostmarkService(Service):
    path = "/email"

    def take(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        """https://postmarkapp.com/developer/api/email-api"""
        if asked.headers.get("x-postmark-server-token") != SECRET:
            return 401, {"ErrorCode": 10, "Message": "No Account or Server API tokens were supplied."}
        if asked.headers["content-type"] != "application/json" or asked.headers["accept"] != "application/json":
            return 422, {"ErrorCode": 409, "Message": "JSON is required"}
        body = json.loads(asked.content)
        if not body.get("From") or not body.get("To") or not (body.get("TextBody") or body.get("HtmlBody")):
            return 422, {"ErrorCode": 300, "Message": "Invalid email request"}
        self.taken.append((body["To"], body, asked))
        return 200, {"To": body["To"], "MessageID": f"b7bc-{len(self.taken)}", "ErrorCode": 0, "Message": "OK"}


def write_answer(handler: Handler, status: int, body: object, headers: dict[str, str] | None = None) -> None:
    content = json.dumps(body).encode()
    handler.send_response(status)
    for name, value in {**(headers or {}), "Content-Length": str(len(content))}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(content)


def say(status: int, body: object = None, **headers: str) -> Callable[[Handler], object]:
    """An answer for `Service.said`; `_` in names of headers stands for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: write_answer(handler, status, body or {}, named)


def hang_up(handler: Handler) -> None:
    """The request was read, and no answer comes."""
    handler.close_connection = True


def make_mail() -> bytes:
    """As this product writes one: text, HTML and a picture in the message."""
    mail = EmailMessage(policy=policy.SMTP.clone(cte_type="7bit"))
    mail["From"] = "週刊ミライ <news@example.com>"
    mail["To"] = "hanako@reader.example"
    mail["Reply-To"] = "editor@example.com"
    mail["Subject"] = "週刊ミライ🚀"
    mail["Message-ID"] = "<7.42@example.com>"
    mail["Date"] = "Mon, 12 Jan 2026 08:00:00 +0900"
    mail["List-Unsubscribe"] = f"<https://note.example/u/{'a' * 90}>, <mailto:leave@example.com>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["DKIM-Signature"] = "v=1; a=rsa-sha256; b=abc"
    mail.set_content("こんにちは。\n.\n")
    mail.add_alternative('<p>こんにちは。<img src="cid:p1@note.example"></p>\n', subtype="html")
    html = mail.get_payload()[1]  # type: ignore[index] # add_alternative has made a list
    assert isinstance(html, EmailMessage)
    html.add_related(b"\x89PNG\r\n\x1a\n", "image", "png", cid="<p1@note.example>")
    return mail.as_bytes()
