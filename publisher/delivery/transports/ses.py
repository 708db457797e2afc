"""Amazon SES, API v2: SendEmail with a raw message. Pure.

Request, errors and their statuses: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html and
https://docs.aws.amazon.com/ses/latest/APIReference-V2/CommonErrors.html; limits of speed and of a day:
https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html; of size (40 MB):
https://docs.aws.amazon.com/ses/latest/dg/quotas.html. It knows no idempotency token, and writes a
Message-ID and a Date of its own.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from publisher.addresses import envelope_form, normalise
from publisher.delivery.transports.sigv4 import Credentials, sign_request
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
from publisher.model.message import Message

_THROTTLED = {"TooManyRequestsException", "LimitExceededException", "ThrottlingException", "Throttling"}
_OF_THE_ACCOUNT = {
    "AccountSuspendedException",
    "SendingPausedException",
    "MailFromDomainNotVerifiedException",
    "NotFoundException",
}
_OF_THE_KEY = {
    "AccessDeniedException",
    "ExpiredTokenException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "NotAuthorized",
    "OptInRequired",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
# The quota of a day is a window that moves along: a quarter of an hour later there is room again.
_QUOTA_WAIT = timedelta(minutes=15)
_ILLEGAL_ADDRESS = re.compile(
    r"illegal (?:address|character)|@domain|local address|invalid (?:email )?address", re.IGNORECASE
)
_TOO_LARGE = re.compile(r"(?:length|size) (?:is more than|exceeds|limit)|too (?:large|long)", re.IGNORECASE)
_TAG_VALUE = re.compile(r"[A-Za-z0-9_-]{1,256}")


@dataclass(frozen=True, slots=True)
class SesApi:
    """`endpoint` is scheme and host, without a slash at the end."""

    access_key: str
    secret: str = field(repr=False)
    region: str
    endpoint: str
    is_private: bool = False
    configuration_set: str = ""
    takes_utf8: ClassVar[bool] = False  # says the reference of Destination

    @property
    def url(self) -> str:
        return f"{self.endpoint}/v2/email/outbound-emails"

    def write_request(self, message: Message, now: datetime) -> ApiRequest:
        """See `Api.write_request`. The tag `delivery` comes back in events of a configuration set."""
        body: dict[str, Any] = {
            "Content": {"Raw": {"Data": base64.b64encode(message.content).decode("ascii")}},
            "Destination": {"ToAddresses": [envelope_form(normalise(message.recipient))]},
        }
        if message.sender:
            body["FeedbackForwardingEmailAddress"] = envelope_form(normalise(message.sender))
        if self.configuration_set:
            body["ConfigurationSetName"] = self.configuration_set
        if _TAG_VALUE.fullmatch(message.key):
            body["EmailTags"] = [{"Name": "delivery", "Value": message.key}]
        request = ApiRequest(self.url, {"Content-Type": "application/json"}, json.dumps(body).encode())
        return sign_request(request, Credentials(self.access_key, self.secret, self.region, "ses"), now)

    def judge(self, answer: Answer, now: datetime) -> Verdict:
        """See `Api.judge`. The name of an error is in a header, or in the body."""
        if answer.status == 200:
            return accept_or_doubt(read_json(answer).get("MessageId"), answer)
        error = _name_error(answer)
        words = read_words(answer, "message", "Message")
        said = f"{error}: {words}" if error else words
        if error in _OF_THE_KEY:
            return Verdict(Kind.LOGIN, said)
        if error in _OF_THE_ACCOUNT or (error == "MessageRejected" and "not verified" in words.lower()):
            return Verdict(Kind.REFUSED, said)
        if error in _THROTTLED:
            wait = read_wait(answer, now)
            if "quota" in words.lower():
                return Verdict(Kind.CLOSED, said, 451, "4.3.2", wait or _QUOTA_WAIT)
            return Verdict(Kind.THROTTLED, said, 451, "4.3.2", wait)
        if answer.status == 400 and _ILLEGAL_ADDRESS.search(words):
            return Verdict(Kind.FAILED, said, 553, "5.1.3")
        if answer.status == 400 and _TOO_LARGE.search(words):
            return Verdict(Kind.FAILED, said, 552, "5.3.4")
        return judge_status(answer, said, now)


def _name_error(answer: Answer) -> str:
    """`TooManyRequestsException` of `com.amazon#TooManyRequestsException:http://…`."""
    found = read_json(answer)
    name = answer.headers.get("x-amzn-errortype") or found.get("__type") or found.get("code") or ""
    name = str(name).partition(":")[0].rpartition("#")[2]
    return name if name.isidentifier() and name.isascii() else ""
