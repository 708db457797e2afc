"""Messages to mail services over HTTP, against servers written from their documentation."""

from __future__ import annotations

import base64
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from typing import Protocol

import pytest

from publisher.delivery.transports import httpapi
from publisher.delivery.transports.httpapi import ApiTransport
from publisher.delivery.transports.mailgun import MailgunApi
from publisher.delivery.transports.postmark import PostmarkApi
from publisher.delivery.transports.ses import SesApi
from publisher.delivery.transports.verdict import Api
from publisher.errors import ClaimLost, LoginRefused, TransportRefused, TransportUnavailable
from publisher.fetch import Limits
from publisher.model.message import Message, Outcome, Receipt
from tests.delivery.apiservers import (
    ACCESS_KEY,
    SECRET,
    MailgunService,
    PostmarkService,
    Service,
    SesService,
    hang_up,
    make_mail,
    say,
)
from tests.delivery.messages import Starts, make_message
from tests.webserver import WebServer

NAMES = ("ses", "mailgun", "postmark")


@dataclass
class Line:
    """A transport to a service of a name, and how long it waited each time."""

    transport: ApiTransport
    service: Service
    server: WebServer
    waited: list[float] = field(default_factory=list)

    def send(self, message: Message | None = None) -> Receipt:
        return self.transport.send(message or make_message(), Starts())


class Open(Protocol):
    def __call__(self, name: str, secret: str = SECRET) -> Line: ...


def make_api(name: str, endpoint: str, secret: str = SECRET) -> Api:
    if name == "ses":
        return SesApi(ACCESS_KEY, secret, "eu-west-1", endpoint, is_private=True, configuration_set="news")
    if name == "mailgun":
        return MailgunApi(secret, "mg.example.com", endpoint, is_private=True)
    return PostmarkApi(secret, endpoint, is_private=True)


SERVICES: dict[str, type[SesService | MailgunService | PostmarkService]] = {
    "ses": SesService,
    "mailgun": MailgunService,
    "postmark": PostmarkService,
}


@pytest.fixture
def open_line() -> Iterator[Open]:
    with ExitStack() as stack:

        def make(name: str, secret: str = SECRET) -> Line:
            server = stack.enter_context(WebServer())
            service = SERVICES[name]()
            service.hang(server, service.path)
            waited: list[float] = []
            limits = Limits(connect=5, total=5, size=20_000, redirects=0, whole=False)
            transport = ApiTransport(make_api(name, server.url(""), secret), limits=limits, wait=waited.append)
            stack.callback(transport.close)
            return Line(transport, service, server, waited)

        yield make


# ---------------------------------------------------------------------------------------------- what each is told


@pytest.mark.parametrize("name", NAMES)
def test_each_message_is_taken_once_over_one_connection(name: str, open_line: Open) -> None:
    line = open_line(name)
    for number in range(3):
        starts = Starts()
        message = make_message(f"7-{number}", to=f"reader{number}@example.com")
        receipt = line.transport.send(message, starts)
        assert receipt.outcome is Outcome.ACCEPTED
        assert (receipt.code, receipt.server) == (250, line.server.url("").partition("//")[2])
        assert str(number + 1) in receipt.reply
        assert starts.count == 1
    assert len(line.service.taken) == 3
    assert len(line.server.asked) == 3
    assert all(
        "connection" not in asked.headers or asked.headers["connection"] == "keep-alive" for asked in line.server.asked
    )


def test_an_international_address_goes_to_the_service_that_takes_it(open_line: Open) -> None:
    """https://documentation.mailgun.com/docs/mailgun/user-manual/internationalization"""
    line = open_line("mailgun")
    message = make_message(to="花子@例え.jp")
    assert line.send(message).outcome is Outcome.ACCEPTED
    [(recipient, content, _)] = line.service.taken
    assert (recipient, content) == ("花子@xn--r8jz45g.jp", message.content)


@pytest.mark.parametrize("name", ["ses", "postmark"])
def test_an_international_address_fails_unsent_at_the_others(name: str, open_line: Open) -> None:
    line, starts = open_line(name), Starts()
    receipt = line.transport.send(make_message(to="花子@例え.jp"), starts)
    assert (receipt.outcome, receipt.code, receipt.enhanced) == (Outcome.FAILED, 550, "5.6.7")
    assert "does not take international addresses" in receipt.reply
    assert (starts.count, line.server.asked) == (0, [])
    assert line.send().outcome is Outcome.ACCEPTED


def test_ses_gets_the_whole_message_signed(open_line: Open) -> None:
    line = open_line("ses")
    message = make_message()
    assert line.send(message).outcome is Outcome.ACCEPTED
    [(recipients, content, body)] = line.service.taken
    assert recipients == ["hanako@example.com"]
    assert content == message.content
    assert body["FeedbackForwardingEmailAddress"] == "bounces+7-42@example.com"
    assert body["ConfigurationSetName"] == "news"
    assert body["EmailTags"] == [{"Name": "delivery", "Value": "7-42"}]


def test_ses_refuses_another_secret_as_the_real_one_does(open_line: Open) -> None:
    line = open_line("ses", secret="not the one")
    assert line.send().outcome is Outcome.DEFERRED
    with pytest.raises(LoginRefused, match="InvalidSignatureException"):
        line.send()


def test_mailgun_gets_the_whole_message_and_tracks_nothing(open_line: Open) -> None:
    line = open_line("mailgun")
    message = make_message(body="--publisher-\r\n.\r\nおわり\r\n")
    assert line.send(message).outcome is Outcome.ACCEPTED
    [(recipient, content, fields)] = line.service.taken
    assert recipient == "hanako@example.com"
    assert content == message.content
    assert fields["o:tracking"] == b"no"
    assert fields["v:delivery"] == b"7-42"


def test_postmark_gets_the_parts_of_the_message_and_tracks_nothing(open_line: Open) -> None:
    line = open_line("postmark")
    mail = make_mail()
    assert line.send(Message("7-42", "bounces@example.com", "hanako@reader.example", mail)).outcome is Outcome.ACCEPTED
    [(recipient, body, _)] = line.service.taken
    assert recipient == "hanako@reader.example"
    assert body["From"] == "週刊ミライ <news@example.com>"
    assert body["ReplyTo"] == "editor@example.com"
    assert body["Subject"] == "週刊ミライ🚀"
    assert body["TextBody"] == "こんにちは。\n.\n"
    assert body["HtmlBody"].startswith("<p>こんにちは。")
    assert (body["MessageStream"], body["TrackOpens"], body["TrackLinks"]) == ("broadcast", False, "None")
    assert body["Metadata"] == {"delivery": "7-42"}
    [picture] = body["Attachments"]
    assert base64.b64decode(picture["Content"]) == b"\x89PNG\r\n\x1a\n"
    assert (picture["ContentType"], picture["ContentID"]) == ("image/png", "cid:p1@note.example")


def test_postmark_gets_the_headers_that_are_ours_and_no_signature_over_another_form(open_line: Open) -> None:
    line = open_line("postmark")
    mail = make_mail()
    line.send(Message("7-42", "bounces@example.com", "hanako@reader.example", mail))
    headers = {one["Name"]: one["Value"] for one in line.service.taken[0][1]["Headers"]}
    assert headers == {
        "Message-ID": "<7.42@example.com>",
        "X-PM-KeepID": "true",
        "List-Unsubscribe": f"<https://note.example/u/{'a' * 90}>, <mailto:leave@example.com>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert "DKIM-Signature" in message_from_bytes(mail)


def test_a_message_that_postmark_cannot_be_told_fails_before_anything_is_said(open_line: Open) -> None:
    line = open_line("postmark")
    starts = Starts()
    content = b"From: a@example.com\r\nContent-Type: image/png\r\n\r\nx"
    receipt = line.transport.send(Message("7-1", "", "a@example.com", content), starts)
    assert receipt.outcome is Outcome.FAILED
    assert "neither text nor HTML" in receipt.reply
    assert (starts.count, line.server.asked) == (0, [])


@pytest.mark.parametrize("name", NAMES)
def test_a_host_of_letters_beyond_ascii_is_written_in_ascii(name: str, open_line: Open) -> None:
    line = open_line(name)
    line.send(make_message(to="hanako@例え.jp"))
    assert "xn--r8jz45g.jp" in str(line.service.taken[0][0])


# ------------------------------------------------------------------------------------------ what they answer

# SES: errors of https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html and CommonErrors.html there,
# words of https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html.
# Mailgun: https://documentation.mailgun.com/docs/mailgun/quickstart-guide/responses; the words are examples.
# Postmark: https://postmarkapp.com/developer/api/overview, statuses and error codes; error 300 by
# https://postmarkapp.com/support/article/1180-what-does-errorcode-300-mean.
_SES = "com.amazonaws.ses#{}:http://internal.amazon.com/coral/"


@pytest.mark.parametrize(
    ("name", "status", "body", "expected"),
    [
        ("ses", 400, {"__type": "MessageRejected", "message": "Address blacklisted."}, (Outcome.FAILED, 554, "5.6.0")),
        ("ses", 400, {"__type": "BadRequestException", "message": "Illegal address"}, (Outcome.FAILED, 553, "5.1.3")),
        ("ses", 400, {"__type": "BadRequestException", "message": "Missing body"}, (Outcome.FAILED, 554, "5.6.0")),
        ("ses", 413, {}, (Outcome.FAILED, 552, "5.3.4")),
        # https://docs.aws.amazon.com/ses/latest/dg/quotas.html: 40 MB after encoding
        (
            "ses",
            400,
            {"__type": "BadRequestException", "message": "Message length is more than 41943040 bytes long"},
            (Outcome.FAILED, 552, "5.3.4"),
        ),
        ("ses", 500, {"__type": "InternalFailure"}, (Outcome.DEFERRED, 451, "4.3.0")),
        ("ses", 503, {"__type": "ServiceUnavailable"}, (Outcome.DEFERRED, 451, "4.3.0")),
        ("ses", 504, {}, (Outcome.UNCERTAIN, 0, "")),
        ("ses", 200, {"Message": "hello"}, (Outcome.UNCERTAIN, 0, "")),
        ("mailgun", 400, {"message": "'to' parameter is not a valid address"}, (Outcome.FAILED, 553, "5.1.3")),
        ("mailgun", 400, {"message": "message is not MIME"}, (Outcome.FAILED, 554, "5.6.0")),
        ("mailgun", 500, {"message": "Internal Server Error"}, (Outcome.DEFERRED, 451, "4.3.0")),
        ("mailgun", 502, {}, (Outcome.UNCERTAIN, 0, "")),
        ("mailgun", 200, {}, (Outcome.UNCERTAIN, 0, "")),
        ("postmark", 422, {"ErrorCode": 406, "Message": "Inactive recipient"}, (Outcome.FAILED, 550, "5.2.1")),
        ("postmark", 422, {"ErrorCode": 300, "Message": "Error parsing 'To'"}, (Outcome.FAILED, 553, "5.1.3")),
        ("postmark", 422, {"ErrorCode": 300, "Message": "Zero recipients"}, (Outcome.FAILED, 554, "5.6.0")),
        ("postmark", 422, {"ErrorCode": 411, "Message": "Forbidden type"}, (Outcome.FAILED, 554, "5.6.1")),
        ("postmark", 422, {"ErrorCode": 100, "Message": "Maintenance"}, (Outcome.DEFERRED, 451, "4.3.2")),
        ("postmark", 413, {}, (Outcome.FAILED, 552, "5.3.4")),
        ("postmark", 500, {"Message": "oops"}, (Outcome.DEFERRED, 451, "4.3.0")),
        ("postmark", 200, {"ErrorCode": 0}, (Outcome.UNCERTAIN, 0, "")),
    ],
)
def test_an_answer_about_one_message_leaves_the_others_alone(
    name: str, status: int, body: dict[str, object], expected: tuple[Outcome, int, str], open_line: Open
) -> None:
    line = open_line(name)
    line.service.said.append(say(status, body))
    receipt = line.send()
    assert (receipt.outcome, receipt.code, receipt.enhanced) == expected
    assert line.send(make_message("7-43")).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("name", "status", "body", "kind"),
    [
        ("ses", 403, {"__type": "UnrecognizedClientException", "message": "The token is invalid."}, LoginRefused),
        ("ses", 400, {"__type": "ExpiredTokenException"}, LoginRefused),
        ("ses", 400, {"__type": "AccountSuspendedException"}, TransportRefused),
        ("ses", 400, {"__type": "SendingPausedException"}, TransportRefused),
        ("ses", 400, {"__type": "MailFromDomainNotVerifiedException"}, TransportRefused),
        ("ses", 400, {"__type": "MessageRejected", "message": "Email address is not verified."}, TransportRefused),
        ("ses", 404, {"__type": "NotFoundException", "message": "Configuration set news"}, TransportRefused),
        ("ses", 301, {}, TransportRefused),
        ("mailgun", 401, {"message": "Invalid private key"}, LoginRefused),
        ("mailgun", 402, {"message": "Payment required"}, TransportRefused),
        ("mailgun", 403, {"message": "Domain is not allowed to send"}, TransportRefused),
        ("mailgun", 404, {"message": "Domain not found"}, TransportRefused),
        ("mailgun", 400, {"message": "Sandbox subdomains are for test purposes only."}, TransportRefused),
        ("postmark", 401, {"ErrorCode": 10, "Message": "Bad token"}, LoginRefused),
        ("postmark", 422, {"ErrorCode": 400, "Message": "No sender signature"}, TransportRefused),
        ("postmark", 422, {"ErrorCode": 405, "Message": "Out of credits"}, TransportRefused),
        (
            "postmark",
            422,
            {"ErrorCode": 300, "Message": "Error parsing 'From': Illegal email address"},
            TransportRefused,
        ),
        # https://postmarkapp.com/support/article/getting-a-403-that-doesnt-look-like-a-postmark-error
        ("postmark", 403, "<html><title>403 Forbidden</title></html>", TransportRefused),
        ("postmark", 403, {"ErrorCode": 10, "Message": "Bad token"}, LoginRefused),
        ("postmark", 422, {"ErrorCode": 412, "Message": "Pending approval"}, TransportRefused),
    ],
)
def test_an_answer_about_us_costs_one_try_and_keeps_the_others_queued(
    name: str, status: int, body: object, kind: type[TransportRefused], open_line: Open
) -> None:
    line = open_line(name)
    line.service.said.append(say(status, body))
    assert line.send().outcome is Outcome.DEFERRED
    starts = Starts()
    with pytest.raises(TransportRefused, match=r"delivery\.transport") as caught:
        line.transport.send(make_message("7-43"), starts)
    assert type(caught.value) is kind
    assert (starts.count, len(line.server.asked)) == (0, 1)


def test_the_name_of_an_error_may_stand_in_a_header(open_line: Open) -> None:
    line = open_line("ses")
    line.service.said.append(say(400, {"message": "x"}, x_amzn_ErrorType=_SES.format("SendingPausedException")))
    assert line.send().reply == "SendingPausedException: x"


# ------------------------------------------------------------------------------------------ too fast, too much

# SES: https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html ("wait for up to 10 minutes").
# Mailgun, of the page above: "retry these requests as defined in the response". Postmark: 429 as status and as error.
_TOO_FAST = [
    ("ses", say(429, {"__type": "TooManyRequestsException", "message": "Maximum sending rate exceeded."})),
    ("ses", say(400, {"__type": "ThrottlingException", "message": "Rate exceeded"})),
    ("ses", say(400, {"__type": "Throttling", "message": "Maximum sending rate exceeded"})),
    ("mailgun", say(429, {"message": "too many requests"})),
    ("postmark", say(429, {})),
    ("postmark", say(422, {"ErrorCode": 429, "Message": "Rate limit exceeded"})),
]


@pytest.mark.parametrize(("name", "answer"), _TOO_FAST)
def test_a_message_that_comes_too_fast_is_said_again_after_a_moment(
    name: str, answer: Callable[..., object], open_line: Open
) -> None:
    line = open_line(name)
    line.service.said += [answer, answer]
    starts = Starts()
    assert line.transport.send(make_message(), starts).outcome is Outcome.ACCEPTED
    assert line.waited == [1.0, 2.0]
    assert (starts.count, len(line.service.taken)) == (1, 1)


@pytest.mark.parametrize(("name", "answer"), _TOO_FAST)
def test_a_service_that_stays_too_busy_keeps_the_others_queued(
    name: str, answer: Callable[..., object], open_line: Open
) -> None:
    line = open_line(name)
    line.service.said += [answer] * 4
    receipt = line.send()
    assert (receipt.outcome, receipt.code, receipt.enhanced) == (Outcome.DEFERRED, 451, "4.3.2")
    with pytest.raises(TransportUnavailable, match="takes nothing more just now"):
        line.send()


def test_the_moment_that_a_service_names_is_the_one_that_is_waited(open_line: Open) -> None:
    line = open_line("mailgun")
    line.service.said.append(say(429, {}, Retry_After="3"))
    assert line.send().outcome is Outcome.ACCEPTED
    assert line.waited == [3.0]


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("mailgun", say(429, {}, Retry_After="600")),
        ("postmark", say(503, {}, Retry_After="600")),
        ("ses", say(429, {"__type": "TooManyRequestsException", "message": "Daily message quota exceeded."})),
    ],
)
def test_a_long_wait_holds_for_every_connection_and_for_the_next_run(
    name: str, answer: Callable[..., object], open_line: Open
) -> None:
    line = open_line(name)
    line.service.said.append(answer)
    assert line.send().outcome is Outcome.DEFERRED
    assert line.waited == []
    another = ApiTransport(line.transport._api)
    starts = Starts()
    with pytest.raises(TransportUnavailable, match="wants to be asked again after"):
        another.send(make_message("7-43"), starts)
    assert (starts.count, len(line.server.asked)) == (0, 1)
    httpapi._closed[line.transport._api] = datetime.now(UTC)
    assert another.send(make_message("7-43"), starts).outcome is Outcome.ACCEPTED
    another.close()


# ------------------------------------------------------------------------------------------ broken ways


@pytest.mark.parametrize("name", NAMES)
def test_a_request_without_an_answer_leaves_doubt(name: str, open_line: Open) -> None:
    line = open_line(name)
    line.service.said.append(hang_up)
    receipt = line.send()
    assert receipt.outcome is Outcome.UNCERTAIN
    assert "no answer after the whole message was written" in receipt.reply
    assert line.send(make_message("7-43")).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("name", NAMES)
def test_a_service_that_is_not_there_keeps_everything_queued(name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    starts = Starts()
    transport = ApiTransport(make_api(name, f"http://127.0.0.1:{port}"))
    with pytest.raises(TransportUnavailable, match=f"cannot talk to 127.0.0.1:{port}"):
        transport.send(make_message(), starts)
    assert starts.count == 0
    transport.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_lost_claim_says_nothing_and_leaves_the_line_usable(name: str, open_line: Open) -> None:
    line = open_line(name)
    with pytest.raises(ClaimLost):
        line.transport.send(make_message(), Starts(ClaimLost("not ours")))
    assert line.server.asked == []
    assert line.send(make_message("7-43")).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("name", NAMES)
def test_an_address_that_could_forge_a_header_fails_for_good(name: str, open_line: Open) -> None:
    line = open_line(name)
    assert line.send(make_message(to="a@example.com\nBcc: b@example.com")).outcome is Outcome.FAILED
    assert line.server.asked == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("status", [400, 401, 403, 429, 500])
def test_a_service_that_repeats_our_key_is_not_quoted_with_it(name: str, status: int, open_line: Open) -> None:
    line = open_line(name)
    line.service.said += [say(status, {"message": f"{SECRET} is wrong", "Message": f"{SECRET} is wrong"})] * 4
    receipt = line.send()
    assert SECRET not in receipt.reply
    assert "… is wrong" in receipt.reply
    assert SECRET not in str(line.transport._trouble)


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"<html>", b"[" * 20_000, b'{"MessageId": 7}'])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("status", [200, 400, 422, 500])
def test_whatever_a_service_says_is_understood_or_doubted(
    name: str, content: bytes, status: int, open_line: Open
) -> None:
    line = open_line(name)
    head = f"HTTP/1.1 {status} x\r\nContent-Length: {len(content)}\r\n\r\n".encode()
    line.service.said.append(lambda handler: handler.wfile.write(head + content))
    receipt = line.send()
    expected = {200: Outcome.UNCERTAIN, 400: Outcome.FAILED, 422: Outcome.FAILED, 500: Outcome.DEFERRED}[status]
    assert receipt.outcome is expected
    assert len(receipt.reply) <= 500
